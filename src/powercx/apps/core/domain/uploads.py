"""Files sent through the page: kept, told how to be read, loaded or dropped."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from powercx.apps.core.domain import audit
from powercx.apps.core.domain.audit import Actor
from powercx.apps.core.domain.people import ChangedMeanwhile
from powercx.apps.core.enums import UploadState
from powercx.apps.core.models import Task, Upload
from powercx.base.errors import UserError
from powercx.base.home import Home

TYPE = "upload"


class UploadIsOver(UserError):
    """The file has been loaded, or is being loaded, so that nothing of it can be changed."""


def folder_of(home: Home, upload_id: UUID) -> Path:
    """Where the file and its mapping stand."""
    return home.uploads / str(upload_id)


def file_of(home: Home, upload: Upload) -> Path:
    """The file itself."""
    return folder_of(home, upload.pk) / upload.name


def keep_upload(
    *,
    home: Home,
    upload_id: UUID,
    name: str,
    received: Path,
    sha256: str,
    actor: Actor,
    at: datetime,
) -> Upload:
    """Take over a file that has been received under ``uploads/``; ``name`` is safe on disk."""
    folder = folder_of(home, upload_id)
    folder.mkdir(mode=0o700, parents=True)
    size = received.stat().st_size
    received.rename(folder / name)
    with transaction.atomic():
        upload: Upload = Upload.objects.create(
            pk=upload_id, name=name, size=size, sha256=sha256, person=actor.person, at=at
        )
        _record(upload, "upload", actor, at, {"name": name, "size": size, "sha256": sha256})
    return upload


def change_wish(
    *, upload: Upload, version: int, wish: Mapping[str, Any], actor: Actor, at: datetime
) -> Upload:
    """Keep how the file is to be read; what a check said before is no longer true.

    :raises ChangedMeanwhile: ``version`` is not the one that is kept.
    :raises UploadIsOver: it is loaded already.
    """
    with transaction.atomic():
        held: Upload = Upload.objects.select_for_update().get(pk=upload.pk)
        if held.version != version:
            raise ChangedMeanwhile("records.changed_meanwhile")
        _check_open(held)
        detail = audit.changes(held.wish, dict(wish))
        held.wish, held.report, held.version = dict(wish), {}, version + 1
        held.save()
        if detail:
            _record(held, "change", actor, at, detail)
    return held


def note_report(*, upload: Upload, report: Mapping[str, Any]) -> None:
    """Keep what a check of the file said, unless someone has changed how it is read since."""
    Upload.objects.filter(pk=upload.pk, version=upload.version).update(report=dict(report))


def note_task(*, upload: Upload, task: Task) -> None:
    """Keep which task works on the file."""
    Upload.objects.filter(pk=upload.pk).update(task=task)


def begin_load(*, upload: Upload) -> Upload:
    """Mark the file as being loaded; again after a load that broke off.

    :raises UploadIsOver: it has been loaded.
    """
    with transaction.atomic():
        held: Upload = Upload.objects.select_for_update().get(pk=upload.pk)
        if held.state == UploadState.LOADED:
            raise UploadIsOver("uploads.is_over", name=held.name)
        held.state = UploadState.LOADING.value
        held.save(update_fields=["state"])
    return held


def end_load(
    *,
    home: Home,
    upload: Upload,
    report: Mapping[str, Any],
    loaded: Mapping[str, Mapping[str, Any]],
    actor: Actor,
    at: datetime,
) -> None:
    """Keep what a load said, and who did it; ``loaded`` tells of each load by its id.

    A file of which everything was taken in goes; one that was refused stays, so that how it is
    read can be changed.
    """
    state = UploadState.FAILED if report.get("refused") else UploadState.LOADED
    with transaction.atomic():
        held: Upload = Upload.objects.select_for_update().get(pk=upload.pk)
        held.state, held.report, held.version = state.value, dict(report), held.version + 1
        held.save()
        for load_id, detail in loaded.items():
            audit.record(
                actor=actor,
                action="load",
                record_type="load",
                record_id=load_id,
                at=at,
                detail={"upload": str(held.pk), **detail},
            )
    if state is UploadState.LOADED:
        shutil.rmtree(folder_of(home, held.pk), ignore_errors=True)


def drop_upload(*, home: Home, upload: Upload, actor: Actor, at: datetime) -> None:
    """Throw a file away that has not been loaded.

    :raises UploadIsOver: it has.
    """
    with transaction.atomic():
        held: Upload = Upload.objects.select_for_update().get(pk=upload.pk)
        _check_open(held)
        _record(held, "delete", actor, at, {"name": held.name, "sha256": held.sha256})
        held.delete()
    shutil.rmtree(folder_of(home, upload.pk), ignore_errors=True)


def _check_open(upload: Upload) -> None:
    if upload.state in {UploadState.LOADING, UploadState.LOADED}:
        raise UploadIsOver("uploads.is_over", name=upload.name)


def _record(
    upload: Upload, action: str, actor: Actor, at: datetime, detail: Mapping[str, Any]
) -> None:
    audit.record(
        actor=actor, action=action, record_type=TYPE, record_id=upload.pk, at=at, detail=detail
    )
