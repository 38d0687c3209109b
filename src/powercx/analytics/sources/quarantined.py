"""Files of quarantined rows as people look at them: listed, counted, read a page at a time."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from pathlib import Path

from powercx.analytics.definitions.mapping import mapping_from
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import LakeTable
from powercx.analytics.privacy.mask import mask_text
from powercx.analytics.privacy.show import shown
from powercx.analytics.sources.heads import match_heads
from powercx.analytics.sources.plan import REPORT_HEADS
from powercx.analytics.sources.quarantine import JOIN, Origin, read_origin
from powercx.base.errors import UserError
from powercx.base.home import Home

_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{12}(-\d+)?")
_HEAD = len(REPORT_HEADS)
csv.field_size_limit(2**31 - 1)


class UnknownQuarantine(UserError):
    """There is no such file, or it has been loaded meanwhile."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row: in which source column, and why (a code of ``reason.*``)."""

    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row: ``number`` counts from 0 in the file, ``line`` where it stands in its source.

    ``nth`` tells rows of one line apart, from 0. ``raw`` is the text of a line that is no row.
    """

    number: int
    line: str
    nth: int
    faults: tuple[Fault, ...]
    cells: tuple[str, ...]
    raw: str

    @property
    def key(self) -> tuple[str, int]:
        """What stays the same of a row while others go."""
        return self.line, self.nth

    @property
    def slug(self) -> str:
        """``key`` as one word."""
        return f"{self.line}.{self.nth}"

    @property
    def is_bare(self) -> bool:
        """Whether nothing stands in it: a line that is no row and has not been filled in."""
        return not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True)
class QuarantineFile:
    """One file; ``digest`` is of its content at the time it was opened."""

    id: str
    path: Path
    origin: Origin
    heads: tuple[str, ...]
    digest: str

    @property
    def table(self) -> LakeTable:
        return TABLES[self.origin.fact]

    @property
    def original(self) -> Path:
        """The file as the loader wrote it, kept from the first change on."""
        return original_of(self.path)

    @property
    def source_name(self) -> str:
        """The name of the file that the rows came from."""
        return Path(self.origin.path).name

    def rows(self) -> Iterator[Row]:
        """Every row, read as it goes."""
        yield from read_rows(self.path)

    def count(self) -> Counter[str]:
        """How many rows there are by their first reason."""
        return first_reasons(self.path)

    def page(self, *, first: int, most: int, reason: str | None = None) -> list[Row]:
        """Rows from the ``first``-th on, of those that count under ``reason`` if it is given."""
        wanted = (row for row in self.rows() if reason is None or row.faults[0].reason == reason)
        return list(islice(wanted, first, first + most))

    def originals(self, rows: Sequence[Row]) -> dict[tuple[str, int], tuple[str, ...]]:
        """The cells that rows had before anyone changed them; only of those that are asked for."""
        if not self.original.exists():
            return {}
        keys = {row.key for row in rows}
        return {row.key: row.cells for row in read_rows(self.original) if row.key in keys}

    @cached_property
    def canonical(self) -> dict[str, str]:
        """Canonical column by head, as the file was read."""
        mapping = mapping_from(self.origin.mapping, Path(self.origin.mapping_file))
        found = match_heads(self.table, self.heads, given=list(mapping.columns)).columns
        heads = {head: column for column, head in found.items()}
        for column, text in mapping.columns.items():
            # Of an expression every column that it names is taken for what it makes.
            for head in self.heads if text else ():
                if head.casefold() in str(text).casefold():
                    heads[head] = _stricter(self.table, heads.get(head), column)
        return heads

    def concealed(self, head: str, value: str) -> str | None:
        """What stands for a value that not everyone may see; None when it may be seen.

        Values of personal columns, and what looks personal in free text or in columns that the
        table does not have.
        """
        if not value:
            return None
        column = self.canonical.get(head)
        if column is not None and self.table.column(column).personal:
            return shown(column, value)
        if column is not None and not self.table.column(column).masked:
            return None
        masked = mask_text(value)
        return masked if masked != value else None

    @property
    def may_be_personal(self) -> bool:
        """Whether the file may hold what not everyone may see."""
        known = [self.table.column(c) for c in self.canonical.values()]
        return len(self.canonical) < len(self.heads) or any(c.personal or c.masked for c in known)


def _stricter(table: LakeTable, one: str | None, other: str) -> str:
    return one if one is not None and table.column(one).personal else other


@dataclass(frozen=True, slots=True)
class Summary:
    """A file in the list: how many rows it still holds, by their first reason."""

    id: str
    origin: Origin
    rows: int
    reasons: Mapping[str, int]
    changed_at: datetime
    edited: bool

    @property
    def table(self) -> LakeTable:
        return TABLES[self.origin.fact]

    @property
    def source_name(self) -> str:
        """The name of the file that the rows came from."""
        return Path(self.origin.path).name


def quarantine_exists(home: Home, load_id: str) -> bool:
    """Whether rows of the load still wait to be mended."""
    return _ID.fullmatch(load_id) is not None and _path(home, load_id).exists()


def open_quarantine(home: Home, load_id: str) -> QuarantineFile:
    """The file of a load.

    :raises UnknownQuarantine: the id is none, or its rows have been loaded or discarded.
    """
    path = _path(home, load_id)
    if not quarantine_exists(home, load_id) or (origin := read_origin(str(path))) is None:
        raise UnknownQuarantine("quarantine.unknown", id=load_id)
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    with path.open(encoding="utf-8-sig", newline="") as text:
        heads = next(csv.reader(text))[_HEAD:]
    return QuarantineFile(load_id, path, origin, tuple(heads), digest)


def summaries(home: Home) -> list[Summary]:
    """Every file of quarantined rows, newest first."""
    paths = [path for path in home.quarantine.glob("*.csv") if _ID.fullmatch(path.stem)]
    found = []
    for path in sorted(paths, key=lambda path: path.name, reverse=True):
        origin = read_origin(str(path))
        if origin is not None and origin.fact in TABLES:
            found.append(_summary(home, path, origin))
    return found


def _summary(home: Home, path: Path, origin: Origin) -> Summary:
    stat = path.stat()
    seen = [stat.st_size, stat.st_mtime_ns]
    note = home.cache / "quarantine" / f"{path.stem}.json"
    known = json.loads(note.read_text("utf-8")) if note.exists() else {}
    if known.get("seen") != seen:
        known = {"seen": seen, "reasons": dict(first_reasons(path).most_common())}
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps(known), "utf-8")
    return Summary(
        path.stem,
        origin,
        sum(known["reasons"].values()),
        known["reasons"],
        datetime.fromtimestamp(stat.st_mtime, UTC),
        original_of(path).exists(),
    )


def original_of(path: Path) -> Path:
    """Where the file as the loader wrote it is kept."""
    return path.with_suffix(".original")


def first_reasons(path: Path) -> Counter[str]:
    """How many rows a file has by their first reason, which is the one that they count under."""
    return Counter(row.faults[0].reason for row in read_rows(path))


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file, one after the other."""
    seen: Counter[str] = Counter()
    with path.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text)
        next(reader, None)
        for number, cells in enumerate(reader):
            yield _row(number, cells, seen)


def _row(number: int, cells: Sequence[str], seen: Counter[str]) -> Row:
    line, columns, value, reasons = cells[:_HEAD]
    nth = seen[line]
    seen[line] += 1
    told = zip(columns.split(JOIN), reasons.split(JOIN), strict=False)
    faults = tuple(dict.fromkeys(Fault(column, reason) for column, reason in told))
    return Row(number, line, nth, faults, tuple(cells[_HEAD:]), "" if columns else value)


def _path(home: Home, load_id: str) -> Path:
    return home.quarantine / f"{load_id}.csv"
