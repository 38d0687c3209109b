"""What expressions of definitions may be made of, out of ``measures/expressions``."""

from __future__ import annotations

from sqlglot import exp

from powercx.analytics.measures.expressions import AGGREGATES, NOT_YET, SCALARS
from tools.docs.markdown import code, document, table

INTRODUCTION = """\
指标文件里的 `filter`、`numerator`、`denominator`、`value` 是 DuckDB 写法的 SQL
表达式，不是语句：没有子查询，没有窗口。列名必须是该事实的列。
同一个表达式在 DuckDB 和 Spark 上得出同样的数。

`filter`, `numerator`, `denominator` and `value` of a measure are SQL expressions in DuckDB's
dialect, never statements: no subquery, no window. A column must be one of the fact's. The same
expression gives the same number on DuckDB and on Spark."""
NULLS = """\
## 空值 · Nulls

分子或分母所检验的列为空时，该行不计入，并在解释里列出行数；
{columns} 例外，空表示“尚未”。写在 `coalesce` 里或 `is null` 前的列不受此限。

A row whose tested column is null is left out, and `explain` counts it as left out, except for
{columns}, where null means "not yet". A column inside `coalesce` or before `is null` is excused."""
OPERATORS = """\
## 运算符 · Operators

`+` `-` `*` `/` `=` `<>` `<` `<=` `>` `>=` `and` `or` `not` `in (…)` `between` `like`
`is null` `is not null` `case when … then … else … end` `aggregate(…) filter (where …)`"""
AMONG_OPERATORS = (exp.And, exp.Case, exp.Or)
TOLD: dict[type[exp.Expression], tuple[str, str]] = {
    exp.Count: ("count(*), count(x)", "行数；非空的行数 rows; rows where x is not null"),
    exp.Sum: ("sum(x)", "合计 total"),
    exp.Avg: ("avg(x)", "平均 mean"),
    exp.Min: ("min(x)", "最小 smallest"),
    exp.Max: ("max(x)", "最大 largest"),
    exp.Abs: ("abs(x)", "绝对值 absolute value"),
    exp.Cast: ("cast(x as integer)", "换类型 as another type"),
    exp.Ceil: ("ceil(x)", "向上取整 up to a whole number"),
    exp.Coalesce: ("coalesce(x, y)", "第一个非空值 the first that is not null"),
    exp.Concat: ("concat(x, y)", "连接 joined text"),
    exp.Exp: ("exp(x)", "指数 e to the x"),
    exp.Floor: ("floor(x)", "向下取整 down to a whole number"),
    exp.Greatest: ("greatest(x, y)", "较大者 the larger"),
    exp.If: ("if(c, a, b)", "二选一 a where c, else b"),
    exp.Least: ("least(x, y)", "较小者 the smaller"),
    exp.Ln: ("ln(x)", "自然对数 natural logarithm"),
    exp.Lower: ("lower(x)", "小写 lower case"),
    exp.Nullif: ("nullif(x, y)", "相等时为空 null where equal"),
    exp.Pow: ("pow(x, y)", "乘方 x to the y"),
    exp.Round: ("round(x, n)", "四舍五入 rounded to n digits"),
    exp.Sqrt: ("sqrt(x)", "平方根 square root"),
    exp.Substring: ("substring(x, from, length)", "截取 part of a text, from 1"),
    exp.Trim: ("trim(x)", "去空格 without blanks at the ends"),
    exp.Upper: ("upper(x)", "大写 upper case"),
}


def page() -> str:
    not_yet = ", ".join(code(name) for name in sorted(NOT_YET))
    return document(
        "表达式 · Expressions",
        INTRODUCTION,
        "## 聚合 · Aggregates",
        _table(AGGREGATES),
        "## 函数 · Functions",
        _table(SCALARS),
        OPERATORS,
        NULLS.format(columns=not_yet),
    )


def _table(functions: tuple[type[exp.Expression], ...]) -> str:
    """:raises KeyError: a function is allowed and nobody said here what it does."""
    rows = (
        (code(TOLD[each][0]), TOLD[each][1]) for each in functions if each not in AMONG_OPERATORS
    )
    return table(("写法 form", ""), rows)
