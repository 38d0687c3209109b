"""Charts: rows in, a Vega-Lite definition out; one theme for page, PNG and SVG.

Colours are those of ``ui/static/ui/tokens.css``; ``charts.js`` puts the reader's own there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import altair as alt

from powercx.base import units
from powercx.base.messages import language, say

Spec = dict[str, Any]

TOKENS = {
    "--ink": "#14212b",
    "--secondary": "#55646f",
    "--line": "#e2e7eb",
    "--surface": "#ffffff",
    "--accent": "#0f5c7a",
    "--accent-wash": "#e7f0f4",
    "--attention": "#b25e09",
}
INK, SECONDARY, LINE, SURFACE, ACCENT, WASH, ATTENTION = TOKENS.values()
FONT = "PingFang SC, Microsoft YaHei, Noto Sans SC, Noto Sans CJK SC, sans-serif"
# What a chart is wide when it stands alone; in a page it fills its place.
ALONE_PX = 880
_ROW_PX, _CELL_PX, _TREND_PX = 26, 30, 240
_PNG_SCALE = 2.0
# Bars must begin at zero; where all are long alike only dots can tell them apart.
_ALIKE = 0.2
_DARK_FROM = 0.55
_MOST_CELL_TEXTS = 300
_LONGEST_NAME_PX = 150
_MOST_KEPT = 256


@dataclass(frozen=True, slots=True)
class Scale:
    """What the numbers of a chart are: a name, its unit, and which way is better."""

    name: str
    unit: str
    better: Literal["higher", "lower"]

    @property
    def title(self) -> str:
        """``name (unit) · higher is better``."""
        word = "%" if self.unit == "ratio" else units.unit_word(self.unit)
        name = say("chart.axis", name=self.name, unit=word) if word else self.name
        return f"{name} · {say(f'chart.better_{self.better}')}"

    @property
    def form(self) -> str:
        """How the axis writes numbers, in the language of d3-format."""
        return ".3~%" if self.unit == "ratio" else ",.3~f"

    def text(self, value: float | None) -> str:
        return units.figure(value, self.unit)


@dataclass(frozen=True, slots=True)
class Point:
    """One row of a chart: ``at`` a period or a unit's name, ``note`` why there is no value."""

    at: str
    value: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""

    @property
    def has_interval(self) -> bool:
        return self.low is not None and self.high is not None


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a heat map."""

    row: str
    column: str
    value: float | None
    note: str = ""


@dataclass(frozen=True)
class Shown:
    """A chart in a page: ``ui/_chart.html`` shows it with its table and its exports.

    ``columns`` are the heads of the table, ``rows`` its texts, the first a row's own head; ``png``
    and ``svg`` are addresses of what is shown as a file.
    """

    id: str
    spec: Spec
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    png: str = ""
    svg: str = ""
    wide: bool = False
    """Whether it scrolls sideways rather than shrink on a narrow screen."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Addresses by the first text of a row."""


def trend(points: Sequence[Point], scale: Scale, *, target: float | None = None) -> Spec:
    """A line over periods in order, its interval as a band; without a value there is a gap."""
    return _trend(tuple(points), scale, target, language())


# The same charts are asked for all day, and a definition takes longer to make than to send. What
# is in them decides, words included: a language has definitions of its own.
@lru_cache(_MOST_KEPT)
def _trend(points: Sequence[Point], scale: Scale, target: float | None, _language: str) -> Spec:
    base = _base([_row(each, scale) for each in points])
    x = alt.X("at:O", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelOverlap="greedy"))
    y = alt.Y("value:Q", title=scale.title, scale=alt.Scale(zero=False), axis=_numbers(scale))
    # A scale over nothing would be without ends: measures without intervals have no band.
    band = base.mark_area(color=ACCENT, opacity=0.14).encode(x=x, y=_as(y, "low"), y2="high:Q")
    layers: list[alt.Chart] = [
        *([band] if any(each.has_interval for each in points) else []),
        base.mark_line(color=ACCENT, strokeWidth=2).encode(x=x, y=y),
        base.mark_point(color=ACCENT, fill=SURFACE, opacity=1, size=36, strokeWidth=1.6).encode(
            x=x, y=y, tooltip=_tooltip()
        ),
    ]
    if target is not None:
        layers += _target(target, scale, x=alt.value("width"), y=_as(y, "value"))
    return _finished(layers, scale.name, height=_TREND_PX)


def ranking(points: Sequence[Point], scale: Scale, *, target: float | None = None) -> Spec:
    """Units sorted best first, each with its interval as whiskers.

    Bars, or dots where bars would be all but equally long. Units without a value come last and say
    why.
    """
    return _ranking(tuple(points), scale, target, language())


@lru_cache(_MOST_KEPT)
def _ranking(points: Sequence[Point], scale: Scale, target: float | None, _language: str) -> Spec:
    rows = [_row(each, scale) for each in _best_first(points, scale)]
    base = _base(rows)
    bars = _tell_apart(points)
    y = alt.Y("at:N", sort=None, title=None, axis=alt.Axis(labelLimit=_LONGEST_NAME_PX))
    x = alt.X(
        "value:Q",
        title=scale.title,
        scale=alt.Scale(zero=bars, padding=0 if bars else 16),
        axis=_numbers(scale),
    )
    mark = (
        base.mark_bar(color=ACCENT, opacity=0.75, height=14)
        if bars
        else base.mark_point(color=ACCENT, filled=True, size=64, opacity=1)
    )
    whiskers = base.mark_rule(color=INK, strokeWidth=1.2)
    layers: list[alt.Chart] = [
        mark.encode(y=y, x=x, tooltip=_tooltip()),
        *(
            [whiskers.encode(y=y, x=_as(x, "low"), x2="high:Q")]
            if any(each.has_interval for each in points)
            else []
        ),
        base.mark_text(align="left", dx=8, color=INK, limit=_LONGEST_NAME_PX).encode(
            y=y, x=alt.value("width"), text="label:N"
        ),
    ]
    if target is not None:
        layers += _target(target, scale, x=_as(x, "value"), y=alt.value(0))
    return _finished(layers, scale.name, height=_ROW_PX * max(len(points), 1))


def heat(cells: Sequence[Cell], scale: Scale) -> Spec:
    """Units by periods: the deeper, the higher the number."""
    return _heat(tuple(cells), scale, language())


@lru_cache(_MOST_KEPT)
def _heat(cells: Sequence[Cell], scale: Scale, _language: str) -> Spec:
    known = [cell.value for cell in cells if cell.value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    rows = [
        {
            "row": cell.row,
            "column": cell.column,
            "value": cell.value,
            "text": scale.text(cell.value) if cell.value is not None else cell.note,
            "number": units.number(cell.value, scale.unit),
            "dark": cell.value is not None and cell.value - low > _DARK_FROM * (high - low),
        }
        for cell in cells
    ]
    ends = [json.dumps(scale.text(each)) for each in (low, high)]
    base = _base(rows).encode(
        x=alt.X("column:O", sort=None, title=None, axis=alt.Axis(labelAngle=0, orient="top")),
        y=alt.Y("row:N", sort=None, title=None, axis=alt.Axis(labelLimit=_LONGEST_NAME_PX)),
    )
    colour = alt.Color(
        "value:Q",
        scale=alt.Scale(range=[WASH, ACCENT], interpolate="lab"),
        legend=alt.Legend(
            title=scale.title,
            titleLimit=ALONE_PX,
            orient="bottom",
            values=[low, high],
            labelExpr=f"datum.index > 0 ? {ends[1]} : {ends[0]}",
        ),
    )
    tooltip = [
        alt.Tooltip(f"{name}:N", title=say(f"chart.{name}")) for name in ("row", "column", "text")
    ]
    fields = base.mark_rect(stroke=SURFACE, strokeWidth=2, invalid=None).encode(
        color=colour, tooltip=tooltip
    )
    layers = [fields]
    if len(cells) <= _MOST_CELL_TEXTS:
        layers.append(
            base.mark_text(fontSize=11).encode(
                text="number:N",
                color=alt.condition("datum.dark", alt.value(SURFACE), alt.value(INK)),
            )
        )
    return _finished(
        layers, scale.name, height=_CELL_PX * max(len({cell.row for cell in cells}), 1)
    )


def png(spec: Spec) -> bytes:
    """The chart as a picture of twice the resolution, for reports and messages."""
    import vl_convert  # noqa: PLC0415 - starts a JavaScript engine

    return bytes(vl_convert.vegalite_to_png(_alone(spec), scale=_PNG_SCALE))


def svg(spec: Spec) -> str:
    """The chart as a drawing."""
    import vl_convert  # noqa: PLC0415 - starts a JavaScript engine

    return str(vl_convert.vegalite_to_svg(_alone(spec)))


def _alone(spec: Spec) -> Spec:
    return {**spec, "width": ALONE_PX, "autosize": "pad", "background": SURFACE, "padding": 12}


def _row(point: Point, scale: Scale) -> dict[str, Any]:
    spread = f"{scale.text(point.low)} – {scale.text(point.high)}" if point.has_interval else ""
    label = scale.text(point.value) if point.value is not None else point.note
    return {
        "at": point.at,
        "value": point.value,
        "low": point.low if point.has_interval else None,
        "high": point.high if point.has_interval else None,
        "label": label,
        "interval": spread,
    }


def _best_first(points: Sequence[Point], scale: Scale) -> list[Point]:
    sign = -1 if scale.better == "higher" else 1
    return sorted(points, key=lambda p: (p.value is None, sign * (p.value or 0.0), p.at))


def _tell_apart(points: Sequence[Point]) -> bool:
    known = [each.value for each in points if each.value is not None]
    longest = max((abs(value) for value in known), default=0.0)
    return len(known) < 2 or max(known) - min(known) >= _ALIKE * longest  # noqa: PLR2004 - two to compare


def _base(rows: Sequence[Mapping[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=[dict(row) for row in rows]))


def _as(channel: Any, name: str) -> Any:  # noqa: ANN401 - an x or a y of Altair
    """The same channel for another column; its axis is the one of the first."""
    same = channel.copy()
    same.shorthand = f"{name}:Q"
    return same


def _numbers(scale: Scale) -> alt.Axis:
    return alt.Axis(format=scale.form, grid=True, tickCount=5)


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip(f"{name}:N", title=say(f"chart.{name}")) for name in ("at", "label", "interval")
    ]


def _target(target: float, scale: Scale, **place: Any) -> list[alt.Chart]:
    """A dashed line at the target and its words."""
    along = "y" if isinstance(place["y"], alt.Y) else "x"
    text = say("chart.target", value=scale.text(target))
    base = _base([{"value": target, "text": text}])
    rims: list[dict[str, Any]] = [{"stroke": SURFACE, "strokeWidth": 4}, {}]
    words: dict[str, Any] = (
        {"align": "right", "baseline": "bottom", "dy": -3}
        if along == "y"
        else {"align": "center", "baseline": "bottom", "dy": -4}
    )
    return [
        base.mark_rule(color=ATTENTION, strokeDash=[5, 4], strokeWidth=1.4).encode(
            **{along: place[along]}
        ),
        # Lines run beneath the words: a rim keeps them readable.
        *(
            base.mark_text(color=ATTENTION, **words, **rim).encode(text="text:N", **place)
            for rim in rims
        ),
    ]


def _finished(layers: Sequence[alt.Chart], description: str, **size: Any) -> Spec:
    chart = alt.layer(*layers).properties(width="container", description=description, **size)
    spec: Spec = chart.to_dict(validate=False)
    return {
        **spec,
        "config": theme(),
        "usermeta": {"tokens": TOKENS},
    }


def theme() -> Spec:
    """The look of every chart."""
    words = {"labelColor": SECONDARY, "titleColor": SECONDARY, "labelFontSize": 12}
    plain = {"titleFontWeight": "normal", "titleFontSize": 12}
    return {
        "background": "transparent",
        "font": FONT,
        "padding": {"left": 2, "top": 18, "right": 8, "bottom": 2},
        "view": {"stroke": None},
        "axis": {
            **words,
            **plain,
            "domainColor": LINE,
            "tickColor": LINE,
            "gridColor": LINE,
            "titlePadding": 8,
            "labelPadding": 6,
        },
        "axisY": {"titleAlign": "left", "titleAngle": 0, "titleAnchor": "end", "titleX": 0},
        "legend": {**words, **plain, "gradientLength": 160},
        "text": {"fontSize": 12},
        "mark": {"aria": False},
        # What has no value has no colour.
        "scale": {"invalid": {"color": {"value": SURFACE}}},
    }
