"""The derived tables that are published: never loaded, always rebuilt from facts."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from powercx.analytics.engine.delta import DeltaStore

EXACT = pa.decimal128(38, 9)
SLICE = "slice"

# Parts of measures at the finest grain: organisation x day x class x channel x own dimensions. They
# add; exact decimals keep any sum of sums equal to the whole. `bucket` is set for percentiles only.
MEASURE_PART = pa.schema(
    [
        ("measure", pa.string()),
        ("day", pa.date32()),
        ("org_id", pa.string()),
        ("class", pa.string()),
        ("channel", pa.string()),
        ("dim1", pa.string()),
        ("dim2", pa.string()),
        ("dim3", pa.string()),
        ("bucket", pa.int64()),
        ("n", pa.int64()),
        ("numerator", EXACT),
        ("denominator", EXACT),
        ("sum_w2", EXACT),
        ("sum_wx2", EXACT),
        ("left_out", pa.int64()),
        (SLICE, pa.string()),
    ]
)
# One row per customer and day for measures that count different customers over a period.
CUSTOMER_DAY = pa.schema(
    [
        ("measure", pa.string()),
        ("day", pa.date32()),
        ("org_id", pa.string()),
        ("class", pa.string()),
        ("channel", pa.string()),
        ("customer_id", pa.string()),
        ("hit", pa.bool_()),
        (SLICE, pa.string()),
    ]
)
# Changes of stocks: the stock on a day is the sum of all changes up to it.
POPULATION_CHANGE = pa.schema(
    [
        ("day", pa.date32()),
        ("org_id", pa.string()),
        ("class", pa.string()),
        ("change", pa.int64()),
        ("population", pa.string()),
    ]
)
_SPAN = [("from_day", pa.date32()), ("to_day", pa.date32()), ("current", pa.bool_())]
CUSTOMER_VERSION = pa.schema(
    [
        ("customer_id", pa.string()),
        ("org_id", pa.string()),
        ("usage_category", pa.string()),
        ("tariff", pa.string()),
        ("opened_on", pa.date32()),
        ("closed_on", pa.date32()),
        ("close_reason", pa.string()),
        ("e_bill", pa.bool_()),
        ("auto_pay", pa.bool_()),
        *_SPAN,
    ]
)
POINT_VERSION = pa.schema(
    [
        ("usage_point_id", pa.string()),
        ("customer_id", pa.string()),
        ("org_id", pa.string()),
        ("opened_on", pa.date32()),
        ("closed_on", pa.date32()),
        *_SPAN,
    ]
)
ORG_VERSION = pa.schema(
    [
        ("org_id", pa.string()),
        ("parent_id", pa.string()),
        ("name", pa.string()),
        ("level", pa.string()),
        ("area_class", pa.string()),
        *_SPAN,
    ]
)
# What the models of voice say of each utterance; made by the voice step, read by measures.
TEXT_LABEL = pa.schema(
    [
        ("feedback_id", pa.string()),
        ("source", pa.string()),
        ("customer_id", pa.string()),
        ("org_id", pa.string()),
        ("date", pa.date32()),
        ("channel", pa.string()),
        ("sentiment", pa.string()),
        ("model_version", pa.string()),
    ]
)

SCHEMAS: dict[str, pa.Schema] = {
    "measure_part": MEASURE_PART,
    "customer_day": CUSTOMER_DAY,
    "population_change": POPULATION_CHANGE,
    "customer_version": CUSTOMER_VERSION,
    "usage_point_version": POINT_VERSION,
    "org_version": ORG_VERSION,
    "text_label": TEXT_LABEL,
}
_PARTITIONS = {"measure_part": SLICE, "customer_day": SLICE, "population_change": "population"}


def result_store(lake: Path, name: str) -> DeltaStore:
    """The published table ``name``."""
    return DeltaStore(lake / "results" / name, partition=_PARTITIONS.get(name))
