"""How a figure stands and where it went, in words: colour only helps them."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from powercx.analytics.measures.standing import Change, Course, Standing
from powercx.base import units
from powercx.base.messages import say

register = template.Library()
_TOLD = {Course.BETTER, Course.WORSE}
_SMALLEST = 0.05
_TINTS = {Standing.MET: "fine", Standing.NEAR: "attention", Standing.MISSED: "critical"}


@register.simple_tag
def standing_tag(standing: Standing) -> SafeString:
    """How a figure stands to its target: the words carry it, the colour only helps."""
    return format_html(
        '<span class="tag {}">{}</span>', _TINTS[standing], say(f"standing.{standing.value}")
    )


@register.simple_tag
def change_of(change: Change | None, unit: str) -> SafeString:
    """How much a figure changed, and whether for the better; a share in percentage points."""
    if change is None:
        return format_html('<span class="muted">{}</span>', say("change.none"))
    by = units.number(abs(change.by), unit)
    if unit == "ratio":
        by = say("change.points", by=_points(abs(change.by)))
    tint = change.course.value if change.tested and change.course in _TOLD else "muted"
    return format_html(
        '<span class="change {}">{} {} <span>{}</span></span>',
        tint,
        "↑" if change.by > 0 else "↓" if change.by < 0 else "→",
        by,
        say(f"change.{change.course.value}"),
    )


def _points(by: float) -> str:
    """A difference of shares in percentage points, small ones to three places."""
    size = 100 * by
    return f"{size:,.1f}" if size >= _SMALLEST or not size else f"{size:.3f}"
