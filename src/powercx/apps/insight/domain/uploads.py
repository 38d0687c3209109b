"""A file on its way in: received, looked into, told how to be read, checked, loaded."""

from __future__ import annotations

import json
import re
import unicodedata
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any
from uuid import UUID

from powercx.analytics.sources.preview import Preview, preview
from powercx.analytics.sources.readers.kinds import BY_SUFFIX
from powercx.analytics.sources.report import FileReport
from powercx.analytics.sources.service import LoadOptions, load
from powercx.apps.core.enums import UploadState
from powercx.apps.core.service import (
    MOST_BYTES,
    Actor,
    OperationalVault,
    ReceivedFile,
    Upload,
    upload_queries,
    uploads,
)
from powercx.apps.insight.domain.telling import plainly, shorten
from powercx.base.errors import UserError
from powercx.base.home import Home

Tell = Callable[[str], None]
_NAME_BYTES = 180
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\#?*\[\]{}:|<>\"]+")
# What of a wish stands in a mapping under its own name.
_MAPPED = ("fact", "source", "sheet", "head_row", "delimiter", "encoding", "date_format", "columns")


class TooLarge(UserError):
    """The file is larger than what is taken."""


def receive(*, home: Home, file: ReceivedFile, actor: Actor, at: datetime) -> Upload:
    """Keep a file that someone sent.

    :raises TooLarge: it is larger than ``MOST_BYTES``.
    :raises UserError: it is empty, or of a kind that cannot be read.
    """
    name = safe_name(str(file.name))
    if file.too_large:
        raise TooLarge("uploads.too_large", file=name, gigabytes=MOST_BYTES // 1024**3)
    kind = PurePath(name).suffix.lower()
    if kind not in BY_SUFFIX:
        raise UserError("read.unknown_kind", file=name, kind=kind or "—", kinds=" ".join(BY_SUFFIX))
    if not file.size:
        raise UserError("read.empty", file=name)
    return uploads.keep_upload(
        home=home,
        upload_id=uuid.uuid4(),
        name=name,
        received=file.path,
        sha256=file.sha256,
        actor=actor,
        at=at,
    )


def safe_name(name: str) -> str:
    """The name as it may stand on disk: what tells the table stays, what leads elsewhere goes.

    >>> safe_name("../../账单#1.csv"), safe_name(".csv")
    ('账单_1.csv', 'file.csv')
    """
    plain = unicodedata.normalize("NFC", PurePath(name.replace("\\", "/")).name)
    path = PurePath(_UNSAFE.sub("_", plain).strip(" .") or "file")
    if "." not in path.name:
        return f"file.{path.name}" if plain.startswith(".") else path.name
    stem = path.stem.encode()[: _NAME_BYTES - len(path.suffix.encode())].decode(errors="ignore")
    return f"{stem}{path.suffix}"


def look_into(home: Home, upload: Upload) -> Preview:
    """What the file seems to be, read as its wish says.

    :raises UserError: it cannot be read, with what to do; names stand without folders.
    """
    with plainly(uploads.folder_of(home, upload.pk)):
        file = str(uploads.file_of(home, upload))
        return preview(home, file, options=_options(home, upload, dry_run=True))


def check(*, home: Home, upload: Upload, at: datetime, tell: Tell) -> Mapping[str, Any]:
    """Read and check every row, write nothing into the lake, keep the report.

    :raises UserError: as ``look_into``.
    """
    reports = _load(home, upload, at, tell, dry_run=True)
    report = _report(home, upload, reports, dry_run=True)
    uploads.note_report(upload=upload, report=report)
    return report


def load_upload(
    *, home: Home, upload_id: UUID, actor: Actor, at: datetime, tell: Tell
) -> Mapping[str, Any]:
    """Load the file and keep the report; once it is loaded, only the report is given again."""
    upload = upload_queries.upload(upload_id)
    if upload is None:
        raise UserError("uploads.unknown")
    if upload.state == UploadState.LOADED:
        return dict(upload.report)
    begun = uploads.begin_load(upload=upload)
    try:
        reports = _load(home, begun, at, tell, dry_run=False)
    except UserError as error:
        reports = [FileReport(upload.name, refused=error)]
    report = _report(home, begun, reports, dry_run=False)
    loaded = {str(each["load_id"]): _told(each) for each in report["files"] if "error" not in each}
    uploads.end_load(home=home, upload=begun, report=report, loaded=loaded, actor=actor, at=at)
    return report


def _load(
    home: Home, upload: Upload, at: datetime, tell: Tell, *, dry_run: bool
) -> list[FileReport]:
    with plainly(uploads.folder_of(home, upload.pk)):
        return load(
            home,
            OperationalVault(home),
            [str(uploads.file_of(home, upload))],
            options=_options(home, upload, dry_run=dry_run),
            at=at,
            progress=tell,
        )


def _options(home: Home, upload: Upload, *, dry_run: bool) -> LoadOptions:
    """How the file is to be read; what was wished stands beside it as a mapping."""
    wish = {name: upload.wish[name] for name in _MAPPED if upload.wish.get(name)}
    if not wish:
        return LoadOptions(dry_run=dry_run)
    path = uploads.folder_of(home, upload.pk) / "mapping.yaml"
    text = json.dumps(wish, ensure_ascii=False, indent=1)
    if not path.exists() or path.read_text("utf-8") != text:
        path.touch(mode=0o600)
        path.write_text(text, "utf-8")
    return LoadOptions(mapping=path, dry_run=dry_run)


def _report(
    home: Home, upload: Upload, reports: Sequence[FileReport], *, dry_run: bool
) -> dict[str, Any]:
    for each in reports:
        if each.refused is not None:
            shorten(each.refused, uploads.folder_of(home, upload.pk))
    files = [
        {**each.to_json(), "path": PurePath(each.path).name, "load_id": each.load_id}
        for each in reports
    ]
    return {
        "dry_run": dry_run,
        "files": files,
        "refused": any(each.refused is not None for each in reports),
    }


def _told(file: Mapping[str, Any]) -> dict[str, Any]:
    """What the audit chain keeps of a load."""
    names = ("path", "fact", "read", "loaded", "duplicate", "superseded", "quarantined")
    return {name: file[name] for name in names}
