"""What views share: who asks, for which unit and period, and what a view needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from powercx.analytics.measures.remembered import Remembered
from powercx.analytics.results.tree import OrgTree
from powercx.apps.core import lake
from powercx.apps.core.domain.audit import Actor
from powercx.apps.core.enums import Permission
from powercx.apps.core.models import Person
from powercx.apps.core.rules import NotAllowed, Scope
from powercx.base.errors import UserError
from powercx.base.periods import Period, parse_period

KEPT = ("org", "period")
View = TypeVar("View", bound=Callable[..., object])


class NothingYet(UserError):
    """No figures have been worked out yet: the page shows how to begin instead."""


class Request(HttpRequest):
    """A request of someone signed in, as ``web.middleware`` makes it."""

    user: Person
    scope: Scope
    actor: Actor


def needs(permission: Permission | None) -> Callable[[View], View]:
    """Mark a view with the permission it asks for; None: anyone who is signed in.

    ``web.middleware`` refuses a view that carries no mark.
    """

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Mark a view as open to everyone."""
    view.public = True  # type: ignore[attr-defined]
    return view


@dataclass(frozen=True)
class Place:
    """The unit and the period that a page is about, and the figures to answer with."""

    figures: Remembered
    scope: Scope
    org: str
    period: str

    @property
    def tree(self) -> OrgTree:
        return self.figures.session.tree

    @cached_property
    def span(self) -> Period:
        return parse_period(self.period)

    @property
    def name(self) -> str:
        """The unit's name."""
        return self.tree.names.get(self.org, self.org)


def kept(request: HttpRequest, name: str, *args: object, **query: object) -> str:
    """The address of a page that unit and period of this one go along to."""
    wanted = {key: request.GET[key] for key in KEPT if request.GET.get(key)} | query
    tail = f"?{urlencode(wanted)}" if wanted else ""
    return reverse(name, args=args) + tail


def place_of(request: Request, permission: Permission = Permission.MEASURES) -> Place:
    """The unit and period in the address, or the person's topmost unit and the last whole month.

    :raises NotAllowed: the permission is not given anywhere.
    :raises UnknownUnit: the unit is not within reach.
    :raises UserError: the period cannot be read.
    :raises NothingYet: there has been no refresh.
    """
    request.scope.check(permission)
    figures = lake.figures(settings.HOME)
    if figures is None:
        raise NothingYet("web.nothing_yet")
    roots = request.scope.roots(permission)
    if not roots:
        raise NotAllowed("access.denied", permission=permission.value)
    org = request.GET.get("org") or roots[0]
    request.scope.check(permission, org)
    period = request.GET.get("period") or figures.session.last_month().label
    return Place(figures, request.scope, org, parse_period(period).label)
