"""Upkeep of facts: many small files of a month become one, and files no version needs go.

Content does not change, and the commits say so: a refresh finds nothing new in them. A load leaves
a file a month, so a month that is loaded every day has thirty after thirty days, each unsorted
against the others.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from powercx.analytics.engine.delta import DataFile, DeltaStore, LakeFile
from powercx.analytics.engine.locks import writer_lock
from powercx.analytics.engine.workspace import Workspace, workspace
from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import PARTITION, Kind, LakeTable
from powercx.analytics.sources.lakefiles import file_rows, undone
from powercx.analytics.sources.readers.sheet import identifier
from powercx.analytics.sources.recovery import own_folder
from powercx.base.home import Home

MANY = 4
"""Files of a month from which on it is written anew."""


@dataclass(frozen=True, slots=True)
class Tidied:
    """What became of one table: ``before`` files of ``months`` are ``months`` files now.

    ``removed`` files are off the disk, for no version of the last seven days has them.
    """

    fact: str
    months: int
    before: int
    removed: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def tidy(home: Home, *, at: datetime, waiting: Callable[[str], None]) -> list[Tidied]:
    """Tidy every fact that the lake holds; ``waiting`` hears of a table that is being loaded.

    Of references, which are written whole, unneeded files are removed.
    """
    home.check()
    facts = [table for table in TABLES.values() if table.kind is Kind.FACT]
    references = [table for table in TABLES.values() if table.kind is Kind.REFERENCE]
    found = []
    with own_folder(home, f"tidy-{uuid.uuid4().hex[:12]}") as folder, workspace(folder) as work:
        for table in facts:
            store = places.store(home.lake, table)
            if store.exists():
                with writer_lock(home.locks, table.name, waiting=waiting):
                    found.append(_tidy(work, store, table, int(at.timestamp() * 1000)))
    for table in references:
        with writer_lock(home.locks, table.name, waiting=waiting):
            found += _cleared(table.name, places.store(home.lake, table))
    return found


def _cleared(name: str, store: DeltaStore) -> list[Tidied]:
    removed = store.remove_unneeded() if store.exists() else 0
    return [Tidied(name, 0, 0, removed)] if removed else []


def _tidy(work: Workspace, store: DeltaStore, table: LakeTable, at_ms: int) -> Tidied:
    months: dict[str, list[LakeFile]] = {}
    for file in store.files():
        months.setdefault(str(file.partition), []).append(file)
    crowded = {month: files for month, files in months.items() if len(files) >= MANY}
    if crowded:
        with undone(store):
            added = [_as_one(work, store, table, files) for files in crowded.values()]
        removed = list(chain.from_iterable(crowded.values()))
        store.commit(
            schema=places.schema(table),
            added=list(chain.from_iterable(added)),
            removed=removed,
            about={"tidied": uuid.uuid4().hex, "touched": "{}"},
            at_ms=at_ms,
            changed=False,
            known_by="tidied",
        )
    before = sum(map(len, crowded.values()))
    return Tidied(table.name, len(crowded), before, store.remove_unneeded())


def _as_one(
    work: Workspace, store: DeltaStore, table: LakeTable, files: Sequence[LakeFile]
) -> list[DataFile]:
    names = [name for name in places.schema(table).names if name != PARTITION]
    columns = ", ".join(map(identifier, names))
    order = ", ".join(map(identifier, table.sort or table.key))
    query = f"FROM {file_rows(files)} SELECT {columns} ORDER BY {order}"
    return store.write(work, query, partition=files[0].partition)
