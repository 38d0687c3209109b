"""The overview: its numbers are those of the session, cut to the reader."""

from __future__ import annotations

import re
from datetime import date

import pytest
from support.site import AT, Site

from powercx.analytics.measures.figures import Figure
from powercx.apps.core import lake
from powercx.apps.core.domain import targets
from powercx.apps.core.domain.audit import SYSTEM
from powercx.apps.core.domain.targets import Aim
from powercx.apps.core.enums import Role
from powercx.apps.core.models import Objective, Task
from powercx.apps.core.queries.people import scope_of
from powercx.web.overview import Overview

PERIOD = "2025-03"


def opened(site: Site, role: Role = Role.EXPERIENCE_MANAGER, org: str = "", **query: str):
    return site.client(role, org).get("/", {"period": PERIOD, **query})


def page_of(site: Site, role: Role = Role.EXPERIENCE_MANAGER, org: str = "", **query: str):
    page: Overview = opened(site, role, org, **query).context["page"]
    return page


def test_the_numbers_are_those_of_the_session(site: Site):
    session = lake.figures(site.home).session

    page = page_of(site)

    shown = [page.index, *(c for g in page.groups for c in (*g.cards, *g.others))]
    assert len(shown) == len(session.catalogue.measures)
    for card in shown:
        [figure] = session.show(card.measure.key, periods=[PERIOD]).rows
        [before] = session.show(card.measure.key, periods=["2025-02"]).rows
        # Sums of the engine's threads may differ in their last digit.
        assert numbers(card.figure) == pytest.approx(numbers(figure), rel=1e-12)
        assert numbers(card.before) == pytest.approx(numbers(before), rel=1e-12)
        assert (card.figure.org, card.figure.reason) == (figure.org, figure.reason)


def test_the_trend_is_the_thirteen_months_up_to_the_period(site: Site):
    page = page_of(site)

    months = [figure.period.label for figure in page.index.trend]

    assert (len(months), months[0], months[-1]) == (13, "2024-03", PERIOD)
    assert page.index.trend[-1] == page.index.figure


def test_what_the_index_is_made_of_adds_up_to_it(site: Site):
    page = page_of(site)

    gained = sum(each.share.contribution or 0 for each in page.contributions)

    assert gained == pytest.approx(page.index.figure.value)
    assert [c.lost for c in page.contributions] == sorted(
        (c.lost for c in page.contributions), reverse=True
    )


def test_units_beneath_are_ranked_by_the_measure_asked_for(site: Site):
    session = lake.figures(site.home).session

    page = page_of(site, rank="csat")

    found = [(rank.org, rank.card.figure.value) for rank in page.ranking]
    told = [value for _, value in found if value is not None]
    assert told == sorted(told, reverse=True)
    assert {org for org, _ in found} == set(site.bureaus)
    for org, value in found:
        assert session.show("csat", orgs=[org], periods=[PERIOD]).rows[0].value == value


def test_alerts_say_which_measures_miss_their_target_or_got_worse(site: Site):
    page = page_of(site)

    shown = {card.measure.key for card in (*page.alerts, *page.more_alerts)}

    every = [page.index, *(c for g in page.groups for c in (*g.cards, *g.others))]
    missed = {c.measure.key for c in every if c.standing and c.standing.value == "missed"}
    worse = {c.measure.key for c in every if c.worse}
    assert missed | worse == shown
    assert missed


def test_a_target_set_by_somebody_moves_its_measure_up_and_is_held_against_it(site: Site):
    person = site.person(Role.EXPERIENCE_MANAGER)
    targets.set_target(
        aim=Aim("saidi", site.company, date(2025, 1, 1), None, 0.0001),
        scope=scope_of(person, site.tree),
        actor=SYSTEM,
        at=AT,
    )

    page = page_of(site)

    [card] = [c for g in page.groups for c in g.cards if c.measure.key == "saidi"]
    assert (card.target, card.standing.value) == (0.0001, "missed")


def test_a_manager_sees_their_unit_and_nothing_of_others(site: Site):
    first, second = site.bureaus[:2]

    answer = opened(site, Role.ORG_MANAGER, first)

    page = answer.context["page"]
    assert page.index.figure.org == first
    assert {rank.org for rank in page.ranking} == set(site.tree.children(first))
    assert site.tree.names[second] not in answer.content.decode()
    assert site.tree.names[site.company] not in answer.content.decode()


def test_an_executive_gets_no_figure_on_a_handful_of_people(site: Site):
    stations = [s for b in site.bureaus for s in site.tree.children(b)]
    whole = lake.figures(site.home).session.show("csat", orgs=stations, periods=[PERIOD]).rows
    small = [figure.org for figure in whole if 0 < figure.n < 5]
    assert small, "the city has no unit small enough to prove anything"

    page = page_of(site, Role.EXECUTIVE, org=small[0])

    assert csat(page).reason == "figure.suppressed"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_has_no_figure_says_why_and_no_text_is_missing(site: Site, language: str):
    client = site.client(Role.EXECUTIVE, language=language)

    text = client.get("/", {"period": "2019-01"}).content.decode()

    words = {"zh": "期间在已加载数据之外", "en": "the period lies outside what has been loaded"}
    assert words[language] in text
    assert not re.search(r">\s*None\s*<", text)


@pytest.mark.parametrize("period", ["1900-01", "2025Q1", "2025", "2025-03-01..2025-03-10"])
def test_any_period_can_be_looked_at(site: Site, period: str):
    assert opened(site, period=period).status_code == 200


def test_a_measure_that_is_not_there_cannot_be_ranked_by(site: Site):
    assert opened(site, rank="no_such").status_code == 400


def test_before_the_first_refresh_the_page_says_how_to_begin(empty_site: Site):
    answer = empty_site.client(Role.EXPERIENCE_MANAGER).get("/")

    assert answer.status_code == 200
    assert "还没有算出任何指标" in answer.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_as_many_queries_for_one_objective_as_for_three(
    site: Site, rows: int, django_assert_max_num_queries
):
    person = site.person(Role.EXPERIENCE_MANAGER)
    for at in range(rows):
        objective(site, f"objective {at}", owner=person)
        Task.objects.create(name="refresh", asked_by=person, asked_at=AT, due_at=AT, state="failed")
    client = site.client(Role.EXPERIENCE_MANAGER)

    with django_assert_max_num_queries(13):
        client.get("/", {"period": PERIOD})


def test_my_work_is_what_waits_for_me(site: Site):
    mine, theirs = site.person(Role.EXPERIENCE_MANAGER), site.person(Role.EXECUTIVE)
    objective(site, "mine", owner=mine)
    objective(site, "theirs", owner=theirs)
    objective(site, "mine, later", owner=mine, review_on=date(2125, 1, 1))

    work = opened(site).context["work"]

    assert [each.statement for each in work.reviews] == ["mine"]


def objective(site: Site, statement: str, **given: object) -> Objective:
    days = {"starts_on": "2025-01-01", "ends_on": "2125-12-31", "review_on": "2025-03-01"}
    made = Objective.objects.create(
        statement=statement, org_id=site.company, created_at=AT, **{**days, **given}
    )
    made.targets.create(
        measure="csat", org_id=site.company, starts_on="2025-01-01", value=0.9, set_at=AT
    )
    return made


def numbers(figure: Figure) -> list[float]:
    """Value, interval and cases; minus one stands for none."""
    told = (figure.value, figure.low, figure.high, figure.n)
    return [-1.0 if number is None else number for number in told]


def csat(page: Overview):
    return next(c.figure for g in page.groups for c in g.cards if c.measure.key == "csat")
