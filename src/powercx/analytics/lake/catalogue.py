"""Every table of the data dictionary, by name."""

from __future__ import annotations

from powercx.analytics.lake.schema import Kind, LakeTable
from powercx.analytics.lake.tables import reference, service, supply, voice

TABLES: dict[str, LakeTable] = {
    table.name: table for module in (reference, supply, service, voice) for table in module.TABLES
}
REFERENCES = tuple(t for t in TABLES.values() if t.kind is Kind.REFERENCE)
FACTS = tuple(t for t in TABLES.values() if t.kind is Kind.FACT)
