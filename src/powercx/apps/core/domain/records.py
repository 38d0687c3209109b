"""What every record has beside itself: comments, evidence, files. Its history is the audit chain.

A type of record says who may reach one by registering its ``access`` function here.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from django.db import transaction

from powercx.apps.core.domain import audit
from powercx.apps.core.domain.audit import Actor
from powercx.apps.core.models import Attachment, AuditEntry, Comment, EvidenceLink
from powercx.apps.core.rules import NotAllowed, Scope, UnknownRecord
from powercx.base.errors import UserError
from powercx.base.home import Home

LARGEST = 20_000_000
_LONGEST_NAME = 200
_SCHEMES = ("https://", "http://")


class TooLarge(UserError):
    """The file is larger than what is kept with a record."""


class FileGone(UserError):
    """The bytes of a file that was kept are no longer there."""


class BadEvidence(UserError):
    """The address is neither a page of powercx nor one of the web."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The record that something is kept with; ``editable`` for whoever looks at it.

    ``inside`` tells whether it belongs to a unit of theirs: only then does its history show what
    was changed, for that may be about units beside theirs.
    """

    type: str
    id: str
    title: str
    url: str
    org_id: str
    editable: bool
    inside: bool


Access = Callable[[Scope, str], Subject]
_access: dict[str, Access] = {}


def register(record_type: str, access: Access) -> None:
    """Let records of a type have parts; ``access`` is the only way to one of them."""
    _access[record_type] = access


def access_subject(
    scope: Scope, record_type: str, record_id: str, *, change: bool = False
) -> Subject:
    """The record whose parts are asked for.

    :raises UnknownRecord: there is none within reach.
    :raises NotAllowed: it may be seen but not changed, and ``change`` is asked for.
    """
    if record_type not in _access:
        raise UnknownRecord("records.unknown")
    found = _access[record_type](scope, record_id)
    if change and not found.editable:
        raise NotAllowed("records.not_editable")
    return found


def comment(*, subject: Subject, text: str, actor: Actor, at: datetime) -> Comment:
    """Write on a record."""
    with transaction.atomic():
        made = Comment.objects.create(**_of(subject), person=actor.person, at=at, text=text)
        _tell(subject, "comment", actor, at, {"text": text})
    return made


def link_evidence(
    *, subject: Subject, title: str, address: str, actor: Actor, at: datetime
) -> EvidenceLink:
    """Say what a record rests on: a path of powercx, or an address of the web.

    :raises BadEvidence: the address is neither.
    """
    own = address.startswith("/") and not address.startswith(("//", "/\\"))
    if not own and not address.lower().startswith(_SCHEMES):
        raise BadEvidence("records.bad_address")
    with transaction.atomic():
        made = EvidenceLink.objects.create(
            **_of(subject), person=actor.person, at=at, title=title, address=address
        )
        _tell(subject, "link", actor, at, {"title": title, "address": address})
    return made


def unlink_evidence(*, subject: Subject, pk: int, actor: Actor, at: datetime) -> None:
    """:raises UnknownRecord: the record has no such link."""
    with transaction.atomic():
        link = _one(EvidenceLink, subject, pk)
        _tell(subject, "unlink", actor, at, {"title": link.title, "address": link.address})
        link.delete()


def attach(
    *,
    home: Home,
    subject: Subject,
    name: str,
    chunks: Iterable[bytes],
    actor: Actor,
    at: datetime,
) -> Attachment:
    """Keep a file with a record, read as it comes.

    :raises TooLarge: it has more than ``LARGEST`` bytes; nothing of it is kept.
    """
    digest, size = _kept(home, chunks)
    plain = PurePosixPath(name.replace("\\", "/")).name[-_LONGEST_NAME:] or digest[:8]
    with transaction.atomic():
        made = Attachment.objects.create(
            **_of(subject), person=actor.person, at=at, name=plain, size=size, sha256=digest
        )
        _tell(subject, "attach", actor, at, {"name": plain, "size": size, "sha256": digest})
    return made


def detach(*, subject: Subject, pk: int, actor: Actor, at: datetime) -> None:
    """Take a file off a record; its bytes stay, for the chain names them.

    :raises UnknownRecord: the record has no such file.
    """
    with transaction.atomic():
        held = _one(Attachment, subject, pk)
        _tell(subject, "detach", actor, at, {"name": held.name, "sha256": held.sha256})
        held.delete()


def attachment(subject: Subject, pk: int) -> Attachment:
    """:raises UnknownRecord: the record has no such file."""
    found: Attachment = _one(Attachment, subject, pk)
    return found


def open_file(home: Home, held: Attachment) -> BinaryIO:
    """The bytes of a file that is kept with a record.

    :raises FileGone: somebody took them out of the home.
    """
    try:
        return path_of(home, held.sha256).open("rb")
    except FileNotFoundError as error:
        raise FileGone("records.file_gone", name=held.name) from error


def path_of(home: Home, sha256: str) -> Path:
    """Where a file's bytes are."""
    return home.files / sha256[:2] / sha256


@dataclass(frozen=True)
class Side:
    """The side column of a record page."""

    subject: Subject
    comments: list[Comment]
    evidence: list[EvidenceLink]
    files: list[Attachment]
    history: list[AuditEntry]
    entries: int


MOST_HISTORY = 20


def side_of(subject: Subject) -> Side:
    """Everything kept with a record; of its history the newest, and how much there is."""
    told = AuditEntry.objects.filter(record_type=subject.type, record_id=subject.id)
    where = _of(subject)
    return Side(
        subject,
        list(Comment.objects.filter(**where).select_related("person").order_by("-at", "-pk")),
        list(EvidenceLink.objects.filter(**where).order_by("at", "pk")),
        list(Attachment.objects.filter(**where).order_by("at", "pk")),
        list(told.order_by("-seq")[:MOST_HISTORY]),
        told.count(),
    )


def _kept(home: Home, chunks: Iterable[bytes]) -> tuple[str, int]:
    """Write the bytes beside their place and move them there whole."""
    home.files.mkdir(mode=0o700, exist_ok=True)
    staged = home.files / f".{uuid.uuid4().hex}"
    digest, size = hashlib.sha256(), 0
    try:
        with staged.open("wb") as file:
            staged.chmod(0o600)
            for chunk in chunks:
                size += len(chunk)
                if size > LARGEST:
                    raise TooLarge("records.too_large", most=LARGEST // 1_000_000)
                digest.update(chunk)
                file.write(chunk)
        target = path_of(home, digest.hexdigest())
        target.parent.mkdir(mode=0o700, exist_ok=True)
        staged.replace(target)
    finally:
        staged.unlink(missing_ok=True)
    return digest.hexdigest(), size


def _one(model: Any, subject: Subject, pk: int) -> Any:  # noqa: ANN401 - of any of the parts
    found = model.objects.filter(**_of(subject), pk=pk).first()
    if found is None:
        raise UnknownRecord("records.unknown")
    return found


def _of(subject: Subject) -> dict[str, str]:
    return {"record_type": subject.type, "record_id": subject.id}


def _tell(
    subject: Subject, action: str, actor: Actor, at: datetime, detail: dict[str, Any]
) -> None:
    audit.record(
        actor=actor,
        action=action,
        record_type=subject.type,
        record_id=subject.id,
        org_id=subject.org_id,
        at=at,
        detail=detail,
    )
