"""Expressions in definitions: read, held against the fact's columns, made into SQL.

Only one expression is accepted, never a statement; its columns and functions must be known.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from powercx.base.errors import DefinitionError
from powercx.base.identifiers import suggestion

DIALECT = "duckdb"
# In these columns null means "not yet" and is an answer, not a gap (metrics.md, "Null").
NOT_YET = frozenset({"paid_on", "notified_at", "completed_at", "arrived_at"})
AGGREGATES = (exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max)
SCALARS = (
    exp.Abs,
    exp.Case,
    exp.Cast,
    exp.Ceil,
    exp.Coalesce,
    exp.Concat,
    exp.Exp,
    exp.Floor,
    exp.Greatest,
    exp.If,
    exp.Least,
    exp.Ln,
    exp.Lower,
    exp.Nullif,
    exp.Pow,
    exp.Round,
    exp.Sqrt,
    exp.Substring,
    exp.Trim,
    exp.Upper,
    exp.And,
    exp.Or,
)
_FORBIDDEN = (exp.Query, exp.Window, exp.Command, exp.DDL, exp.DML, exp.Placeholder, exp.Parameter)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands, for messages."""

    file: Path
    key: str


def parse(text: str, columns: Collection[str], place: Place, *, aggregate: bool) -> exp.Expression:
    """Read ``text`` and check it.

    ``aggregate`` asks that every column stands inside an aggregate; otherwise none may occur.

    :raises DefinitionError: no expression, an unknown column or function, or the wrong kind.
    """
    try:
        tree = sqlglot.parse_one(f"SELECT {text}", dialect=DIALECT)
    except SqlglotError as error:
        reason = str(error).splitlines()[0]
        raise _fault("measure.no_expression", place, text=text, reason=reason) from error
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1 or tree.args.get("from_"):
        raise _fault("measure.no_expression", place, text=text, reason="one expression")
    found: exp.Expression = tree.expressions[0]
    _check_nodes(found, text, place)
    for column in found.find_all(exp.Column):
        if column.name not in columns:
            near = suggestion(column.name, columns)
            raise _fault("measure.unknown_column", place, column=column.name, nearest=near)
    _check_kind(found, text, place, aggregate=aggregate)
    return found


def _check_nodes(found: exp.Expression, text: str, place: Place) -> None:
    if isinstance(found, exp.Alias) or any(found.find_all(*_FORBIDDEN)):
        raise _fault("measure.no_expression", place, text=text, reason="one expression")
    for function in found.find_all(exp.Func):
        if not isinstance(function, AGGREGATES + SCALARS):
            known = sorted(kind.sql_name().lower() for kind in AGGREGATES + SCALARS)
            name = function.name or function.sql_name()
            near = suggestion(name.lower(), known)
            raise _fault("measure.unknown_function", place, function=name, nearest=near)


def _check_kind(found: exp.Expression, text: str, place: Place, *, aggregate: bool) -> None:
    if not aggregate and any(found.find_all(*AGGREGATES)):
        raise _fault("measure.row_expected", place, text=text)
    if aggregate and any(
        not column.find_ancestor(*AGGREGATES, exp.Filter) for column in found.find_all(exp.Column)
    ):
        raise _fault("measure.aggregate_expected", place, text=text)


def _fault(code: str, place: Place, **params: object) -> DefinitionError:
    return DefinitionError(code, file=place.file, key=place.key, **params)


def tested_columns(found: exp.Expression) -> list[str]:
    """The columns whose null leaves a row out: named outside coalesce and "is null", in order."""
    names: dict[str, None] = {}
    for column in found.find_all(exp.Column):
        excused = column.find_ancestor(exp.Coalesce, exp.Is)
        if column.name not in NOT_YET and excused is None:
            names[column.name] = None
    return list(names)


def only_where(found: exp.Expression, condition: str) -> str:
    """The aggregate expression counted on the rows where the column ``condition`` is true.

    Written with CASE inside the aggregates: engines evaluate that faster than FILTER.
    """
    return found.transform(_restrict, condition).sql(dialect=DIALECT)


def _restrict(node: exp.Expression, condition: str) -> exp.Expression:
    test: exp.Expression = exp.column(condition, quoted=True)
    if isinstance(node, exp.Filter):
        test = exp.And(this=test, expression=exp.paren(node.expression.this.copy()))
        return _cased(node.this, test)
    if isinstance(node, AGGREGATES) and not isinstance(node.parent, exp.Filter):
        return _cased(node, test)
    return node


def _cased(aggregate: exp.Expression, test: exp.Expression) -> exp.Expression:
    """``aggregate`` with its argument null where ``test`` is not true."""
    found = aggregate.copy()
    argument = found.this
    if isinstance(argument, exp.Distinct):
        argument.set("expressions", [_when(test, e) for e in argument.expressions])
    else:
        star = isinstance(argument, exp.Star)
        found.set("this", _when(test, exp.Literal.number(1) if star else argument))
    return found


def _when(test: exp.Expression, value: exp.Expression) -> exp.Expression:
    return exp.Case(ifs=[exp.If(this=test.copy(), true=value.copy())])
