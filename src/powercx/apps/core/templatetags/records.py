"""What the pages of records and targets say in words."""

from __future__ import annotations

from django import template

from powercx.analytics.results.tree import OrgTree
from powercx.apps.core.queries.targets import InForce
from powercx.base.messages import say

register = template.Library()


@register.filter
def unit_name(org: str, tree: OrgTree) -> str:
    """A unit's name; "all units" for the empty id."""
    return tree.names.get(org, org) if org else say("target.everywhere")


@register.simple_tag
def source_of(force: InForce, tree: OrgTree) -> str:
    """Where a target in force comes from."""
    return say(f"target_source.{force.source.value}", unit=tree.names.get(force.org, force.org))
