"""Charts: what their definitions hold, and that they can be drawn."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Any

import pytest

from powercx.base.messages import use_language
from powercx.ui import charts
from powercx.ui.charts import Cell, Point, Scale

RATE = Scale("万户投诉率", "per_10k", "lower")
SHARE = Scale("客户满意度", "ratio", "higher")


def rows(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of the first data set."""
    return next(iter(spec["datasets"].values()))


def marks(spec: dict[str, Any]) -> list[str]:
    return [layer["mark"]["type"] for layer in spec["layer"]]


def png_size(content: bytes) -> tuple[int, int]:
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", content[16:24])


def test_a_trend_keeps_the_order_and_leaves_a_gap_where_nothing_is_known():
    points = [Point("2025-02", 3.0, 2.0, 4.0), Point("2025-01", None, note="无数据")]

    spec = charts.trend(points, RATE)

    assert [(r["at"], r["value"], r["low"], r["high"], r["label"]) for r in rows(spec)] == [
        ("2025-02", 3.0, 2.0, 4.0, "3.0 /万户"),
        ("2025-01", None, None, None, "无数据"),
    ]
    assert marks(spec) == ["area", "line", "point"]


def test_a_target_is_a_line_with_its_words():
    spec = charts.trend([Point("2025-01", 0.9)], SHARE, target=0.95)

    assert [list(data) for data in spec["datasets"].values()][1] == [
        {"value": 0.95, "text": "目标 95.0%"}
    ]
    assert "rule" in marks(spec)


@pytest.mark.parametrize(("scale", "order"), [(RATE, "bca-"), (SHARE, "acb-")])
def test_a_ranking_puts_the_best_first_and_the_unknown_last(scale: Scale, order: str):
    points = [Point("-", None, note="无数据"), Point("a", 0.9), Point("b", 0.2), Point("c", 0.5)]

    ranked = [row["at"] for row in rows(charts.ranking(points, scale))]

    assert "".join(ranked) == order


def test_bars_that_would_be_all_alike_are_dots():
    far, near = [Point("a", 0.2), Point("b", 0.9)], [Point("a", 0.9981), Point("b", 0.9995)]

    assert marks(charts.ranking(far, SHARE))[0] == "bar"
    assert marks(charts.ranking(near, SHARE))[0] == "point"


def test_a_heat_map_says_why_a_field_is_empty():
    spec = charts.heat([Cell("东", "2025-01", 0.5), Cell("东", "2025-02", None, "不显示")], SHARE)

    assert [(r["value"], r["number"], r["text"]) for r in rows(spec)] == [
        (0.5, "50.0%", "50.0%"),
        (None, "—", "不显示"),
    ]


@pytest.mark.parametrize(
    ("language", "title"),
    [("zh", "万户投诉率（/万户） · 越低越好"), ("en", "万户投诉率 (per 10,000) · lower is better")],
)
def test_an_axis_says_its_unit_and_which_way_is_better(language: str, title: str):
    with use_language(language):
        spec = charts.trend([Point("2025-01", 3.0)], RATE)

    assert spec["layer"][1]["encoding"]["y"]["title"] == title


@pytest.mark.parametrize("kind", ["trend", "ranking", "heat"])
def test_every_kind_can_be_drawn_as_png_and_svg(kind: str):
    points = [Point("甲", 3.0, 2.5, 3.5), Point("乙", None, note="无数据")]
    spec = {
        "trend": lambda: charts.trend(points, RATE, target=3.2),
        "ranking": lambda: charts.ranking(points, RATE, target=3.2),
        "heat": lambda: charts.heat([Cell("甲", "2025-01", 1.0), Cell("甲", "2", None)], RATE),
    }[kind]()

    width, height = png_size(charts.png(spec))
    drawn = charts.svg(spec)

    assert 2 * charts.ALONE_PX <= width <= 3 * charts.ALONE_PX
    assert 100 <= height <= width
    assert drawn.startswith("<svg")
    assert "甲" in drawn


def test_the_colours_of_charts_are_those_of_the_page():
    sheet = Path(charts.__file__).parent / "static" / "ui" / "tokens.css"
    light = sheet.read_text("utf-8").split("}")[0]
    told = dict(re.findall(r"(--[a-z-]+): (#[0-9a-f]{3,6});", light))

    assert {name: told[name].replace("#fff", "#ffffff") for name in charts.TOKENS} == charts.TOKENS
