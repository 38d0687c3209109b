"""The audit log: who reads it, what it holds, what is found when it is tampered with."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from support.site import AT, Site

from powercx.apps.core.chain import BrokenChain, verify
from powercx.apps.core.domain import audit
from powercx.apps.core.domain.audit import Actor
from powercx.apps.core.domain.reveal import ReasonMissing, reveal
from powercx.apps.core.enums import Role
from powercx.apps.core.models import AuditEntry, AuditHead, LoadRecord, PersonalRecord
from powercx.apps.core.queries import audit as queries
from powercx.apps.core.queries.people import scope_of
from powercx.apps.core.rules import NotAllowed, UnknownUnit
from powercx.apps.core.service import UnknownRecord
from powercx.apps.core.vault.keyring import read_ring
from powercx.apps.core.vault.sealing import Sealer


def note(number: int, at=AT, action: str = "change", record_type: str = "target"):
    audit.record(
        actor=Actor(None, f"user{number}", "10.0.0.1"),
        action=action,
        record_type=record_type,
        record_id=number,
        at=at,
        detail={"name": [f"before{number}", f"after{number}"]},
    )


@pytest.fixture
def auditor(site: Site):
    client = site.client(Role.AUDITOR)
    for number in range(3):
        note(number, AT + timedelta(days=number))
    return client


def actors(answer) -> list[str]:
    return [entry.actor for entry in answer.context["rows"] if entry.actor.startswith("user")]


@pytest.mark.parametrize("role", list(Role))
def test_only_administrators_and_auditors_of_the_whole_company_read_it(site: Site, role: Role):
    client = site.client(role)
    answers = [client.get("/audit/"), client.get("/audit/check/"), client.post("/audit/export/")]

    allowed = role in {Role.ADMINISTRATOR, Role.AUDITOR}
    assert [answer.status_code for answer in answers] == [200 if allowed else 403] * 3
    local = site.client(role, site.bureaus[0])
    assert local.get("/audit/").status_code == 403


def test_filters_cut_it(auditor):
    note(7, AT, action="remove", record_type="schedule")

    assert actors(auditor.get("/audit/")) == ["user7", "user2", "user1", "user0"]
    assert actors(auditor.get("/audit/", {"since": "2026-02-02", "until": "2026-02-02"})) == [
        "user1"
    ]
    assert actors(auditor.get("/audit/", {"actor": "USER2"})) == ["user2"]
    assert actors(auditor.get("/audit/", {"action": "remove"})) == ["user7"]
    assert actors(auditor.get("/audit/", {"record_type": "schedule"})) == ["user7"]
    assert actors(auditor.get("/audit/", {"record_type": "target", "record_id": "1"})) == ["user1"]
    odd = auditor.get("/audit/", {"since": "soon", "action": "nothing", "before": "x"})
    assert (odd.status_code, len(actors(odd))) == (200, 4)


def test_before_and_after_are_shown(auditor):
    page = auditor.get("/audit/").content.decode()

    assert "<del>before2</del>" in page
    assert "<ins>after2</ins>" in page


def test_it_is_read_in_pages(site: Site, auditor):
    for number in range(3, 60):
        note(number)
    first = auditor.get("/audit/")

    second = auditor.get("/audit/", {"before": str(first.context["older"])})

    assert len(first.context["rows"]) == 50
    assert not set(actors(first)) & set(actors(second))
    assert second.context["older"] is None


def test_the_list_asks_as_many_questions_for_three_entries_as_for_one(site: Site):
    client = site.client(Role.AUDITOR)
    client.get("/audit/")
    with CaptureQueriesContext(connection) as one:
        client.get("/audit/")
    for number in range(2):
        note(number)
    with CaptureQueriesContext(connection) as three:
        client.get("/audit/")

    assert len(three) == len(one)


def test_an_export_holds_all_is_whole_and_is_itself_recorded(auditor):
    count = AuditEntry.objects.count()

    answer = auditor.post("/audit/export/")

    lines = b"".join(answer.streaming_content).splitlines(keepends=True)
    span = verify(lines)
    assert (span.first, span.last) == (1, count)
    entry = AuditEntry.objects.latest("seq")
    assert (entry.action, entry.detail["hash"]) == ("export", span.hash)


def test_two_exports_of_days_join_without_a_gap(auditor):
    head = AuditEntry.objects.get(actor="user0").seq
    days = [
        {"since": "2026-02-01", "until": "2026-02-02"},
        {"since": "2026-02-03", "until": "2026-02-03"},
    ]

    first, second = (
        list(
            b"".join(auditor.post("/audit/export/", day).streaming_content).splitlines(
                keepends=True
            )
        )
        for day in days
    )

    # People of the tests are recorded at the moment of AT, before the three entries.
    earlier, later = verify(first), verify(second, after=verify(first).hash)
    assert (earlier.last, later.first, later.last) == (head + 1, head + 2, head + 2)


@pytest.mark.parametrize(
    "harm",
    [
        lambda: AuditEntry.objects.filter(actor="user1").update(actor="somebody"),
        lambda: AuditEntry.objects.filter(actor="user1").delete(),
        lambda: AuditEntry.objects.filter(actor="user2").delete(),
        lambda: AuditHead.objects.update(hash="f" * 64),
        lambda: AuditEntry.objects.filter(actor="user1").update(detail={}),
    ],
)
def test_harm_to_the_kept_chain_is_found_and_told(auditor, harm):
    assert queries.check().whole
    harm()

    with pytest.raises(BrokenChain):
        queries.check()
    assert auditor.get("/audit/check/").context["broken"]


def test_it_is_checked_in_parts(auditor, monkeypatch):
    monkeypatch.setattr("powercx.apps.core.views.audit.CHECKED_AT_ONCE", 2)
    total = AuditEntry.objects.count()
    at, seen = 1, []
    while at <= total:
        checked = auditor.get("/audit/check/", {"first": at}).context["checked"]
        seen.append((checked.last, checked.whole))
        at = checked.last + 1

    assert seen == [(n, n == total) for n in range(2, total, 2)] + [(total, True)]


@pytest.mark.parametrize(("language", "word"), [("zh", "审计日志"), ("en", "Audit log")])
def test_the_pages_speak_both_languages(site: Site, language: str, word: str):
    client = site.client(Role.AUDITOR, language=language)

    assert word in client.get("/audit/").content.decode()
    assert word in client.get("/audit/check/").content.decode()


def look(site: Site, role: Role, org: str, reason: str = "客户来电核对地址", key: str = "none"):
    person = site.person(role, site.bureaus[0])
    return reveal(
        site.home,
        table="customer",
        record_key=key,
        org=org,
        reason=reason,
        scope=scope_of(person, site.tree),
        actor=Actor(person, person.username),
        at=timezone.now(),
    )


def test_nobody_looks_at_personal_data_without_a_reason_or_out_of_reach(site: Site):
    first, second = site.bureaus[:2]

    with pytest.raises(ReasonMissing):
        look(site, Role.AGENT, first, reason=" a  ")
    with pytest.raises(UnknownUnit):
        look(site, Role.AGENT, second)
    with pytest.raises(NotAllowed):
        look(site, Role.ANALYST, first)
    with pytest.raises(UnknownRecord):
        look(site, Role.AGENT, first)
    assert not AuditEntry.objects.filter(action="reveal").exists()


def test_who_has_a_reason_sees_and_is_recorded_without_a_value(site: Site):
    sealed = Sealer(read_ring(site.home), "customer").seal("c1", {"name": "王芳", "phone": "1381"})
    load = LoadRecord.objects.create(load_id="l", table="customer", path="f", started_at=AT)
    PersonalRecord.objects.create(
        table="customer",
        record_key="c1",
        load=load,
        visible=True,
        key_id=sealed.key_id,
        ciphertext=sealed.ciphertext,
    )

    shown = look(site, Role.AGENT, site.bureaus[0], key="c1")

    entry = AuditEntry.objects.latest("seq")
    assert shown == {"name": "王芳", "phone": "1381"}
    assert (entry.action, entry.org_id, entry.record_id) == ("reveal", site.bureaus[0], "c1")
    assert entry.detail == {"reason": "客户来电核对地址", "columns": ["name", "phone"]}
