"""Small drawings beside figures: our own SVG, drawn by attributes alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from powercx.base import units
from powercx.base.messages import say

register = template.Library()
_A_COURSE = 2
WIDTH, HEIGHT, EDGE = 120.0, 32.0, 3.0


@register.simple_tag
def spark(
    figures: Sequence[Any], unit: str, target: float | None = None, size: str = ""
) -> SafeString:
    """The course of figures as a line; broken where there is none, the target dashed.

    Nothing is drawn of a single figure.

    ``figures`` have ``value``, ``low``, ``high`` and a ``period``; ``size`` "big" draws the
    interval too. What it shows is also said in words.
    """
    values = [figure.value for figure in figures]
    known = [value for value in values if value is not None]
    if len(known) < _A_COURSE:
        return SafeString("")
    band = [(f.low, f.high) for f in figures] if size == "big" else []
    ends = [end for pair in band for end in pair if end is not None]
    every = [*known, *ends, *([] if target is None else [target])]
    low, high = min(every), max(every)
    place = _Place(len(values), low, high)
    parts = [_band(place, band), _goal(place, target), _line(place, values)]
    label = say(
        "spark.label",
        first=figures[0].period.label,
        last=figures[-1].period.label,
        low=units.figure(min(known), unit),
        high=units.figure(max(known), unit),
        now=units.figure(values[-1], unit),
    )
    return format_html(
        '<svg class="spark {}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}</svg>',
        size,
        f"{WIDTH:g}",
        f"{HEIGHT:g}",
        label,
        mark_safe("".join(parts)),  # noqa: S308 - numbers of ours
    )


@register.simple_tag
def bar(share: float | None, tint: str = "") -> SafeString:
    """A share between 0 and 1 as a bar; decoration, for the number stands beside it."""
    width = 100 * min(max(share or 0.0, 0.0), 1.0)
    return format_html(
        '<svg class="share {}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" '
        'focusable="false"><rect class="all" width="100" height="6"/>'
        '<rect class="part" width="{}" height="6"/></svg>',
        tint,
        f"{width:.1f}",
    )


class _Place:
    """Where a value lies in the drawing."""

    def __init__(self, count: int, low: float, high: float) -> None:
        self._step = (WIDTH - 2 * EDGE) / max(count - 1, 1)
        self._low, self._range = low, (high - low) or 1.0

    def x(self, at: int) -> float:
        return EDGE + at * self._step

    def y(self, value: float) -> float:
        return HEIGHT - EDGE - (value - self._low) / self._range * (HEIGHT - 2 * EDGE)

    def point(self, at: int, value: float) -> str:
        return f"{self.x(at):.1f} {self.y(value):.1f}"


def _line(place: _Place, values: Sequence[float | None]) -> str:
    path, begun = [], False
    for at, value in enumerate(values):
        if value is None:
            begun = False
            continue
        path.append(f"{'L' if begun else 'M'}{place.point(at, value)}")
        begun = True
    # A line without length and with a round end is a dot, however the drawing is stretched.
    last = max(at for at, value in enumerate(values) if value is not None)
    dot = f"M{place.point(last, values[last] or 0.0)}h0"
    return f'<path d="{"".join(path)}"/><path class="dot" d="{dot}"/>'


def _goal(place: _Place, target: float | None) -> str:
    if target is None:
        return ""
    return f'<path class="goal" d="M0 {place.y(target):.1f}H{WIDTH:g}"/>'


def _band(place: _Place, band: Sequence[tuple[float | None, float | None]]) -> str:
    told = [(at, lo, hi) for at, (lo, hi) in enumerate(band) if lo is not None and hi is not None]
    if len(told) < 2:  # noqa: PLR2004 - an area needs two ends
        return ""
    upper = "L".join(place.point(at, hi) for at, _, hi in told)
    lower = "L".join(place.point(at, lo) for at, lo, _ in reversed(told))
    return f'<path class="band" d="M{upper}L{lower}Z"/>'
