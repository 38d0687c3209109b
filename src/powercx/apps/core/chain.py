"""The seals of the audit chain and the file they are exported as; needs no database.

The file is JSON Lines: a head that tells the span, then one line an entry, each JSON with sorted
keys and no spaces. Whoever has the file can tell whether a byte of it was changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from powercx.base.errors import UserError

FIRST = "0" * 64
FORM = "powercx audit 1"
FIELDS = (
    "seq",
    "at",
    "actor",
    "action",
    "record_type",
    "record_id",
    "org_id",
    "detail",
    "address",
    "before",
)
_HEAD = {"chain", "first", "last", "before", "hash"}
_LINE = {*FIELDS, "hash"}


class BrokenChain(UserError):
    """The file is not what was exported, or the chain not what was recorded; says where and why."""


@dataclass(frozen=True, slots=True)
class Span:
    """Entries ``first`` to ``last``; ``before`` seals what came before them, ``hash`` the last."""

    first: int
    last: int
    before: str
    hash: str

    @property
    def entries(self) -> int:
        return self.last - self.first + 1


def canonical(value: Mapping[str, Any]) -> str:
    """JSON with sorted keys and no spaces: one value has one text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(row: Mapping[str, Any]) -> str:
    """SHA-256 of an entry's fields; ``before`` chains it to the last."""
    return hashlib.sha256(canonical({name: row[name] for name in FIELDS}).encode()).hexdigest()


def head_line(span: Span) -> bytes:
    """The first line of an export."""
    told = {"chain": FORM, "first": span.first, "last": span.last}
    return _line(told | {"before": span.before, "hash": span.hash})


def entry_line(row: Mapping[str, Any], seal: str) -> bytes:
    """A line of an export: the fields of an entry and the seal that is kept with it."""
    return _line({**row, "hash": seal})


def fault(row: Mapping[str, Any], seal: str, *, seq: int, before: str) -> UserError | None:
    """What is wrong with the entry that should be number ``seq`` and follow ``before``."""
    if row["seq"] != seq:
        return UserError("audit.wrong_seq", expected=seq, found=row["seq"])
    if row["before"] != before:
        return UserError("audit.wrong_before")
    return UserError("audit.wrong_hash") if digest(row) != seal else None


def verify(lines: Iterable[bytes], *, after: str | None = None) -> Span:
    """Hold an export against its seals; ``after`` is the seal that it must follow.

    :raises BrokenChain: ``audit.broken`` with the first line that is wrong, and why.
    """
    numbered = enumerate(lines, start=1)
    span = _span(numbered, after)
    seq, before = span.first, span.before
    number = 1
    for number, line in numbered:
        row = _read(number, line, _LINE)
        if seq > span.last:
            raise _broken(number, UserError("audit.too_long", last=span.last))
        if wrong := fault(row, row["hash"], seq=seq, before=before):
            raise _broken(number, wrong)
        seq, before = seq + 1, row["hash"]
    if seq <= span.last:
        raise _broken(number + 1, UserError("audit.cut_off", last=span.last, found=seq - 1))
    if before != span.hash:
        raise _broken(1, UserError("audit.wrong_end"))
    return span


def _span(numbered: Iterator[tuple[int, bytes]], after: str | None) -> Span:
    number, line = next(numbered, (1, b""))
    head = _read(number, line, _HEAD)
    if head["chain"] != FORM:
        raise _broken(1, UserError("audit.no_head"))
    span = Span(head["first"], head["last"], head["before"], head["hash"])
    from_start = span.first == 1 and span.before != FIRST
    if from_start or (after is not None and span.before != after):
        raise _broken(1, UserError("audit.wrong_after", found=span.before))
    return span


def _read(number: int, line: bytes, keys: set[str]) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise _broken(number, UserError("audit.no_json")) from error
    if not isinstance(row, dict) or set(row) != keys or _line(row) != line:
        raise _broken(number, UserError("audit.other_form"))
    return row


def _line(value: Mapping[str, Any]) -> bytes:
    # A lone surrogate has a text in JSON and none in UTF-8.
    return (canonical(value) + "\n").encode("utf-8", "surrogatepass")


def _broken(number: int, reason: UserError) -> BrokenChain:
    return BrokenChain("audit.broken", line=number, reason=reason)
