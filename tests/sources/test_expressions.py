"""Functions that a mapping's expression may use, under the names DuckDB has for them."""

from __future__ import annotations

import duckdb
import pytest

from powercx.analytics.sources.expressions import expression_sql
from powercx.base.errors import DefinitionError

ROW = "SELECT TIMESTAMP '2024-01-02 03:04:05' AS t, DATE '2024-01-31' AS d, 'a-b' AS s"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("cast(epoch(t) as bigint)", 1704164645),
        ("date_diff('day', cast(t as date), d)", 29),
        ("datediff('hour', t, d)", 693),
        ("date_part('hour', t)", 3),
        ("dayofweek(d)", 3),
        ("isodow(d)", 3),
        ("last_day(t) = d", True),
        ("md5(s)", "8ca2ed590cf2ea2404f2e67641bcdf50"),
        ("string_split(s, '-')[2]", "b"),
        ("try_strptime('2024', ['%Y-%m', '%Y']) = date_trunc('year', t)", True),
    ],
)
def test_functions(text, value):
    sql = expression_sql(text, ["t", "d", "s"], file="m.yaml", key="k")

    assert duckdb.sql(f"SELECT {sql} FROM ({ROW})").fetchall() == [(value,)]


NESTED = (
    """SELECT '{"to": {"town": "珠海", "2 号": [{"x": 5}, {"x": 7}]}}' AS j, '[1, 2, 3]' AS l"""
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("j.to.town", '"珠海"'),
        ("J.to['2 号'][2].x", "7"),
        ("upper(j.to.town) || '市'", "珠海市"),
        ("l[1]", "1"),
        ("l[-1]", "3"),
        ("cast(l[2] as integer) + 1", 3),
        ("l[9]", None),
        ("j.to", '{"town":"珠海","2 号":[{"x":5},{"x":7}]}'),
        ("j ->> '$.to.town'", "珠海"),
        ("string_split(j.to.town, '海')[1]", "珠"),
        ("l[2:4]", "1, "),
    ],
)
def test_ways_into_nested_values(text, value):
    sql = expression_sql(text, ["j", "l"], file="m.yaml", key="k")

    assert duckdb.sql(f"SELECT {sql} FROM ({NESTED})").fetchall() == [(value,)]


def test_a_way_into_an_unknown_column_names_the_nearest():
    with pytest.raises(DefinitionError) as caught:
        expression_sql("adress.town", ["address"], file="m.yaml", key="k")

    assert (caught.value.code, caught.value.params["nearest"]) == (
        "mapping.unknown_source_column",
        "address",
    )


@pytest.mark.parametrize("text", ["random()", "now()", "current_date", "getenv('HOME')"])
def test_what_differs_from_load_to_load_is_no_function(text):
    with pytest.raises(DefinitionError) as caught:
        expression_sql(text, ["t"], file="m.yaml", key="k")

    assert caught.value.code == "mapping.function"
