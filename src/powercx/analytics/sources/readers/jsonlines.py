"""JSON Lines: one object a line.

Every value is read as text, since a file says nothing of its columns' types, and one that were
guessed from the first rows would lose a later value that does not fit. A key that holds a list or
an object anywhere is read as JSON.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from powercx.analytics.engine.workspace import EngineError, Workspace, literal
from powercx.analytics.sources.readers.blocks import (
    ENGINE_LINE,
    MAX_RECORD,
    ROOM,
    lines_of,
    whole_lines,
)
from powercx.analytics.sources.readers.encoding import Text, as_utf8
from powercx.analytics.sources.readers.sheet import (
    LINE,
    MAX_REJECTS,
    SHOWN,
    RawSheet,
    ReadOptions,
    Reject,
    check_heads,
    identifier,
    mostly_broken,
    new_name,
    plain_path,
    view,
)
from powercx.base.errors import UserError

_MARK = b"\x01"  # stands unescaped in no JSON text
_IS_ROW = "(CASE WHEN json_valid({0}) THEN json_type({0}) = 'OBJECT' ELSE false END)"


@dataclass(frozen=True, slots=True)
class _Source:
    work: Workspace
    name: str
    text: Text


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A view of line numbers and texts, and the lines that were left out of it."""

    view: str
    rejects: list[Reject]


def read(work: Workspace, path: Path, options: ReadOptions) -> tuple[list[RawSheet], list[str]]:
    """The file as one sheet of text; its columns are the keys of all objects.

    :raises UserError: ``read.no_objects`` when no line holds one, and what ``as_utf8`` and
        ``check_heads`` raise.
    """
    source = _Source(work, str(path), as_utf8(work, path, options.encoding))
    return [_direct(source) or _copied(source)], []


def _direct(source: _Source) -> RawSheet | None:
    """The sheet over the file itself; None when a line holds no object."""
    path = plain_path(source.work, source.text.path)
    limits = f"maximum_object_size = {MAX_RECORD}, hive_partitioning = false"
    objects = f"read_ndjson_objects({path}, ignore_errors = true, {limits})"
    if source.text.damaged:
        return None
    try:
        ((rows, good),) = source.work.rows(
            f"SELECT count(*), count(*) FILTER ({_IS_ROW.format('json')}) FROM {objects}"
        )
        if not rows or good < rows:
            return None
        keys = _keys(source, objects, "json")
        if not keys:
            return None
    except EngineError:
        return None
    nested = _nested(source, objects, "json", keys)
    types = ", ".join(f"{literal(key)}: '{_kind(key, nested)}'" for key in keys)
    scan = f"read_json({path}, format = 'newline_delimited', columns = {{{types}}}, {limits})"

    def numbered() -> str:
        if lines_of(source.text.path) != rows:
            rows_of = _rows_of(_numbered_copy(source).view, keys, nested)
            return _view(source, rows_of, keys, nested, LINE)
        counted = f"(SELECT *, row_number() OVER () AS {LINE} FROM {scan})"
        return _view(source, counted, keys, nested, LINE)

    relation = _view(source, scan, keys, nested)
    return _sheet(source, relation, keys, [], numbered)


def _copied(source: _Source) -> RawSheet:
    """The sheet over a numbered copy, from which lines without an object are left out."""
    copy = _numbered_copy(source)
    is_row = _IS_ROW.format("line")
    rejects = sorted(copy.rejects + _no_objects(source, copy.view), key=lambda one: one.line)
    line = f"CASE WHEN {is_row} THEN line END"
    keys = _keys(source, copy.view, line)
    if not keys:
        first = rejects[0].line if rejects else 1
        raise UserError("read.no_objects", file=source.name, line=first)
    nested = _nested(source, copy.view, line, keys)
    rows = _rows_of(copy.view, keys, nested)
    relation = _view(source, rows, keys, nested)
    return _sheet(source, relation, keys, rejects, lambda: _view(source, rows, keys, nested, LINE))


def _no_objects(source: _Source, lines: str) -> list[Reject]:
    where = f"FROM {lines} WHERE NOT {_IS_ROW.format('line')}"
    if source.work.value(f"SELECT count(*) {where}") > MAX_REJECTS:
        raise mostly_broken(source.name, source.work.value(f"SELECT min({LINE}) {where}"))
    return [Reject(at, "json", raw) for at, raw in source.work.rows(f"SELECT {LINE}, line {where}")]


def _sheet(
    source: _Source,
    relation: str,
    keys: list[str],
    rejects: list[Reject],
    numbered: Callable[[], str],
) -> RawSheet:
    columns = check_heads(source.name, 1, keys)
    return RawSheet(
        source.name, relation, columns, text=True, rejects=rejects, numbering=cache(numbered)
    )


def _keys(source: _Source, objects: str, column: str) -> list[str]:
    """All keys: those of one object in its order, then the others by name.

    :raises UserError: ``read.duplicate_heads`` when one object has a key twice.
    """
    found = source.work.rows(f"SELECT DISTINCT json_keys({column}) FROM {objects}")
    sets: list[list[str]] = sorted(
        (keys for (keys,) in found if keys), key=lambda keys: (-len(keys), keys)
    )
    for keys in sets:
        if len(set(keys)) < len(keys):
            check_heads(source.name, 1, keys)
    first = sets[0] if sets else []
    return first + sorted({key for keys in sets for key in keys} - set(first))


def _nested(source: _Source, objects: str, column: str, keys: list[str]) -> frozenset[str]:
    """The keys that hold a list or an object anywhere."""
    paths = ", ".join(literal(_pointer(key)) for key in keys)
    inside = f"substr(CAST({column} AS VARCHAR), 2)"
    found = source.work.rows(
        f"SELECT DISTINCT json_type({column}, [{paths}]) FROM {objects} "
        f"WHERE contains({inside}, '{{') OR contains({inside}, '[')"
    )
    return frozenset(
        key
        for (types,) in found
        for key, kind in zip(keys, types or [], strict=False)
        if kind in {"OBJECT", "ARRAY"}
    )


def _pointer(key: str) -> str:
    """``key`` as a JSON pointer (RFC 6901)."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _kind(key: str, nested: frozenset[str]) -> str:
    return "JSON" if key in nested else "VARCHAR"


def _rows_of(lines: str, keys: list[str], nested: frozenset[str]) -> str:
    """The objects among numbered lines as a relation with their keys as columns."""
    shape = literal(json.dumps({key: _kind(key, nested) for key in keys}, ensure_ascii=False))
    # The engine may transform before it filters, and stops at a text that is no JSON.
    safe = "CASE WHEN json_valid(line) THEN line END"
    rows = f"SELECT unnest(json_transform({safe}, {shape})), {LINE} FROM {lines}"
    return f"({rows} WHERE {_IS_ROW.format('line')})"


def _view(source: _Source, rows: str, keys: list[str], nested: frozenset[str], *more: str) -> str:
    """A view with stripped heads, empty texts as NULL, and without rows that hold nothing."""
    heads = check_heads(source.name, 1, keys)
    values = [_value(key, nested) for key in keys]
    named = [f"{sql} AS {identifier(head)}" for sql, head in zip(values, heads, strict=True)]
    filled = f"coalesce({', '.join(f'CAST({sql} AS VARCHAR)' for sql in values)}) IS NOT NULL"
    return view(source.work, f"SELECT {', '.join([*named, *more])} FROM {rows} WHERE {filled}")


def _value(key: str, nested: frozenset[str]) -> str:
    """The value of a key, NULL when it is an empty text or nothing."""
    own = identifier(key)
    if key not in nested:
        return f"nullif({own}, '')"
    return f"CASE WHEN json_type({own}) <> 'NULL' AND {own} <> '\"\"' THEN {own} END"


def _numbered_copy(source: _Source) -> _Numbered:
    """The lines beside their numbers, without blank, damaged and too long ones."""
    copy = source.work.scratch / f"{new_name()}.txt"
    rejects: list[Reject] = []
    longest = 0
    with copy.open("wb") as out:
        for number, line in _lines(source.text.path):
            if number in source.text.damaged:
                rejects.append(Reject(number, "encoding", line.decode("utf-8", "replace")))
            elif len(line) > MAX_RECORD:
                rejects.append(Reject(number, "too_long", line[:SHOWN].decode("utf-8", "replace")))
            else:
                longest = max(longest, len(line))
                out.write(b"%d%b%b\n" % (number, _MARK, line))
    room = ROOM if longest > ENGINE_LINE else ""
    scan = (
        f"read_csv({literal(copy)}, auto_detect = false, header = false, delim = '\x01'"
        f", quote = '', escape = '', new_line = '\\n', hive_partitioning = false"
        f", columns = {{'{LINE}': 'BIGINT', 'line': 'VARCHAR'}}{room})"
    )
    return _Numbered(view(source.work, f"SELECT * FROM {scan}"), rejects)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers, on which no control character stands."""
    number = 1
    with path.open("rb") as handle:
        for block in whole_lines(handle):
            for at, line in enumerate(block.split(b"\n"), number):
                # A byte order mark counts as white space here.
                if bare := line.removeprefix(BOM_UTF8).strip():
                    yield at, bare.replace(b"\r", b" ").replace(_MARK, b"\\u0001")
            number += block.count(b"\n")
