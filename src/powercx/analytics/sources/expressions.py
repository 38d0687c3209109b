"""Expressions of a mapping: one scalar SQL expression over the columns of one source row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from powercx.base.errors import DefinitionError
from powercx.base.identifiers import suggestion

_FUNCTIONS = frozenset(  # as sqlglot names them
    [
        "abs",
        "and",
        "array",
        "case",
        "cast",
        "ceil",
        "coalesce",
        "concat",
        "concat_ws",
        "contains",
        "date_add",
        "date_diff",
        "date_from_parts",
        "date_part",
        "date_sub",
        "date_trunc",
        "datediff",
        "day",
        "day_of_week",
        "dayofweek_iso",
        "ends_with",
        "epoch",
        "exp",
        "extract",
        "floor",
        "greatest",
        "hour",
        "if",
        "initcap",
        "is_nan",
        "json_extract",
        "json_extract_scalar",
        "json_extract_string",
        "last_day",
        "least",
        "left",
        "length",
        "levenshtein",
        "ln",
        "log",
        "lower",
        "lpad",
        "ltrim",
        "make_date",
        "make_timestamp",
        "md5",
        "minute",
        "mod",
        "month",
        "not",
        "nullif",
        "or",
        "pad",
        "power",
        "prefix",
        "quarter",
        "regexp_extract",
        "regexp_full_match",
        "regexp_i_like",
        "regexp_like",
        "regexp_matches",
        "regexp_replace",
        "repeat",
        "replace",
        "reverse",
        "right",
        "round",
        "rpad",
        "rtrim",
        "second",
        "sign",
        "split",
        "split_part",
        "sqrt",
        "starts_with",
        "str_position",
        "str_to_date",
        "str_to_time",
        "strftime",
        "strip_accents",
        "strpos",
        "strptime",
        "substring",
        "suffix",
        "time_to_str",
        "time_to_unix",
        "timestamp_from_parts",
        "timestamp_trunc",
        "to_days",
        "to_hours",
        "to_minutes",
        "to_months",
        "to_seconds",
        "to_years",
        "translate",
        "trim",
        "trunc",
        "try",
        "try_cast",
        "try_strptime",
        "ts_or_ds_add",
        "ts_or_ds_to_date",
        "ts_or_ds_to_timestamp",
        "unix_to_time",
        "upper",
        "week",
        "xor",
        "year",
    ]
)
_INNER = "json_extract_string"
_NOT_SCALAR = (
    exp.Query,
    exp.AggFunc,
    exp.Window,
    exp.UDTF,
    exp.Star,
    exp.Table,
    exp.Lambda,
    exp.Command,
    exp.Parameter,
    exp.Placeholder,
    exp.DDL,
    exp.DML,
)


def expression_sql(text: str, columns: Sequence[str], *, file: str, key: str) -> str:
    """``text`` as SQL of the workspace, its columns quoted as the source writes them.

    ``column.field`` and ``column[1]`` reach into a column of JSON, as deep as it goes.

    :raises DefinitionError: it cannot be read, names an unknown column or function, or is more
        than a scalar expression over one row.
    """
    by_fold = {column.casefold(): column for column in columns}
    tree = _reached(_parsed(text, file, key), by_fold)
    for node in tree.walk():
        _check_node(node, text, file, key)
        if isinstance(node, exp.Column):
            found = by_fold.get(node.name.casefold())
            if found is None or node.table:
                raise DefinitionError(
                    "mapping.unknown_source_column",
                    file=file,
                    key=key,
                    column=node.sql("duckdb"),
                    nearest=suggestion(node.name, columns),
                )
            node.set("this", exp.to_identifier(found, quoted=True))
    return tree.sql("duckdb", comments=False)


def _parsed(text: str, file: str, key: str) -> exp.Expr:
    try:
        trees = sqlglot.parse(text, read="duckdb")
    except SqlglotError as error:
        reason = " ".join(str(error).split()).split(" Line")[0]
        raise DefinitionError(
            "mapping.expression", file=file, key=key, text=text, reason=reason
        ) from error
    if len(trees) != 1 or trees[0] is None:
        raise DefinitionError(
            "mapping.expression", file=file, key=key, text=text, reason="1 expression"
        )
    return trees[0]


def _reached(tree: exp.Expr, by_fold: Mapping[str, str]) -> exp.Expr:
    """``tree`` with every way into a column as a path of JSON.

    The value of the whole expression stays JSON, so that a list or an object is seen to be one;
    within a larger one it is text.
    """
    whole = _way(tree, by_fold)
    if whole is not None:
        return exp.Anonymous(this="json_extract", expressions=list(whole))

    def reach(node: exp.Expr) -> exp.Expr:
        way = _way(node, by_fold)
        return node if way is None else exp.Anonymous(this=_INNER, expressions=list(way))

    return tree.transform(reach)


def _way(node: exp.Expr, by_fold: Mapping[str, str]) -> tuple[exp.Expr, exp.Expr] | None:
    """The column and the path into it that ``node`` writes as ``column.field`` or ``column[1]``."""
    steps: list[str] = []
    while not isinstance(node, exp.Column):
        step = _step(node)
        if step is None:
            return None
        steps.insert(0, step)
        node = node.this
    root, *fields = node.parts
    steps = [_field(part.name) for part in fields] + steps
    if not steps or root.name.casefold() not in by_fold:
        return None
    path = exp.Literal.string("$" + "".join(steps))
    return exp.Column(this=exp.to_identifier(root.name, quoted=True)), path


def _step(node: exp.Expr) -> str | None:
    """One step of a path: a field, or a place in a list, which counts from 1 or from the end."""
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
        return _field(node.expression.name)
    if not isinstance(node, exp.Bracket) or len(node.expressions) != 1:
        return None
    [place] = node.expressions
    if isinstance(place, exp.Literal):
        return _field(place.name) if place.is_string else f"[{place.name}]"
    if isinstance(place, exp.Neg):
        # The parser has taken 1 away, as from the places that count from 1.
        return f"[#-{int(place.this.name) - 1}]"
    return None


def _field(name: str) -> str:
    return f'."{name}"'


def _check_node(node: exp.Expr, text: str, file: str, key: str) -> None:
    if isinstance(node, _NOT_SCALAR):
        raise DefinitionError("mapping.not_scalar", file=file, key=key, text=text)
    if not isinstance(node, exp.Func):
        return
    name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
    if name.casefold() not in _FUNCTIONS:
        raise DefinitionError(
            "mapping.function",
            file=file,
            key=key,
            name=name.lower(),
            known=suggestion(name.casefold(), _FUNCTIONS),
        )
