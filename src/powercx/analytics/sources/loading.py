"""One sheet into one table: the protocol of a load, step by step."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from powercx.analytics.engine.delta import LakeFile
from powercx.analytics.engine.locks import writer_lock
from powercx.analytics.engine.workspace import EngineError, Workspace
from powercx.analytics.lake import places
from powercx.analytics.lake.schema import Kind, LakeTable
from powercx.analytics.sources import orphans, past, people, publish, staging
from powercx.analytics.sources.matching import days_of
from powercx.analytics.sources.plan import Plan, Wish, make_plan
from powercx.analytics.sources.quarantine import Origin, write_quarantine
from powercx.analytics.sources.readers import RawSheet
from powercx.analytics.sources.recovery import settle
from powercx.analytics.sources.report import FileReport
from powercx.analytics.sources.staging import BAD, STAGED
from powercx.analytics.sources.vault import LoadHeader, Vault
from powercx.analytics.sources.versions import DROPPED, Verdict, judge
from powercx.base.errors import UserError
from powercx.base.home import Home
from powercx.base.messages import say

Tell = Callable[[str], None]
_FULL = "No space left"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet on its way: where it goes, how it is to be read, under which id, since when."""

    raw: RawSheet
    table: LakeTable
    wish: Wish
    load_id: str
    at: datetime
    dry_run: bool

    @property
    def at_ms(self) -> int:
        return int(self.at.timestamp() * 1000)


def load_sheet(
    home: Home, vault: Vault, work: Workspace, sheet: Sheet, tell: Tell, waiting: Tell
) -> FileReport:
    """Load one sheet, all or nothing.

    :raises UserError: the sheet is refused, or the disk is full; nothing of it is loaded.
    """
    begun = time.perf_counter()
    report = FileReport(sheet.raw.name, sheet.table.name, load_id=sheet.load_id)
    plan = make_plan(work, sheet.raw, sheet.table, sheet.wish)
    _show(plan, sheet, tell)
    report.ignored = plan.ignored
    with writer_lock(home.locks, sheet.table.name, waiting=waiting):
        if not sheet.dry_run:
            # One that was killed while this one waited has left its history behind.
            settle(home, vault, sheet.table.name, at=sheet.at)
        step = _DryStep if sheet.dry_run else _Step
        step(home, vault, work, sheet, plan, report, begun).run()
    report.seconds = time.perf_counter() - begun
    report.check()
    return report


def _show(plan: Plan, sheet: Sheet, tell: Tell) -> None:
    pairs = ", ".join(f"{head} → {column}" for column, head in plan.shown.items())
    tell(say("load.columns", file=sheet.raw.name, fact=plan.table.name, pairs=pairs))
    if plan.ignored:
        ignored = ", ".join(plan.ignored[:20])
        tell(say("load.ignored", file=sheet.raw.name, count=len(plan.ignored), columns=ignored))


@dataclass(slots=True)
class _DryStep:
    """What is done without writing: type, check, compare, count."""

    home: Home
    vault: Vault
    work: Workspace
    sheet: Sheet
    plan: Plan
    report: FileReport
    begun: float

    def run(self) -> None:
        files, former = self._stage()
        verdict = judge(self.work, self.plan, files, former)
        self._count(verdict, write=False)

    def _stage(self) -> tuple[list[LakeFile], list[LakeFile]]:
        """Staged rows with digests, and the files of the lake that may hold their keys."""
        staging.stage(self.work, self.plan, self.sheet.raw.relation)
        people.add_digests(self.work, self.plan, self.vault)
        lake, table = self.home.lake, self.sheet.table
        files = places.store(lake, table).files()
        return self._near(files), places.history(lake, table).files()

    def _near(self, files: list[LakeFile]) -> list[LakeFile]:
        """Only the months of the batch, where a key lies in the month of its row."""
        table = self.sheet.table
        if table.kind is Kind.REFERENCE or not table.month_from_key or self.plan.has("source_key"):
            return files
        wanted = {f"{day:%Y-%m}" for day in days_of(self.work, STAGED, table, f"NOT {BAD}")}
        return [file for file in files if file.partition in wanted]

    def _count(self, verdict: Verdict, *, write: bool) -> None:
        report, rejects = self.report, len(self.sheet.raw.rejects)
        bad = int(self.work.value(f"FROM {STAGED} SELECT count(*) WHERE {BAD}"))
        report.read = int(self.work.value(f"FROM {STAGED} SELECT count(*)")) + rejects
        report.loaded, report.duplicate = verdict.loaded, verdict.duplicate
        report.superseded = verdict.superseded
        report.quarantined = bad + verdict.conflicting + rejects
        if report.quarantined:
            self._set_aside(write=write)
        self._span(clashing=verdict.conflicting > 0)
        report.orphans = orphans.find_orphans(self.work, self.home.lake, self.sheet.table)
        report.seconds = time.perf_counter() - self.begun
        if not report.read:
            report.notes.append(say("load.no_rows", file=report.path))

    def _set_aside(self, *, write: bool) -> None:
        sheet, mapping = self.sheet, self.sheet.wish.mapping
        path = self.home.quarantine / f"{sheet.load_id}.csv" if write else None
        origin = Origin(
            sheet.table.name,
            self.plan.source,
            sheet.raw.name,
            mapping.model_dump(mode="json", exclude_defaults=True),
            sheet.wish.mapping_file,
        )
        told = write_quarantine(self.work, self.plan, sheet.raw, path, origin)
        self.report.reasons = dict(sorted(told.reasons.items()))
        self.report.faults = told.faults
        self.report.quarantine = None if path is None else str(path)

    def _span(self, *, clashing: bool) -> None:
        table = self.sheet.table
        if table.date_column is None:
            return
        where = f"NOT {BAD}"
        if clashing:
            where += f" AND rid NOT IN (FROM {DROPPED} SELECT rid WHERE what = 'conflict')"
        days = days_of(self.work, STAGED, table, where)
        if days:
            self.report.first, self.report.last = days[0], days[-1]


@dataclass(slots=True)
class _Step(_DryStep):
    """The protocol: begin, stage, one commit, finish; what fails before the commit is undone."""

    def run(self) -> None:
        sheet = self.sheet
        source = self.plan.source or self.plan.shown.get("source", "")
        self.vault.begin(
            LoadHeader(sheet.load_id, sheet.table.name, sheet.raw.name, source, sheet.at)
        )
        try:
            self._load()
        except UserError as error:
            self._undo(str(error), refused=True)
            raise
        except (EngineError, OSError) as error:
            self._undo(type(error).__name__, refused=False)
            if _FULL in str(error):
                raise UserError(
                    "load.disk_full", file=sheet.raw.name, path=self.home.path
                ) from error
            raise
        except BaseException as error:
            self._undo(type(error).__name__, refused=False)
            raise
        finished = sheet.at + timedelta(seconds=time.perf_counter() - self.begun)
        self.vault.finish(load_id=sheet.load_id, report=self.report.to_json(), finished_at=finished)

    def _load(self) -> None:
        files, former = self._stage()
        index = places.key_index(self.home.lake, self.sheet.table)
        verdict = judge(self.work, self.plan, files, former, index)
        people.keep_digests(self.work, self.plan)
        self._count(verdict, write=True)
        self._publish(files)

    def _publish(self, files: Sequence[LakeFile]) -> None:
        """History and orphans first: without the load's own commit they mean nothing."""
        home, sheet, work, table = self.home, self.sheet, self.work, self.sheet.table
        people.stage_personal(work, self.plan, self.vault, sheet.load_id, files)
        former = past.write_past(work, home.lake, table, files, sheet.load_id)
        orphans.keep_orphans(work, home.lake, home.locks, table, sheet.load_id, sheet.at_ms)
        change = publish.write_change(work, home.lake, self.plan, files, sheet.load_id)
        past.commit_past(
            places.history(home.lake, table), table, former, sheet.load_id, sheet.at_ms
        )
        if change.added or change.removed or former:
            about = {**change.about, **self._about()}
            change = publish.Change(change.added, change.removed, about)
            publish.commit_change(places.store(home.lake, table), table, change, sheet.at_ms)

    def _about(self) -> dict[str, str]:
        report = self.report
        return {
            "source": self.plan.source or "",
            "file": report.path,
            "rows": str(report.loaded + report.superseded),
            "report": json.dumps(report.to_json(), ensure_ascii=False),
        }

    def _undo(self, reason: str, *, refused: bool) -> None:
        """Take back what was prepared; if the commit is there after all, start-up will finish."""
        sheet = self.sheet
        if places.store(self.home.lake, sheet.table).find("load_id", sheet.load_id) is not None:
            return
        past.forget(self.work, self.home.lake, sheet.table, sheet.load_id, sheet.at_ms)
        self.vault.discard(sheet.load_id, reason=reason, refused=refused, at=sheet.at)
