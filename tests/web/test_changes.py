"""Every form of every page: refused when forged, and recorded in the audit chain when it worked.

Forms are found on the pages and filled in by themselves, so that a new one is sent too.
"""

from __future__ import annotations

import pytest
from django.test import Client
from support.forms import Form, forms_of
from support.planted import Two
from support.site import Site
from support.walk import pages, route_named, state, text_of, undone, visit

from powercx.apps.core.chain import FIRST
from powercx.apps.core.domain.audit import as_row, digest
from powercx.apps.core.enums import Role
from powercx.apps.core.models import AuditEntry
from powercx.base.messages import texts

CHAIN = ("AuditEntry", "AuditHead")
ROLES = (Role.ADMINISTRATOR, Role.EXPERIENCE_MANAGER, Role.ORG_MANAGER)
# A choice of one's own that concerns nobody else: it stays out of the chain.
OWN_CHOICE = {"web:language"}
# Sent again and again, these would end the walk.
ENDS_THE_SESSION = {"account_logout"}


def starts(two: Two) -> list[str]:
    return [route.address(two.first) for route in pages()]


@pytest.mark.parametrize("role", ROLES)
def test_a_forged_form_is_refused(two: Two, role: Role):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(two.site.person(role), "powercx.apps.core.signin.LockingBackend")
    before = state()
    wrong = {}
    for route in pages():
        answer = client.post(route.address(two.first))
        text_of(answer)
        if answer.status_code not in {403, 405}:
            wrong[route.name] = answer.status_code

    assert wrong == {}
    assert state() == before


@pytest.mark.parametrize("role", ROLES)
def test_what_a_form_changed_is_in_the_audit_chain(own_site: Site, two: Two, role: Role):
    client = two.site.client(role)
    client.raise_request_exception = False
    worked, unrecorded, broken = set(), [], []
    for form in forms(client, starts(two)):
        name = route_named(form.address)
        if name in ENDS_THE_SESSION:
            continue
        for button in form.buttons or [("", "")]:
            for values in (form.filled(button), form.filled(button, all_fields=False)):
                status, changed = send(client, form, values)
                if status >= 500:
                    broken.append((form.address, values))
                if changed:
                    worked.add(name)
                    if not set(CHAIN) <= changed and name not in OWN_CHOICE:
                        unrecorded.append((form.address, sorted(changed)))

    assert broken == []
    assert unrecorded == []
    assert worked - OWN_CHOICE


def forms(client: Client, addresses: list[str]) -> list[Form]:
    """Every form that the pages hold, each once."""
    found: dict[tuple[str, tuple[str, ...]], Form] = {}
    for address, (status, text) in visit(client, addresses).items():
        if status == 200 and "<form" in text:
            for form in forms_of(text, address):
                found.setdefault((form.address, tuple(form.fields)), form)
    return list(found.values())


def send(client: Client, form: Form, values: dict[str, object]) -> tuple[int, set[str]]:
    """The status of the answer and the tables that were changed; all is undone afterwards."""
    before = state()
    with undone():
        answer = client.post(form.address, values)
        text_of(answer)
        after = state()
    return answer.status_code, {name for name, rows in after.items() if rows != before[name]}


def test_the_chain_holds_after_everything_was_sent(own_site: Site, two: Two):
    client = two.site.client(Role.ADMINISTRATOR)
    client.raise_request_exception = False
    for form in forms(client, starts(two))[:40]:
        if route_named(form.address) not in ENDS_THE_SESSION:
            text_of(client.post(form.address, form.filled((form.buttons or [("", "")])[0])))

    before, entries = FIRST, list(AuditEntry.objects.order_by("seq"))
    for entry in entries:
        assert (entry.before, digest(as_row(entry))) == (before, entry.hash)
        before = entry.hash
    assert len(entries) > 1
    words = {f"audit.action_{e.action}" for e in entries} | {
        f"audit.type_{e.record_type}" for e in entries
    }
    assert words - texts().keys() == set()


def test_looking_changes_nothing_but_what_tells_that_one_looked(two: Two):
    for role in ROLES:
        client = two.site.client(role)
        before = state(without=CHAIN)
        visit(client, starts(two))

        assert state(without=CHAIN) == before, role
