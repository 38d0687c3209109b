"""What the pages of records and targets say in words."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from powercx.analytics.measures.standing import Standing
from powercx.analytics.results.tree import OrgTree
from powercx.apps.core.queries.targets import InForce
from powercx.base.messages import say

register = template.Library()
_TINTS = {Standing.MET: "fine", Standing.NEAR: "attention", Standing.MISSED: "critical"}


@register.filter
def unit_name(org: str, tree: OrgTree) -> str:
    """A unit's name; "all units" for the empty id."""
    return tree.names.get(org, org) if org else say("target.everywhere")


@register.simple_tag
def standing_tag(standing: Standing) -> SafeString:
    """How a figure stands to its target: the words carry it, the colour only helps."""
    return format_html(
        '<span class="tag {}">{}</span>', _TINTS[standing], say(f"standing.{standing.value}")
    )


@register.simple_tag
def source_of(force: InForce, tree: OrgTree) -> str:
    """Where a target in force comes from."""
    return say(f"target_source.{force.source.value}", unit=tree.names.get(force.org, force.org))
