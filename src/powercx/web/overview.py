"""What the overview tells of one unit and period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from powercx.analytics.definitions.measures import IndexMeasure, Kind, Measure
from powercx.analytics.measures.figures import Figure, Share
from powercx.analytics.measures.standing import Standing
from powercx.apps.core import lake
from powercx.apps.core.enums import ObjectiveState, Permission, TaskState, UploadState
from powercx.apps.core.http import Place
from powercx.apps.core.models import Objective, Person, Task, Upload
from powercx.apps.core.queries import objectives
from powercx.apps.core.queries.cards import Card, cards_for
from powercx.apps.core.queries.objectives import ObjectiveCard
from powercx.apps.core.queries.targets import targets_for
from powercx.base.errors import UserError

INDEX = "experience_index"
MOST_WORK = 5
ALERTS_SHOWN = 8
_OPEN = [UploadState.WAITING.value, UploadState.FAILED.value]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one measure gives to the index, of how much it could give."""

    card: Card
    share: Share

    @property
    def most(self) -> float:
        return 100 * self.share.weight

    @property
    def part(self) -> float:
        """The share that is gained of what could be."""
        return (self.share.contribution or 0.0) / self.most if self.most else 0.0

    @property
    def lost(self) -> float:
        return self.most - (self.share.contribution or 0.0)


@dataclass(frozen=True, slots=True)
class Group:
    """The measures of one kind: those with a target or part of an index, and the others."""

    kind: Kind
    cards: list[Card]
    others: list[Card]

    @property
    def met(self) -> int:
        return sum(card.standing is Standing.MET for card in self.cards)

    @property
    def aimed(self) -> int:
        return sum(card.standing is not None for card in self.cards)


@dataclass(frozen=True, slots=True)
class Rank:
    """A unit beneath, ``part`` of the best figure for its bar."""

    org: str
    name: str
    card: Card
    part: float


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole page."""

    index: Card
    contributions: list[Contribution]
    groups: list[Group]
    alerts: list[Card]
    more_alerts: list[Card]
    behind: list[str]
    ranking: list[Rank]
    ranked: Measure
    rankable: list[Measure]
    objectives: list[ObjectiveCard]

    @property
    def alert_count(self) -> int:
        return len(self.alerts) + len(self.more_alerts)


def overview_of(place: Place, *, ranked: str = INDEX) -> Overview:
    """Everything the page shows, each set of figures asked for once.

    :raises UserError: there is no measure ``ranked``.
    """
    known = {key: file.measure for key, file in place.figures.session.catalogue.measures.items()}
    if ranked not in known:
        raise UserError("web.unknown_measure", key=ranked)
    cards = _cards(place, known)
    alerts = _alerts(cards)
    groups = _groups(cards, _leading(place, known))
    return Overview(
        index=cards[INDEX],
        contributions=_contributions(cards),
        groups=groups,
        alerts=alerts[:ALERTS_SHOWN],
        more_alerts=alerts[ALERTS_SHOWN:],
        behind=lake.behind(settings.HOME),
        ranking=_ranking(place, ranked),
        ranked=known[ranked],
        rankable=[known[INDEX], *(card.measure for group in groups for card in group.cards)],
        objectives=_objectives(place),
    )


def _leading(place: Place, known: dict[str, Measure]) -> list[str]:
    """Measures that something is aimed at, or that an index is made of, in catalogue order."""
    parts = {
        part.measure
        for measure in known.values()
        if isinstance(measure, IndexMeasure)
        for part in measure.components
    }
    held = targets_for(place.figures.session, list(known), orgs=[place.org], periods=[place.span])
    figure = Figure(place.org, place.span, None)
    return [key for key in known if key in parts or held.of(key, figure) is not None]


def _cards(place: Place, known: dict[str, Measure]) -> dict[str, Card]:
    found = cards_for(
        place.scope,
        place.figures,
        list(known),
        orgs=[place.org],
        period=place.period,
        trends=_leading(place, known),
    )
    return {key: cards[0] for key, cards in found.items()}


def _groups(cards: dict[str, Card], leading: Sequence[str]) -> list[Group]:
    found = [Group(kind, [], []) for kind in Kind]
    at = {group.kind: group for group in found}
    for key, card in cards.items():
        if key != INDEX:
            group = at[card.measure.kind]
            (group.cards if key in leading else group.others).append(card)
    return found


def _contributions(cards: dict[str, Card]) -> list[Contribution]:
    """What the index is made of, that which costs it most first."""
    found = [
        Contribution(cards[key], share)
        for key, share in cards[INDEX].figure.shares.items()
        if key in cards
    ]
    return sorted(found, key=lambda each: -each.lost)


def _alerts(cards: dict[str, Card]) -> list[Card]:
    """Measures that got worse or miss their target; those that do both first."""
    found = [card for card in cards.values() if card.worse or card.standing is Standing.MISSED]
    return sorted(found, key=_urgency, reverse=True)


def _urgency(card: Card) -> tuple[bool, bool, float]:
    """Worse and short of the target before worse alone, then the furthest from their targets."""
    value, target = card.figure.value or 0.0, card.target or 0.0
    short = abs(value - target) / max(abs(target), abs(value), 1e-9)
    missed = card.standing is Standing.MISSED
    return card.worse and missed, card.worse, short if missed else 0.0


def _ranking(place: Place, ranked: str) -> list[Rank]:
    units = [u for u in place.tree.children(place.org) if u in place.tree.names]
    orgs = place.scope.cut(units, Permission.MEASURES)
    if not orgs:
        return []
    cards = cards_for(place.scope, place.figures, [ranked], orgs=orgs, period=place.period)[ranked]
    most = max((abs(card.figure.value or 0.0) for card in cards), default=0.0) or 1.0
    found = [
        Rank(org, place.tree.names[org], card, abs(card.figure.value or 0.0) / most)
        for org, card in zip(orgs, cards, strict=True)
    ]
    return sorted(found, key=_order)


def _order(rank: Rank) -> tuple[bool, float]:
    value = rank.card.figure.value
    better = -1.0 if rank.card.measure.better == "higher" else 1.0
    return value is None, better * (value or 0.0)


def _objectives(place: Place) -> list[ObjectiveCard]:
    if not place.scope.may(Permission.OBJECTIVES):
        return []
    held = objectives.objectives(place.scope).filter(state=ObjectiveState.ACTIVE.value)
    return objectives.with_progress(place.scope, place.figures, held, place.period)


@dataclass(frozen=True, slots=True)
class Work:
    """What waits for one person."""

    reviews: list[Objective]
    failed: list[Task]
    uploads: list[Upload]

    @property
    def any(self) -> bool:
        return bool(self.reviews or self.failed or self.uploads)


def work_of(person: Person, day: date) -> Work:
    """Reviews that are due, tasks asked for that failed, files sent that wait to be loaded."""
    failed = Task.objects.filter(asked_by=person, state=TaskState.FAILED.value)
    waiting = Upload.objects.filter(person=person, state__in=_OPEN)
    return Work(
        list(objectives.to_review(person, day)),
        list(failed.order_by("-asked_at", "pk")[:MOST_WORK]),
        list(waiting.order_by("-at", "pk")[:MOST_WORK]),
    )
