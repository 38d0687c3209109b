"""Expressions of a mapping: one scalar SQL expression over the columns of one source row."""

from __future__ import annotations

from collections.abc import Sequence

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

    :raises DefinitionError: it cannot be read, names an unknown column or function, or is more
        than a scalar expression over one row.
    """
    tree = _parsed(text, file, key)
    by_fold = {column.casefold(): column for column in columns}
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
