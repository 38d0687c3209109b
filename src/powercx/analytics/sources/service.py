"""Loading files into the lake: what commands, jobs and the API call."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from powercx.analytics.definitions.mapping import Mapping, mapping_from, read_mapping
from powercx.analytics.engine.workspace import Workspace, workspace
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import Kind, LakeTable
from powercx.analytics.sources import macros
from powercx.analytics.sources.guessing import tables_of
from powercx.analytics.sources.heads import table_by_location
from powercx.analytics.sources.loading import Sheet, load_sheet
from powercx.analytics.sources.plan import Wish
from powercx.analytics.sources.quarantine import Origin, read_origin
from powercx.analytics.sources.readers import (
    ReadOptions,
    expand,
    left_out,
    open_sources,
)
from powercx.analytics.sources.recovery import own_folder, recover
from powercx.analytics.sources.report import FileReport
from powercx.analytics.sources.vault import Vault
from powercx.base.errors import UserError
from powercx.base.home import Home
from powercx.base.identifiers import suggestion
from powercx.base.messages import say

Tell = Callable[[str], None]


def _depth(table: LakeTable, above: tuple[str, ...] = ()) -> int:
    """How many tables stand between ``table`` and one that names no other."""
    named = {c.references for c in table.own if c.references} - {table.name, *above}
    return max((1 + _depth(TABLES[n], (*above, table.name)) for n in named), default=0)


def _loading_order() -> dict[str, int]:
    """The place of each table: references first, and what others name before those that name it."""
    facts = {name: table.kind is not Kind.REFERENCE for name, table in TABLES.items()}
    ordered = sorted(TABLES.values(), key=lambda t: (facts[t.name], _depth(t)))
    return {table.name: at for at, table in enumerate(ordered)}


_ORDER = _loading_order()
_LAST = len(_ORDER)


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What the user asked for beside the files: ``--fact``, ``--mapping`` (a file), ``--source``.

    With ``dry_run`` everything is read and checked and nothing is written.
    """

    fact: str | None = None
    mapping: Path | None = None
    source: str | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class _Job:
    """One load command: where, with what, when, and who hears of it."""

    home: Home
    vault: Vault
    options: LoadOptions
    mapping: Mapping
    at: datetime
    tell: Tell
    waiting: Tell


def load(
    home: Home,
    vault: Vault,
    locations: Sequence[str],
    *,
    options: LoadOptions,
    at: datetime,
    progress: Tell | None = None,
    waiting: Tell | None = None,
) -> list[FileReport]:
    """Load files, folders and database tables; one report a file, or a sheet.

    Reference tables come first. A file that is refused (``FileReport.refused``) does not stop the
    others. ``at`` is the aware time of the command; ``progress`` hears lines for people (guessed
    columns, steps), ``waiting`` the name of a table on which another process works.

    :raises UserError: no such path, an unknown fact, a mapping that is wrong.
    """
    silent: Tell = _silent
    mapping = read_mapping(options.mapping) if options.mapping else Mapping()
    job = _Job(home, vault, options, mapping, at, progress or silent, waiting or silent)
    if options.fact is not None and options.fact not in TABLES:
        nearest = suggestion(options.fact, TABLES)
        raise UserError("load.no_such_fact", fact=options.fact, nearest=nearest)
    files = expand(list(locations))
    for file in left_out(list(locations)):
        job.tell(say("load.left_out", file=file))
    recover(home, vault, at=at)
    reports: list[FileReport] = []
    waiting_files = sorted(files, key=lambda name: (_place(job, name), files.index(name)))
    while waiting_files:
        with _engine(job) as work:
            while waiting_files:
                found = _load_file(job, work, waiting_files.pop(0))
                reports += found
                if any(report.refused for report in found):
                    break  # what stopped a statement may have stopped the engine: take another
    return reports


def _silent(line: str) -> None:
    del line


def _place(job: _Job, file: str) -> int:
    """The place of a file's table in the dictionary; last where its name does not tell it."""
    table = _told_table(job, read_origin(file)) or table_by_location(file)
    return _LAST if table is None else _ORDER[table.name]


def _told_table(job: _Job, origin: Origin | None) -> LakeTable | None:
    name = job.options.fact or job.mapping.fact or (origin.fact if origin else None)
    return TABLES[name] if name else None


@contextmanager
def _engine(job: _Job) -> Iterator[Workspace]:
    with own_folder(job.home, _new_id(job)) as folder, workspace(folder) as work:
        macros.install(work)
        yield work


def _new_id(job: _Job) -> str:
    return f"{job.at:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:12]}"


def _load_file(job: _Job, engine: Workspace, file: str) -> list[FileReport]:
    with engine.task() as work:
        try:
            return _load_sheets(job, work, file, _new_id(job))
        except UserError as error:
            return [FileReport(file, refused=error)]


def _load_sheets(job: _Job, work: Workspace, file: str, load_id: str) -> list[FileReport]:
    origin = read_origin(file)
    wish = _wish(job, origin)
    sheets, notes = open_sources(work, file, options=_read_options(wish.mapping, origin))
    for note in notes:
        job.tell(note)
    found, skipped = tables_of(file, sheets, _told_table(job, origin))
    for sheet in skipped:
        job.tell(say("load.sheet_skipped", sheet=sheet.name))
    reports = []
    for number, guess in enumerate(found):
        own_id = load_id if number == 0 else f"{load_id}-{number}"
        sheet, table = guess.sheet, guess.table
        what = Sheet(sheet, table, wish, own_id, job.at, dry_run=job.options.dry_run)
        try:
            reports.append(load_sheet(job.home, job.vault, work, what, job.tell, job.waiting))
        except UserError as error:
            reports.append(FileReport(sheet.name, table.name, refused=error))
    return reports


def _wish(job: _Job, origin: Origin | None) -> Wish:
    mapping, name = job.mapping, str(job.options.mapping or "")
    if origin is not None and job.options.mapping is None:
        mapping, name = mapping_from(origin.mapping, Path(origin.mapping_file)), origin.mapping_file
    source = job.options.source or (origin.source if origin else None)
    return Wish(mapping, name, source, job.home.config().time_zone, job.home.catalog)


def _read_options(mapping: Mapping, origin: Origin | None) -> ReadOptions:
    if origin is not None:
        return ReadOptions()
    return ReadOptions(mapping.encoding, mapping.delimiter, mapping.sheet, mapping.head_row)


def is_reference(fact: str | None) -> bool:
    """Whether ``fact`` names a reference table."""
    return fact is not None and TABLES[fact].kind is Kind.REFERENCE


@contextmanager
def scratch_file(home: Home, name: str, content: bytes) -> Iterator[Path]:
    """A file to be loaded, for its owner alone; it goes with the block, or with the process."""
    with own_folder(home, f"{name}-{uuid.uuid4().hex[:12]}") as folder:
        file = folder / name
        file.write_bytes(content)
        yield file
