"""Typed rows of one sheet in the workspace, with a mark on those that cannot be loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from powercx.analytics.engine.workspace import Workspace, literal
from powercx.analytics.lake.schema import LakeTable, Type
from powercx.analytics.privacy.mask import mask_sql
from powercx.analytics.sources import casts, zones
from powercx.analytics.sources.casts import Cell
from powercx.analytics.sources.plan import PIVOT_CELL, PIVOT_HEAD, Plan, tried
from powercx.analytics.sources.readers.sheet import LINE, identifier
from powercx.analytics.sources.rules import RULES, Rule
from powercx.base.errors import UserError
from powercx.base.periods import parse_period

TYPED, STAGED = "px_typed", "px_staged"
RID = "rid"
HASH, BAD, DELETED = "px_hash", "px_bad", "deleted"


def source_rows(plan: Plan, relation: str, *, lined: bool = False) -> str:
    """SQL of the source rows of ``relation``, wide columns made long; with ``__line`` if asked.

    Expressions of the mapping are computed here, once: computed twice, the engine would pull what
    they have in common out of TRY, and one bad row would stop the load.
    """
    rows = _long_rows(plan, relation, lined=lined) if plan.pivot else f"FROM {relation}"
    if not plan.tries:
        return rows
    tries = ", ".join(f"TRY([{sql}]) AS {tried(name)}" for name, sql in plan.tries.items())
    return f"FROM ({rows}) SELECT *, {tries}"


def _long_rows(plan: Plan, relation: str, *, lined: bool) -> str:
    wide = ", ".join(identifier(head) for head in plan.pivot)
    texts = ", ".join(f"CAST({identifier(h)} AS VARCHAR) AS {identifier(h)}" for h in plan.pivot)
    kept = [head for head in plan.columns if head not in (PIVOT_HEAD, PIVOT_CELL)]
    names = [*map(identifier, kept), *([LINE] if lined else [])]
    rows = f"FROM {relation} SELECT {', '.join([*names, texts])}"
    long = f"UNPIVOT ({rows}) ON {wide} INTO NAME {PIVOT_HEAD} VALUE {PIVOT_CELL}"
    return f"FROM ({long}) WHERE NOT px_blank({PIVOT_CELL})"


def typed_rows(plan: Plan, rows: str, *, keep: Mapping[str, str] | None = None) -> str:
    """SQL of typed rows: every column of the table, local days, the key's hash, ``deleted``.

    ``rows`` is the SQL of source rows; ``keep`` (name -> SQL) are further values of theirs to
    hand through. Beside each read column ``x`` stands its raw value ``raw:x``.
    """
    raws = [f"{cell.raw} AS {_raw(name)}" for name, cell in plan.cells.items()]
    raws += [f"{tried(name)} IS NULL AS {_failed(name)}" for name in plan.tries]
    raws += [f"{sql} AS {name}" for name, sql in (keep or {}).items()]
    typed = [
        f"{casts.typed(_cell(plan, name), plan.ways)} AS {identifier(name)}" for name in plan.cells
    ]
    full = [_completed(plan, column.name) for column in plan.table.columns]
    full += [f"{_local(plan, d.of)} AS {identifier(d.name)}" for d in plan.table.local_dates]
    read = _with_local_times(plan, f"FROM ({rows}) SELECT {', '.join(raws)}")
    named = f"FROM ({read}) SELECT *, {', '.join(typed)}"
    handed = [_raw(n) for n in plan.cells] + [_failed(n) for n in plan.tries]
    handed += list(keep or {})
    return f"FROM ({named}) SELECT {', '.join([*full, *handed])}"


def _with_local_times(plan: Plan, rows: str) -> str:
    found = [
        f"{sql} AS {identifier(casts.local_name(name))}"
        for name in plan.cells
        if (sql := casts.local_time(_cell(plan, name), plan.ways))
    ]
    return f"FROM ({rows}) SELECT *, {', '.join(found)}" if found else rows


def stage(work: Workspace, plan: Plan, relation: str) -> int:
    """Type the rows once, into ``px_typed``, and return how many there are.

    Kept are only columns that differ from row to row; the view ``px_staged`` has all of them,
    ``px_hash``, ``px_bad`` and the number of the row, ``rid``.
    """
    _read_periods(work, plan, relation)
    _mask_texts(work, plan, relation)
    rows = typed_rows(plan, source_rows(plan, relation))
    columns = [identifier(name) for name in varying(plan)]
    columns += [f"{key_hash(plan.table)} AS {HASH}", f"coalesce({bad(plan)}, false) AS {BAD}"]
    work.run(f"CREATE OR REPLACE TABLE {TYPED} AS FROM ({rows}) SELECT {', '.join(columns)}")
    show_staged(work, plan)
    return int(work.value(f"FROM {STAGED} SELECT count(*)"))


def show_staged(work: Workspace, plan: Plan, *, also: Sequence[str] = ()) -> None:
    """(Re)make the view ``px_staged``; ``also`` are columns that ``px_typed`` was given since."""
    kept = set(varying(plan))
    columns = [
        identifier(column.name) if column.name in kept else _completed(plan, column.name)
        for column in plan.table.columns
    ]
    columns += [
        identifier(d.name) if d.name in kept else f"CAST(NULL AS DATE) AS {identifier(d.name)}"
        for d in plan.table.local_dates
    ]
    columns += [HASH, BAD, *also, f"rowid AS {RID}"]
    work.run(f"CREATE OR REPLACE VIEW {STAGED} AS FROM {TYPED} SELECT {', '.join(columns)}")


def varying(plan: Plan) -> list[str]:
    """Columns that are read from the source, and the local days of those."""
    names = [column.name for column in plan.table.columns if plan.has(column.name)]
    return names + [d.name for d in plan.table.local_dates if plan.has(d.of)]


def key_hash(table: LakeTable) -> str:
    """SQL of the hash under which equal keys are found; ``source`` is compared afterwards."""
    own = ", ".join(identifier(name) for name in table.key)
    return f"CASE WHEN source_key IS NULL THEN hash({own}) ELSE hash(source_key) END"


def bad(plan: Plan) -> str:
    """SQL of whether a row of ``typed_rows`` must not be loaded."""
    found = [casts.wrong(_cell(plan, name), identifier(name)) for name in plan.cells]
    found += [condition for _, _, condition in other_problems(plan)]
    return " OR ".join(f"({condition})" for condition in found)


def other_problems(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """(column, reason, SQL condition) beside the problems of single cells."""
    for name in plan.tries:
        yield name, "bad_expression", _failed(name)
    for column in plan.table.columns:
        if column.required:
            spared = column.name not in plan.table.key and plan.has(DELETED)
            alive = f" AND NOT coalesce({DELETED}, false)" if spared else ""
            missing = f"{identifier(column.name)} IS NULL{alive}"
            if column.name in plan.cells:
                cell = _cell(plan, column.name)
                missing += f" AND NOT coalesce({casts.wrong(cell, identifier(column.name))}, false)"
            if column.name in plan.tries:
                missing += f" AND NOT {_failed(column.name)}"
            yield column.name, "missing_value", missing
    for rule in RULES.get(plan.table.name, ()):
        if _applies(rule, plan):
            yield rule.column, rule.reason, f"coalesce({rule.broken}, false)"


def cell_problems(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """(column, SQL of the reason, SQL condition) of every read cell."""
    for name in plan.cells:
        cell, value = _cell(plan, name), identifier(name)
        yield name, casts.reason(cell, value), casts.wrong(cell, value)


def raw_text(plan: Plan, column: str) -> str:
    """SQL of the cell's text in ``typed_rows``; null for a column that is not read."""
    return f"CAST({_raw(column)} AS VARCHAR)" if column in plan.cells else "NULL"


def _cell(plan: Plan, name: str) -> Cell:
    cell = plan.cells[name]
    return Cell(cell.column, _raw(name), cell.kind)


def _raw(name: str) -> str:
    return identifier(f"raw:{name}")


def _failed(name: str) -> str:
    return identifier(f"failed:{name}")


def _completed(plan: Plan, name: str) -> str:
    value = identifier(name)
    if name == "source":
        fallback = literal(plan.source or "file")
        return (
            f"coalesce({value}, {fallback}) AS source"
            if plan.has(name)
            else f"{fallback} AS source"
        )
    if not plan.has(name):
        return f"CAST(NULL AS {casts.STORED[plan.table.column(name).type]}) AS {value}"
    if name == "source_key" and len(plan.table.key) == 1:
        # The table's own key makes the source's key anyway, so both ways of saying it are one.
        return f"nullif(source_key, {identifier(plan.table.key[0])}) AS source_key"
    return value


def _local(plan: Plan, of: str) -> str:
    if not plan.has(of):
        return "CAST(NULL AS DATE)"
    value = identifier(of)
    if plan.table.column(of).type is Type.PERIOD:
        return f"(FROM {plan.ways.periods} SELECT min(first_day) WHERE label = {value})"
    return zones.local_day(value, plan.ways.zone)


def _applies(rule: Rule, plan: Plan) -> bool:
    known = [name for name in rule.needs if plan.has(name)]
    return known == list(rule.needs) or (rule.column in known and len(known) > 1)


def _mask_texts(work: Workspace, plan: Plan, relation: str) -> None:
    """Make the table of the texts to be masked, each masked once: many rows say the same."""
    texts = [
        f"FROM ({source_rows(plan, relation)}) SELECT {casts.maskable(cell)} AS text"
        for cell in plan.cells.values()
        if cell.column.masked
    ]
    if texts:
        each = f"FROM ({' UNION ALL '.join(texts)}) SELECT DISTINCT text WHERE text IS NOT NULL"
        work.run(
            f"CREATE OR REPLACE TABLE {plan.ways.masks} AS "
            f"FROM ({each}) SELECT text, {mask_sql('text')} AS masked"
        )


def _read_periods(work: Workspace, plan: Plan, relation: str) -> None:
    """Make the table of the periods that the source names, with their first days."""
    found: dict[str, tuple[str, object]] = {}
    for cell in plan.cells.values():
        if cell.column.type is not Type.PERIOD:
            continue
        rows = f"FROM ({source_rows(plan, relation)}) SELECT DISTINCT px_trim({cell.text})"
        for (text,) in work.rows(rows):
            if text is None:
                continue
            try:
                period = parse_period(text)
            except UserError:
                continue
            found[text] = (period.label, period.start)
    if any(column.type is Type.PERIOD for column in plan.table.columns):
        table = pa.table(
            {
                "raw": pa.array(list(found), pa.string()),
                "label": pa.array([label for label, _ in found.values()], pa.string()),
                "first_day": pa.array([day for _, day in found.values()], pa.date32()),
            }
        )
        work.register(f"{plan.ways.periods}_found", table)
        work.run(f"CREATE OR REPLACE TABLE {plan.ways.periods} AS FROM {plan.ways.periods}_found")
