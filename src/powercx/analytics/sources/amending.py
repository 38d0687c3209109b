"""Quarantined rows amended by people: cells changed, rows thrown away, the rest loaded again.

Every change writes the file anew and puts it in place at once; before the first one the file as
the loader wrote it is kept beside it. Whoever changes a file says which content they saw: one that
somebody else has changed since is not overwritten.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from powercx.analytics.engine.locks import writer_lock
from powercx.analytics.engine.workspace import workspace
from powercx.analytics.sources.plan import REPORT_HEADS
from powercx.analytics.sources.quarantine import private_text, read_origin, sidecar
from powercx.analytics.sources.quarantined import QuarantineFile, Row, open_quarantine, read_rows
from powercx.analytics.sources.readers import ReadOptions, open_sources
from powercx.analytics.sources.readers.sheet import LINE, identifier
from powercx.analytics.sources.recovery import own_folder
from powercx.analytics.sources.report import FileReport
from powercx.analytics.sources.service import LoadOptions, load
from powercx.analytics.sources.vault import Vault
from powercx.base.errors import UserError
from powercx.base.home import Home

_HEAD = len(REPORT_HEADS)
Cells = Mapping[str, str]
Rewritten = Callable[[Sequence[str], Row], Sequence[str] | None]


class AmendedMeanwhile(UserError):
    """Somebody changed the file after it was opened; nothing of this change was kept."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What became of the rows: ``left`` stayed in the file, lines that are no rows still."""

    report: FileReport
    left: int


def change_cells(home: Home, load_id: str, *, digest: str, changes: Mapping[int, Cells]) -> int:
    """Write values into cells, by number of the row and head; how many differ from before.

    :raises UnknownQuarantine: there is no such file any more.
    :raises AmendedMeanwhile: its content is not that of ``digest``.
    """
    with _held(home, load_id, digest) as file:
        places = {head: _HEAD + at for at, head in enumerate(file.heads)}
        changed = 0

        def written(cells: Sequence[str], row: Row) -> Sequence[str]:
            nonlocal changed
            found = list(cells)
            for head, value in changes.get(row.number, {}).items():
                changed += found[places[head]] != value
                found[places[head]] = value
            return found

        _rewrite(file, written)
    return changed


def discard_rows(home: Home, load_id: str, *, digest: str, numbers: Iterable[int]) -> list[str]:
    """Throw rows away for good; the lines they stood on.

    :raises UnknownQuarantine: there is no such file any more.
    :raises AmendedMeanwhile: its content is not that of ``digest``.
    """
    gone = set(numbers)
    lines: list[str] = []
    with _held(home, load_id, digest) as file:

        def kept(cells: Sequence[str], row: Row) -> Sequence[str] | None:
            if row.number in gone:
                lines.append(row.line)
                return None
            return cells

        _rewrite(file, kept)
        _remove_if_empty(file)
    return lines


def restore(home: Home, load_id: str, *, digest: str) -> None:
    """Put the file back as the loader wrote it.

    :raises UnknownQuarantine: there is no such file any more.
    :raises AmendedMeanwhile: its content is not that of ``digest``.
    """
    with _held(home, load_id, digest) as file:
        if file.original.exists():
            file.original.replace(file.path)


def take_back(home: Home, load_id: str, *, digest: str, sheet: Path) -> int:
    """Take the cells of a file that was mended elsewhere; how many differ from before.

    Rows are found by the line they stand on; those that the sheet lacks stay as they are.

    :raises AmendedMeanwhile: the content is not that of ``digest``.
    :raises UserError: the sheet cannot be read, is of another file, or has rows of its own.
    """
    with _held(home, load_id, digest) as file:
        given = _rows_of(home, file, sheet)
        changes: dict[int, Cells] = {}
        for row in file.rows():
            if row.key in given:
                changes[row.number] = given.pop(row.key)
        if given:
            line, _ = next(iter(given))
            raise UserError("quarantine.unknown_line", file=sheet.name, line=line)
    return change_cells(home, load_id, digest=digest, changes=changes)


def reload(
    home: Home,
    vault: Vault,
    load_id: str,
    *,
    digest: str,
    at: datetime,
    progress: Callable[[str], None] | None = None,
) -> Reloaded:
    """Load the rows again; those that are still faulty go to the file of the new load.

    Lines that are no rows, and have not been filled in, stay. A load that breaks off leaves the
    file as it was: rows that come again count once.

    :raises UnknownQuarantine: there is no such file any more.
    :raises AmendedMeanwhile: its content is not that of ``digest``.
    :raises UserError: nothing could be loaded; the file is as it was.
    """
    with (
        _held(home, load_id, digest) as file,
        own_folder(home, f"reload-{uuid.uuid4().hex[:12]}") as (folder),
    ):
        target = folder / f"{load_id}.csv"
        lines = _write(target, file, (row for row in file.rows() if not row.is_bare))
        if not lines:
            raise UserError("quarantine.nothing_to_load")
        shutil.copy(sidecar(file.path), sidecar(target))
        [report] = load(home, vault, [str(target)], options=LoadOptions(), at=at, progress=progress)
        if report.refused is not None:
            raise report.refused
        if report.quarantine is not None:
            _relabel(Path(report.quarantine), file, lines)
        left = sum(row.is_bare for row in file.rows())
        _rewrite(file, lambda cells, row: cells if row.is_bare else None)
        _remove_if_empty(file)
    return Reloaded(report, left)


@contextmanager
def _held(home: Home, load_id: str, digest: str) -> Iterator[QuarantineFile]:
    with writer_lock(home.locks, f"quarantine-{load_id}"):
        file = open_quarantine(home, load_id)
        if file.digest != digest:
            raise AmendedMeanwhile("quarantine.changed_meanwhile")
        yield file


def _rewrite(file: QuarantineFile, change: Rewritten) -> None:
    """Write the file anew; rows for which ``change`` gives None are left out."""
    if not file.original.exists():
        shutil.copy2(file.path, file.original)
    fresh = file.path.with_name(f"{file.id}.new.csv")
    with file.path.open(encoding="utf-8-sig", newline="") as old, private_text(fresh) as new:
        reader, writer = csv.reader(old), csv.writer(new)
        writer.writerow(next(reader))
        for cells, row in zip(reader, read_rows(file.path), strict=True):
            found = change(cells, row)
            if found is not None:
                writer.writerow(found)
        new.flush()
        os.fsync(new.fileno())
    fresh.replace(file.path)


def _remove_if_empty(file: QuarantineFile) -> None:
    """Nothing is kept of a file whose rows are all loaded or thrown away."""
    if next(read_rows(file.path), None) is None:
        for path in (file.path, sidecar(file.path), file.original):
            path.unlink(missing_ok=True)


def _write(target: Path, file: QuarantineFile, rows: Iterable[Row]) -> dict[str, str]:
    """Write the cells of ``rows``; the line in the source by the line on which each stands now."""
    lines: dict[str, str] = {}
    with private_text(target) as handle:
        at = 1
        for cells, line in ((file.heads, ""), *((row.cells, row.line) for row in rows)):
            text = _as_line(cells)
            handle.write(text)
            if line:
                lines[str(at)] = line
            at += text.count("\n")
    return lines


def _as_line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _relabel(path: Path, file: QuarantineFile, lines: Mapping[str, str]) -> None:
    """Let rows that are still faulty name the lines and the file that they came from at first."""
    origin = read_origin(str(path))
    if origin is None:
        return
    fresh = path.with_name(f"{path.stem}.new.csv")
    with path.open(encoding="utf-8-sig", newline="") as old, private_text(fresh) as new:
        reader, writer = csv.reader(old), csv.writer(new)
        writer.writerow(next(reader))
        for cells in reader:
            writer.writerow([lines.get(cells[0], cells[0]), *cells[1:]])
    fresh.replace(path)
    with private_text(sidecar(path)) as handle:
        json.dump(asdict(replace(origin, path=file.origin.path)), handle, ensure_ascii=False)


def _rows_of(home: Home, file: QuarantineFile, sheet: Path) -> dict[tuple[str, int], Cells]:
    """The cells of a sheet that was downloaded and mended, by row."""
    with workspace(home.staging) as work:
        [found, *_], _ = open_sources(work, str(sheet), options=ReadOptions())
        lacking = [head for head in (REPORT_HEADS[0], *file.heads) if head not in found.columns]
        if lacking:
            raise UserError("quarantine.other_heads", file=sheet.name, columns=", ".join(lacking))
        names = ", ".join(
            f"CAST({identifier(h)} AS VARCHAR)" for h in (REPORT_HEADS[0], *file.heads)
        )
        rows = work.rows(f"FROM {found.numbered()} SELECT {names} ORDER BY {LINE}")
    given: dict[tuple[str, int], Cells] = {}
    seen: dict[str, int] = {}
    for line, *cells in rows:
        nth = seen.get(line or "", 0)
        seen[line or ""] = nth + 1
        given[line or "", nth] = dict(zip(file.heads, (cell or "" for cell in cells), strict=True))
    return given
