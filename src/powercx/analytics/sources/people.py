"""Personal columns on their way to the vault; the lake gets a keyed digest of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from powercx.analytics.engine.delta import LakeFile
from powercx.analytics.engine.workspace import Workspace
from powercx.analytics.lake.places import PERSONAL_DIGEST
from powercx.analytics.lake.schema import LakeTable
from powercx.analytics.privacy.tokens import digest_batch
from powercx.analytics.sources.lakefiles import file_rows
from powercx.analytics.sources.matching import LIVE
from powercx.analytics.sources.plan import Plan
from powercx.analytics.sources.readers.sheet import identifier
from powercx.analytics.sources.staging import DELETED, STAGED, TYPED, show_staged
from powercx.analytics.sources.vault import RECORD_KEY, Vault
from powercx.analytics.sources.versions import REPLACED

_DIGESTS = "px_digests"
_ROW = "px_row"


def told(plan: Plan) -> bool:
    """Whether the file says anything about personal columns."""
    return any(plan.has(column.name) for column in plan.table.personal)


def add_digests(work: Workspace, plan: Plan, vault: Vault) -> None:
    """Give every staged row its digest; null where the file has no personal column.

    A file that is silent about them leaves what is known of a person as it is.
    """
    if not plan.table.personal:
        return
    work.run(f"ALTER TABLE {TYPED} ADD COLUMN {PERSONAL_DIGEST} VARCHAR")
    show_staged(work, plan, also=[PERSONAL_DIGEST])
    if told(plan):
        _fill_digests(work, plan, vault)


def _fill_digests(work: Workspace, plan: Plan, vault: Vault) -> None:
    columns = [column.name for column in plan.table.personal]
    key = vault.digest_key()
    # A second connection reads while the first one writes.
    reader = Workspace(work.connection.cursor(), work.scratch)
    wanted = ", ".join([f"rowid AS {_ROW}", *_texts(plan)])

    def digests() -> Iterator[pa.RecordBatch]:
        for batch in reader.batches(f"FROM {TYPED} SELECT {wanted}"):
            found = digest_batch(key, batch, columns)
            yield pa.RecordBatch.from_arrays([batch.column(_ROW), found], schema=schema)

    schema = pa.schema([(_ROW, pa.int64()), ("digest", pa.string())])
    work.register(_DIGESTS, pa.RecordBatchReader.from_batches(schema, digests()))
    work.run(f"CREATE OR REPLACE TABLE {_DIGESTS}_kept AS FROM {_DIGESTS}")
    work.run(
        f"UPDATE {TYPED} SET {PERSONAL_DIGEST} = d.digest FROM {_DIGESTS}_kept d "
        f"WHERE {TYPED}.rowid = d.{_ROW}"
    )


def _texts(plan: Plan) -> list[str]:
    return [identifier(column.name) for column in plan.table.personal if plan.has(column.name)]


def keep_digests(work: Workspace, plan: Plan) -> None:
    """A row from a file without personal columns keeps the digest of the row it replaces."""
    if plan.table.personal and not told(plan):
        work.run(
            f"UPDATE {TYPED} SET {PERSONAL_DIGEST} = r.old_digest FROM {REPLACED} r "
            f"WHERE {TYPED}.rowid = r.rid"
        )


def stage_personal(
    work: Workspace, plan: Plan, vault: Vault, load_id: str, files: Sequence[LakeFile]
) -> int:
    """Hand the personal columns of current versions to the vault, unseen until the load is done.

    Only the version that is valid last speaks for a person; a version of the past that arrives
    late changes nothing here. Returns the number of records.
    """
    if not told(plan):
        return 0
    return vault.stage(
        load_id=load_id, table=plan.table.name, rows=_records(work, plan.table, files)
    )


def _records(
    work: Workspace, table: LakeTable, files: Sequence[LakeFile]
) -> Iterator[pa.RecordBatch]:
    key = identifier(table.key[0])
    columns = ", ".join(identifier(column.name) for column in table.personal)
    later = ""
    if files:
        later = (
            f" AND NOT EXISTS (FROM {file_rows(files, placed=True)} l WHERE l.{key} = s.{key}"
            f" AND coalesce(l.valid_from, DATE '0001-01-01')"
            f" > coalesce(s.valid_from, DATE '0001-01-01')"
            f" AND NOT EXISTS (FROM {REPLACED} r WHERE r.px_file = l.px_file"
            f" AND r.px_position = l.px_position))"
        )
    gone = (
        f"FROM {STAGED} SELECT {key}, valid_from, {columns}, true AS {DELETED}, rid"
        f" WHERE rid IN (FROM {REPLACED} SELECT rid WHERE what = 'retracted')"
    )
    rows = (
        f"FROM {LIVE} SELECT {key}, valid_from, {columns}, false AS {DELETED}, rid "
        f"UNION ALL (FROM ({gone}))"
    )
    yield from work.batches(
        f"FROM ({rows}) s SELECT {key} AS {RECORD_KEY}, {columns}, {DELETED} WHERE true{later} "
        f"ORDER BY {key}, valid_from NULLS FIRST, rid"
    )
