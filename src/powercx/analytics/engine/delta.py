"""Delta tables on disk: their files, versions and commits.

DuckDB writes the Parquet files (sorted, zstd), delta-rs commits them; one commit may add and remove
any files, so that a load, a correction or a refresh is one atomic step.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.transaction import AddAction, RemoveAction
from pyarrow import parquet

from powercx.analytics.engine.workspace import Workspace, literal

_ROW_GROUP = 122_880
_BOUNDED = ("DATE", "INTEGER", "BIGINT")
_KEPT_HOURS = 7 * 24
_KEPT = {
    "delta.logRetentionDuration": "interval 400 days",
    "delta.deletedFileRetentionDuration": "interval 7 days",
}


@dataclass(frozen=True, slots=True)
class DataFile:
    """A Parquet file written for a table and not yet committed.

    ``partition`` is None in a table without partitions; ``path`` is relative to the table.
    """

    path: str
    size: int
    rows: int
    partition: str | None
    stats: str


@dataclass(frozen=True, slots=True)
class LakeFile:
    """A committed file of one version of a table; ``path`` is absolute.

    ``low`` and ``high`` bound dates and whole numbers; ``nulls`` counts the empty cells of every
    column that it names.
    """

    path: str
    partition: str | None
    rows: int
    low: Mapping[str, Any]
    high: Mapping[str, Any]
    nulls: Mapping[str, int]

    @property
    def whole(self) -> bool:
        """Whether the file is there, can be opened and holds as many rows as the table says."""
        try:
            return bool(parquet.read_metadata(self.path).num_rows == self.rows)
        except (OSError, pa.ArrowInvalid):
            return False


class Snapshot:
    """One version of a table, opened once: what is asked of it later is all of that version."""

    def __init__(
        self, table: DeltaTable, folder: Path, partition: str | None, *, past: bool
    ) -> None:
        self._table = table
        self._folder = folder
        self._partition = partition
        self._past = past

    @property
    def version(self) -> int:
        return self._table.version()

    @cached_property
    def files(self) -> list[LakeFile]:
        """The files of the version, with their column bounds.

        :raises LookupError: one of them has been cleared away since.
        """
        adds = pa.table(self._table.get_add_actions(flatten=False)).to_pylist()
        found = [self._lake_file(add) for add in adds]
        if self._past and not all(Path(file.path).exists() for file in found):
            raise LookupError(f"version {self.version} of {self._folder.name}")
        return found

    def commits(self, *, most: int | None = None) -> list[dict[str, Any]]:
        """What the last commits up to this version said of themselves, newest first."""
        return self._table.history(most)

    def find(self, key: str, value: str | None = None) -> dict[str, Any] | None:
        """The newest commit whose metadata carries ``key`` (with this ``value``), or None.

        Looks at the newest commits first, since reading all of a long history takes long.
        """
        for most in (1, 16, None):
            for commit in self.commits(most=most):
                if key in commit and value in {None, commit[key]}:
                    return commit
        return None

    def _lake_file(self, add: Mapping[str, Any]) -> LakeFile:
        by = self._partition
        return LakeFile(
            path=str(self._folder / unquote(str(add["path"]))),
            partition=(add.get("partition") or {}).get(by) if by else None,
            rows=int(add["num_records"]),
            low=add.get("min") or {},
            high=add.get("max") or {},
            nulls=add.get("null_count") or {},
        )


class DeltaStore:
    """One Delta table at ``folder``, partitioned by ``partition`` or not at all."""

    def __init__(self, folder: Path, *, partition: str | None = None) -> None:
        self.folder = folder
        self.partition = partition

    def exists(self) -> bool:
        return DeltaTable.is_deltatable(str(self.folder))

    def snapshot(self, *, version: int | None = None) -> Snapshot | None:
        """A version of the table (the current one by default); None before the first commit.

        :raises LookupError: the version is gone or never was.
        """
        if not self.exists():
            return None
        try:
            table = DeltaTable(str(self.folder), version=version)
        except Exception as error:
            raise LookupError(f"version {version} of {self.folder.name}") from error
        return Snapshot(table, self.folder, self.partition, past=version is not None)

    def version(self) -> int | None:
        """The current version; None before the first commit."""
        found = self.snapshot()
        return found.version if found else None

    def files(self, *, version: int | None = None) -> list[LakeFile]:
        """The files of a version (the current one by default), with their column bounds.

        :raises LookupError: the version is gone or never was.
        """
        found = self.snapshot(version=version)
        return found.files if found else []

    def commits(self, *, most: int | None = None) -> list[dict[str, Any]]:
        """What the last commits said of themselves, newest first."""
        found = self.snapshot()
        return found.commits(most=most) if found else []

    def find(self, key: str, value: str | None = None) -> dict[str, Any] | None:
        """The newest commit whose metadata carries ``key`` (with this ``value``), or None."""
        found = self.snapshot()
        return found.find(key, value) if found else None

    def write(self, work: Workspace, query: str, *, partition: str | None = None) -> list[DataFile]:
        """Write the rows of ``query`` as one file of a partition; nothing when there are none.

        The file is no part of the table before ``commit``. Rows keep the order of ``query``.
        """
        name = f"{uuid.uuid4().hex}.parquet"
        folder = f"{self.partition}={partition}/" if self.partition else ""
        target = self.folder / folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        [(_, rows, size, _, columns, _)] = work.rows(
            f"COPY ({query}) TO {literal(target)} (FORMAT parquet, COMPRESSION zstd, "
            f"ROW_GROUP_SIZE {_ROW_GROUP}, RETURN_STATS)"
        )
        if not rows:
            target.unlink()
            return []
        types = dict(work.columns(query))
        stats = _stats(rows, columns, types)
        return [DataFile(folder + name, size, rows, partition, stats)]

    def write_slices(self, work: Workspace, query: str) -> list[DataFile]:
        """Write the rows of ``query``, a file per value of its partition column."""
        folder = self.folder
        folder.mkdir(parents=True, exist_ok=True)
        found = work.rows(
            f"COPY ({query}) TO {literal(folder)} (FORMAT parquet, COMPRESSION zstd, "
            f"PARTITION_BY ({self.partition}), FILENAME_PATTERN '{{uuid}}', "
            "APPEND true, RETURN_STATS)"
        )
        types = dict(work.columns(query))
        return [
            DataFile(
                str(Path(path).relative_to(folder)),
                size,
                rows,
                str(next(iter(keys.values()))),
                _stats(rows, columns, types),
            )
            for path, rows, size, _, columns, keys in found
        ]

    def commit(
        self,
        *,
        schema: pa.Schema,
        added: Sequence[DataFile],
        removed: Iterable[LakeFile] = (),
        about: Mapping[str, str],
        at_ms: int,
        changed: bool = True,
        known_by: str | None = None,
    ) -> int:
        """Add and remove files in one step and return the new version.

        ``schema`` (with the partition column) makes the table when it is not there yet; ``about``
        is kept in the commit, ``at_ms`` is the time of the change in milliseconds since 1970.
        With ``changed`` false the files that come hold the rows of those that go. ``known_by`` is
        the key of ``about`` whose value no other commit has: a commit that fails and is not found
        by it did not happen, and leaves no files.
        """
        try:
            return self._commit(schema, added, removed, about, at_ms, changed=changed)
        except Exception:
            if known_by and self.find(known_by, about[known_by]) is None:
                for file in added:
                    (self.folder / file.path).unlink(missing_ok=True)
            raise

    def _commit(
        self,
        schema: pa.Schema,
        added: Sequence[DataFile],
        removed: Iterable[LakeFile],
        about: Mapping[str, str],
        at_ms: int,
        *,
        changed: bool,
    ) -> int:
        by = [self.partition] if self.partition else None
        if not self.exists():
            DeltaTable.create(
                str(self.folder), Schema.from_arrow(schema), partition_by=by, configuration=_KEPT
            )
        table = DeltaTable(str(self.folder))
        actions: list[AddAction | RemoveAction] = [
            self._add(file, at_ms, changed=changed) for file in added
        ]
        actions += [self._remove(file, at_ms, changed=changed) for file in removed]
        table.create_write_transaction(
            actions,
            "append",
            table.schema(),
            partition_by=by,
            commit_properties=CommitProperties(custom_metadata=dict(about)),
        )
        return table.version()

    def remove_unneeded(self) -> int:
        """Remove files that no version of the last seven days has; how many there were.

        Files only, the log stays as it is: a commit would look like news. A version that loses a
        file can be opened no more.
        """
        table = DeltaTable(str(self.folder))
        listed = table.vacuum(retention_hours=_KEPT_HOURS, dry_run=True)
        # Those of an earlier time are in the log still.
        gone = [path for name in listed if (path := self.folder / unquote(name)).exists()]
        for path in gone:
            path.unlink()
        return len(gone)

    def _add(self, file: DataFile, at_ms: int, *, changed: bool) -> AddAction:
        return AddAction(
            file.path,
            file.size,
            self._values(file.partition),
            at_ms,
            data_change=changed,
            stats=file.stats,
        )

    def _remove(self, file: LakeFile, at_ms: int, *, changed: bool) -> RemoveAction:
        relative = str(Path(file.path).relative_to(self.folder))
        return RemoveAction(
            path=relative,
            data_change=changed,
            deletion_timestamp=at_ms,
            partition_values=self._values(file.partition),
        )

    def _values(self, partition: str | None) -> dict[str, str | None]:
        return {self.partition: partition} if self.partition else {}


def _stats(rows: int, columns: Mapping[str, Mapping[str, str]], types: Mapping[str, str]) -> str:
    low: dict[str, object] = {}
    high: dict[str, object] = {}
    nulls: dict[str, int] = {}
    for quoted, found in columns.items():
        name = quoted.strip('"')
        nulls[name] = int(found.get("null_count", 0))
        if "min" in found and types[name] in _BOUNDED:
            low[name] = _plain(found["min"], types[name])
            high[name] = _plain(found["max"], types[name])
    return json.dumps({"numRecords": rows, "minValues": low, "maxValues": high, "nullCount": nulls})


def _plain(text: str, kind: str) -> object:
    return text if kind == "DATE" else int(text)
