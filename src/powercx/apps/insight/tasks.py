"""Work behind the data pages: files checked, loaded, and loaded again once mended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from powercx.apps.core import tasks
from powercx.apps.core.enums import Permission
from powercx.apps.core.service import Actor, Upload, upload_queries
from powercx.apps.core.service import uploads as records
from powercx.apps.core.tasks import Work, said, task
from powercx.apps.insight.domain import quarantine, uploads
from powercx.base.errors import UserError

_READING = 0.1


def _upload_page(done: Any) -> str:  # noqa: ANN401 - a task of core
    return reverse("insight:data_upload", args=[done.args["upload"]])


def _load_page(done: Any) -> str:  # noqa: ANN401 - a task of core
    return reverse("insight:data_load", args=[done.result["load"]])


def ask_check(*, upload: Upload, actor: Actor, at: datetime) -> UUID:
    """Ask for a check of a file that was sent."""
    return _asked("data.check", upload, actor, at)


def ask_load(*, upload: Upload, actor: Actor, at: datetime) -> UUID:
    """Ask for the load of a file that was sent; asked for twice it is loaded once."""
    return _asked("data.load", upload, actor, at)


def ask_reload(*, load_id: str, digest: str, actor: Actor, at: datetime) -> UUID:
    """Ask for the quarantined rows of a load to be loaded again as they are now."""
    args = {"load": load_id, "digest": digest}
    asked = tasks.ask("data.reload", args, key=f"reload:{load_id}", asked_by=actor, at=at)
    return asked.pk


def ask_refresh(*, actor: Actor, at: datetime) -> UUID:
    """Ask for figures to be brought up to date."""
    return tasks.ask("refresh", {}, key="refresh", asked_by=actor, at=at).pk


def _asked(name: str, upload: Upload, actor: Actor, at: datetime) -> UUID:
    key = f"{name}:{upload.pk}"
    asked = tasks.ask(name, {"upload": str(upload.pk)}, key=key, asked_by=actor, at=at)
    records.note_task(upload=upload, task=asked)
    return asked.pk


@task("data.check", title="data.task_check", permission=Permission.DATA_LOAD, leads_to=_upload_page)
def check_upload(work: Work, *, upload: str) -> dict[str, Any]:
    """Read and check every row of a file without loading any."""
    held = upload_queries.upload(UUID(upload))
    if held is None:
        raise UserError("uploads.unknown")
    report = uploads.check(home=work.home, upload=held, at=work.clock(), tell=_tell(work))
    return {"said": [_counts(each) for each in report["files"]]}


@task("data.load", title="data.task_load", permission=Permission.DATA_LOAD, leads_to=_upload_page)
def load_upload(work: Work, *, upload: str) -> dict[str, Any]:
    """Load a file that was sent; of one that is loaded already the report is given again."""
    report = uploads.load_upload(
        home=work.home,
        upload_id=UUID(upload),
        actor=work.actor,
        at=work.clock(),
        tell=_tell(work),
    )
    return {"said": [_counts(each) for each in report["files"]]}


@task("data.reload", title="data.task_reload", permission=Permission.DATA_LOAD, leads_to=_load_page)
def reload_quarantine(work: Work, *, load: str, digest: str) -> dict[str, Any]:
    """Load quarantined rows again as they have been mended."""
    found = quarantine.reload_rows(
        home=work.home,
        load_id=load,
        digest=digest,
        actor=work.actor,
        at=work.clock(),
        tell=_tell(work),
    )
    counts = found.report.to_json()
    return {"said": [_counts(counts)], "load": found.report.load_id, "left": found.left}


def _tell(work: Work) -> Callable[[str], None]:
    """Lines of the loader as steps; how far it is within a file nobody knows."""
    return lambda line: work.progress(line, _READING)


def _counts(file: Mapping[str, Any]) -> dict[str, Any]:
    if "error" in file:
        return said("data.said_refused", reason=file["error"]["message"])
    names = ("read", "loaded", "quarantined")
    return said("data.said_counts", **{name: file[name] for name in names})
