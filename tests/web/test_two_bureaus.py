"""What one bureau has, another never sees, counts included; what it sends changes nothing there.

Each bureau has a record of every kind, full of a word that stands nowhere else. Where a test
holds that the word is hidden from one, it also holds that it is shown to the other.
"""

from __future__ import annotations

import difflib
import re

import pytest
from django.test import Client
from support.forms import Field, forms_of
from support.planted import ALPHA, BETA, Planted, Two, plant
from support.site import Site
from support.walk import (
    belongings,
    pages,
    same_but_for_secrets,
    state,
    text_of,
    undone,
    visit,
    words_of,
)

from powercx.apps.core.models import Person

REFUSED = {403, 404, 405}


def browser(planted: Planted) -> Client:
    client = Client(headers={"Accept-Language": "en"}, raise_request_exception=False)
    client.force_login(planted.person, "powercx.apps.core.signin.LockingBackend")
    return client


def starts(planted: Planted) -> list[str]:
    """Every page as it opens, and for the bureau with a search for the other's word."""
    tails = ("", f"?org={planted.org}&q={BETA}&search={BETA}")
    return [route.address(planted) + tail for route in pages() for tail in tails]


def names(site: Site, org: str) -> set[str]:
    """Names of units of a bureau that are part of no other's."""
    own = set(site.tree.subtree(org))
    others = " ".join(name for unit, name in site.tree.names.items() if unit not in own)
    return {site.tree.names[unit] for unit in own if site.tree.names[unit] not in others}


def test_nothing_of_another_bureau_is_in_any_answer(two: Two):
    ids, words = belongings(two.site, two.second.org), names(two.site, two.second.org)
    leaks = {}

    answers = visit(browser(two.first), starts(two.first))

    for address, (status, text) in answers.items():
        shown = text.replace(BETA, "") if "=" + BETA in address else text
        found = (ids & words_of(shown)) | {word for word in words if word in shown}
        if BETA in shown or found or status >= 500:
            leaks[address] = (status, sorted(found)[:5])
    assert leaks == {}
    everything = " ".join(text for _, text in answers.values())
    assert ALPHA in everything
    assert belongings(two.site, two.first.org) & words_of(everything)


def test_answers_are_the_same_whether_another_bureau_has_records_or_not(site: Site):
    first, second = site.bureaus[:2]
    mine = plant(site, first, ALPHA)
    client = browser(mine)
    alone = visit(client, starts(mine))

    plant(site, second, BETA)
    together = visit(client, starts(mine))

    assert alone.keys() == together.keys()
    changed = [
        (address, difference)
        for address, (status, text) in alone.items()
        if (difference := _difference(f"{status}\n{text}", "{}\n{}".format(*together[address])))
    ]
    assert changed == []


def test_another_bureau_cannot_be_asked_for(two: Two):
    ids, words = belongings(two.site, two.second.org), names(two.site, two.second.org)
    client = browser(two.first)
    leaks = {}
    for route in pages():
        answer = client.get(route.address(two.first), {"org": two.second.org})
        text = text_of(answer)
        found = (ids - {two.second.org}) & words_of(text) | {w for w in words if w in text}
        if BETA in text or found or answer.status_code >= 500:
            leaks[route.name] = (answer.status_code, sorted(found)[:5])

    assert leaks == {}


@pytest.mark.parametrize("method", ["get", "post"])
def test_records_of_another_bureau_are_as_if_they_were_not_there(two: Two, method: str):
    client = browser(two.first)
    before = state()
    wrong = {}
    for route in pages():
        if not route.of_a_record:
            continue
        answer = getattr(client, method)(route.address(two.second))
        if answer.status_code not in REFUSED or BETA in text_of(answer):
            wrong[route.name] = answer.status_code

    assert wrong == {}
    assert state() == before


def test_a_form_cannot_be_sent_with_what_belongs_to_another_bureau(own_site: Site, two: Two):
    client = browser(two.first)
    people = {str(two.first.person.pk), *map(str, Person.objects.values_list("pk", flat=True))}
    units = set(two.site.tree.subtree(two.first.org))
    taken, tried = [], 0
    for address, (status, text) in visit(client, starts(two.first)).items():
        if status != 200 or "<form" not in text:
            continue
        for form in forms_of(text, address):
            for each in form.fields.values():
                foreign = _foreign(each, two, units, people)
                if foreign is None:
                    continue
                tried += 1
                before = state()
                with undone():
                    text_of(client.post(form.address, {**form.filled(), each.name: foreign}))
                    if state() != before:
                        taken.append((form.address, each.name))

    assert taken == []
    assert tried


def _foreign(each: Field, two: Two, units: set[str], people: set[str]) -> str | None:
    """What the field could hold of the other bureau: a unit where units are, a person likewise."""
    options = {one for one in [*each.options, each.value] if one}
    if options & units or re.fullmatch(r"org(_id)?", each.name):
        return two.second.org
    if each.name in {"person", "owner", "asked_by"} and options and options <= people:
        return str(two.second.person.pk)
    return None


def _difference(one: str, other: str) -> list[str]:
    lines = [same_but_for_secrets(text).splitlines() for text in (one, other)]
    return list(difflib.unified_diff(*lines, n=0, lineterm=""))[2:8]
