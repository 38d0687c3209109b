"""What the pages of measures say of a figure in words."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from powercx.analytics.definitions.measures import Measure
from powercx.analytics.measures.standing import Change, Course
from powercx.apps.insight.queries.measures import Compared
from powercx.base import units
from powercx.base.messages import say

register = template.Library()
_LOOKS = {Course.BETTER: "better", Course.WORSE: "worse"}


@register.simple_tag
def moved(measure: Measure, compared: Compared) -> SafeString:
    """How far a figure moved and whether that is better: words carry it, the colour only helps."""
    change = compared.change
    if change is None:
        hidden = compared.reason == "figure.suppressed"
        reason = "measure.hidden" if hidden else compared.reason or "measure.no_data"
        return format_html('<span class="muted small">{}</span>', say(reason))
    words = say(f"measure.course_{change.course.value}")
    return format_html(
        '<span class="{}"><span class="nowrap">{}</span> {}</span>',
        _LOOKS.get(change.course, "muted"),
        _by(change, measure.unit),
        words,
    )


def _by(change: Change, unit: str) -> str:
    arrow = "↑" if change.by > 0 else "↓" if change.by < 0 else "→"
    if unit == "ratio":
        return f"{arrow} {_short(abs(change.by) * 100)} {say('measure.points')}"
    return f"{arrow} {units.figure(abs(change.by), unit)}"


def _short(points: float) -> str:
    """One decimal, or as many as show that it is not nothing."""
    return f"{points:.1f}" if points >= 0.05 or points == 0 else f"{points:.2g}"  # noqa: PLR2004 - what rounds to 0.1
