"""Reading the audit chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Max, Min, QuerySet

from powercx.apps.core import chain
from powercx.apps.core.chain import FIELDS, FIRST, BrokenChain, Span
from powercx.apps.core.models import AuditEntry, AuditHead, Person
from powercx.base.errors import UserError

_HISTORY = 50
_SIGN_INS = 20
_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class AuditWish:
    """What is looked for in the chain; empty means all, ``until`` is left out itself."""

    since: datetime | None = None
    until: datetime | None = None
    actor: str = ""
    action: str = ""
    record_type: str = ""
    record_id: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """How far the kept chain was held against its seals: from ``first`` to ``last`` of ``head``."""

    first: int
    last: int
    head: int

    @property
    def whole(self) -> bool:
        return self.last == self.head


def as_row(entry: AuditEntry) -> dict[str, Any]:
    """What is sealed of an entry, as it is exported; ``at`` in UTC to the microsecond."""
    row = {name: getattr(entry, name) for name in FIELDS}
    row["at"] = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    return row


def wished(wish: AuditWish) -> QuerySet[AuditEntry]:
    """The entries of a wish, newest first."""
    exact = {"action": wish.action, "record_type": wish.record_type, "record_id": wish.record_id}
    found = AuditEntry.objects.filter(**{name: value for name, value in exact.items() if value})
    if wish.since:
        found = found.filter(at__gte=wish.since)
    if wish.until:
        found = found.filter(at__lt=wish.until)
    if wish.actor:
        found = found.filter(actor__icontains=wish.actor)
    return found.order_by("-seq")


def span_of(wish: AuditWish) -> Span:
    """The span of the chain that holds the times of a wish; without times the whole chain."""
    timed = wished(AuditWish(since=wish.since, until=wish.until)).order_by()
    ends = timed.aggregate(first=Min("seq"), last=Max("seq"))
    if ends["first"] is None:
        return Span(1, 0, FIRST, FIRST)
    before, seal = _seal_of(ends["first"] - 1), _seal_of(ends["last"])
    return Span(ends["first"], ends["last"], before, seal)


def export(span: Span) -> Iterator[bytes]:
    """The lines of a span as ``chain.verify`` reads them."""
    yield chain.head_line(span)
    found = AuditEntry.objects.filter(seq__gte=span.first, seq__lte=span.last)
    for entry in found.order_by("seq").iterator(chunk_size=_AT_ONCE):
        yield chain.entry_line(as_row(entry), entry.hash)


def check(*, first: int = 1, limit: int | None = None) -> Checked:
    """Hold the chain as it is kept against its seals, ``limit`` entries from ``first`` on.

    :raises BrokenChain: ``audit.broken_at`` with the first entry that is wrong, and why.
    """
    head = AuditHead.objects.first()
    end = head.seq if head else 0
    seq, before = first, _seal_of(first - 1)
    found = AuditEntry.objects.filter(seq__gte=first).order_by("seq")
    for entry in found[:limit].iterator(chunk_size=_AT_ONCE):
        if wrong := chain.fault(as_row(entry), entry.hash, seq=seq, before=before):
            raise BrokenChain("audit.broken_at", seq=seq, reason=wrong)
        seq, before = seq + 1, entry.hash
    done = seq - 1
    if limit is None or done - first + 1 < limit:
        if done < end:
            missing = UserError("audit.cut_off", last=end, found=done)
            raise BrokenChain("audit.broken_at", seq=seq, reason=missing)
        if head and done == end and before != head.hash:
            raise BrokenChain("audit.broken_at", seq=done, reason=UserError("audit.wrong_end"))
    return Checked(first, done, max(end, done))


def _seal_of(seq: int) -> str:
    if seq <= 0:
        return FIRST
    found = AuditEntry.objects.filter(seq=seq).values_list("hash", flat=True).first()
    return found or ""


def of_record(record_type: str, record_id: object, limit: int = _HISTORY) -> list[AuditEntry]:
    """The newest entries on one record."""
    found = AuditEntry.objects.filter(record_type=record_type, record_id=str(record_id))
    return list(found.order_by("-seq")[:limit])


def signins_of(person: Person) -> list[AuditEntry]:
    """When someone signed in last, and when they were locked out."""
    found = AuditEntry.objects.filter(person=person, action__in=("sign_in", "lock"))
    return list(found.order_by("-seq")[:_SIGN_INS])
