"""A file before it is loaded: which table it seems to be, and which column comes from where."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePath

from powercx.analytics.definitions.mapping import Mapping, read_mapping
from powercx.analytics.engine.workspace import Workspace, workspace
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import Column, LakeTable
from powercx.analytics.privacy.mask import mask_text
from powercx.analytics.privacy.show import shown
from powercx.analytics.sources.guessing import Told, tables_of
from powercx.analytics.sources.plan import FILE_SOURCE, Wish, settle_heads
from powercx.analytics.sources.readers import RawSheet, ReadOptions, open_sources
from powercx.analytics.sources.readers.sheet import identifier
from powercx.analytics.sources.service import LoadOptions
from powercx.base.errors import UserError
from powercx.base.home import Home

SAMPLES = 3
_LOOKED_AT = 200
_LONG = 40


@dataclass(frozen=True, slots=True)
class ColumnPreview:
    """A canonical column: the head it is read from (or several that claim it), and samples."""

    column: Column
    head: str | None
    claimed: tuple[str, ...]
    missing: bool
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetPreview:
    """One sheet; ``table`` is None when nothing tells which it is.

    ``ignored`` are heads that are read into no column, with samples.
    """

    name: str
    heads: tuple[str, ...]
    table: LakeTable | None
    by: Told | None
    source: str = ""
    columns: tuple[ColumnPreview, ...] = ()
    ignored: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def short_name(self) -> str:
        """The file's name, with its sheet's."""
        return PurePath(self.name).name

    @property
    def missing(self) -> list[Column]:
        return [each.column for each in self.columns if each.missing]

    @property
    def claimed_twice(self) -> list[ColumnPreview]:
        return [each for each in self.columns if each.claimed]


@dataclass(frozen=True, slots=True)
class Preview:
    """What can be told of a file; ``problem`` is why no table could be told."""

    sheets: tuple[SheetPreview, ...]
    notes: tuple[str, ...]
    problem: UserError | None = None

    @property
    def ready(self) -> bool:
        """Whether all that is known of it can be loaded."""
        known = [sheet for sheet in self.sheets if sheet.table]
        return bool(known) and not any(s.missing or s.claimed_twice for s in known)


def preview(home: Home, file: str, *, options: LoadOptions) -> Preview:
    """Look into ``file`` as ``load`` would read it; nothing is written, values are masked.

    :raises UserError: the file cannot be read, or the mapping does not fit it.
    """
    mapping = read_mapping(options.mapping) if options.mapping else Mapping()
    zone = home.config().time_zone
    wish = Wish(mapping, str(options.mapping or ""), options.source, zone, home.catalog)
    told = options.fact or mapping.fact
    reading = ReadOptions(mapping.encoding, mapping.delimiter, mapping.sheet, mapping.head_row)
    with workspace(home.staging) as work:
        sheets, notes = open_sources(work, file, options=reading)
        try:
            found, skipped = tables_of(file, sheets, TABLES[told] if told else None)
        except UserError as error:
            bare = tuple(_bare(work, sheet) for sheet in sheets)
            return Preview(bare, tuple(notes), error)
        known = [_sheet(work, guess.sheet, guess.table, guess.by, wish) for guess in found]
        return Preview((*known, *(_bare(work, sheet) for sheet in skipped)), tuple(notes))


def _bare(work: Workspace, sheet: RawSheet) -> SheetPreview:
    samples = _samples(work, sheet, sheet.columns)
    told = {head: _masked(None, values) for head, values in samples.items()}
    return SheetPreview(sheet.name, tuple(sheet.columns), None, None, ignored=told)


def _sheet(
    work: Workspace, sheet: RawSheet, table: LakeTable, by: Told, wish: Wish
) -> SheetPreview:
    settled = settle_heads(work, sheet, table, wish)
    samples = _samples(work, sheet, sheet.columns)
    columns = tuple(
        ColumnPreview(
            column,
            settled.shown.get(column.name),
            tuple(settled.found.twice.get(column.name, ())),
            column.name in settled.missing,
            _masked(column, samples.get(settled.shown.get(column.name, ""), ())),
        )
        for column in table.columns
    )
    used = {each.head for each in columns}
    ignored = {h: _masked(None, samples.get(h, ())) for h in settled.found.ignored if h not in used}
    source = wish.source or wish.mapping.source or settled.shown.get("source", "") or FILE_SOURCE
    return SheetPreview(sheet.name, tuple(settled.kinds), table, by, source, columns, ignored)


def _samples(work: Workspace, sheet: RawSheet, heads: list[str]) -> dict[str, tuple[str, ...]]:
    """The first different values of each column, as text."""
    texts = ", ".join(f"CAST({identifier(head)} AS VARCHAR)" for head in heads)
    rows = work.rows(f"FROM {sheet.relation} SELECT {texts} LIMIT {_LOOKED_AT}")
    columns = zip(*rows, strict=True) if rows else ([] for _ in heads)
    return {
        head: tuple(dict.fromkeys(value for value in values if value))[:SAMPLES]
        for head, values in zip(heads, columns, strict=True)
    }


def _masked(column: Column | None, values: tuple[str, ...]) -> tuple[str, ...]:
    if column is not None and column.personal:
        return tuple(shown(column.name, value) or "" for value in values)
    return tuple(mask_text(value)[:_LONG] for value in values)
