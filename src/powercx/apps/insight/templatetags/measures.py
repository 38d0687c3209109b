"""What the pages of measures say of a figure in words."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from powercx.analytics.definitions.measures import Measure
from powercx.apps.insight.queries.measures import Compared
from powercx.base.messages import say
from powercx.ui.templatetags.standing import change_of

register = template.Library()


@register.simple_tag
def moved(measure: Measure, compared: Compared) -> SafeString:
    """How far a figure moved and whether that is better, or why it is not compared."""
    if compared.change is not None:
        return change_of(compared.change, measure.unit)
    hidden = compared.reason == "figure.suppressed"
    reason = "measure.hidden" if hidden else compared.reason or "measure.no_data"
    return format_html('<span class="muted small">{}</span>', say(reason))
