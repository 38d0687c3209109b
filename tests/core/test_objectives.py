"""Objectives and what is kept with a record: who may, what is told, nothing lost or leaked."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from support.site import AT, Site

from powercx.apps.core import lake
from powercx.apps.core.domain import records
from powercx.apps.core.enums import Role
from powercx.apps.core.models import Attachment, AuditEntry, Comment, EvidenceLink, Objective

PERIOD = "2025-03"
MANAGER = Role.EXPERIENCE_MANAGER


def sent(
    site: Site, *, yards: list[dict[str, str]] = (), parts: list[dict[str, str]] = (), **given: Any
):
    """What a browser sends of the form."""
    found = {
        "statement": "停电早知道",
        "owner": str(site.person(MANAGER).pk),
        "org_id": site.company,
        "starts_on": "2025-01-01",
        "ends_on": "2025-12-31",
        **given,
    }
    for prefix, rows, blank in (("yard", yards, {"org_id": site.company}), ("part", parts, {})):
        every = [*rows, blank]
        found |= {f"{prefix}-TOTAL_FORMS": len(every), f"{prefix}-INITIAL_FORMS": 0}
        for at, row in enumerate(every):
            found |= {f"{prefix}-{at}-{name}": value for name, value in row.items()}
    return found


def yard(org: str, **given: str) -> dict[str, str]:
    return {"measure": "csat", "org_id": org, "baseline": "70", "value": "90", **given}


def made(site: Site, org: str | None = None, **given: Any) -> Objective:
    objective = Objective.objects.create(
        statement=given.pop("statement", "made"),
        owner=site.person(MANAGER),
        org_id=site.company if org is None else org,
        starts_on="2025-01-01",
        ends_on="2025-12-31",
        created_at=AT,
        **given,
    )
    objective.targets.create(
        measure="csat",
        org_id=objective.org_id,
        starts_on="2025-01-01",
        value=0.9,
        baseline=0.5,
        set_at=AT,
    )
    return objective


def test_an_objective_is_set_with_measures_and_who_does_what(site: Site):
    client = site.client(MANAGER)
    person = site.person(Role.EXECUTIVE)
    parts = [{"process": "业扩", "part": "A", "person": str(person.pk)}]

    answer = client.post("/objectives/new/", sent(site, yards=[yard(site.company)], parts=parts))

    objective = Objective.objects.get()
    assert answer.status_code == 302
    target = objective.targets.get()
    assert (target.value, target.baseline, str(target.ends_on)) == (0.9, 0.7, "2025-12-31")
    assert [(r.process, r.part, r.person) for r in objective.responsibilities.all()] == [
        ("业扩", "A", person)
    ]
    assert AuditEntry.objects.latest("seq").action == "create"


def test_its_page_shows_the_figure_of_the_session_beside_baseline_and_target(site: Site):
    objective = made(site)
    [figure] = lake.figures(site.home).session.show("csat", periods=[PERIOD]).rows

    answer = site.client(MANAGER).get(f"/objectives/{objective.pk}/", {"period": PERIOD})

    [shown] = answer.context["card"].yardsticks
    assert shown.figure == figure
    assert shown.progress == pytest.approx(min(max((figure.value - 0.5) / 0.4, 0), 1))
    for text in ("50.0%", f"{figure.value:.1%}", "90.0%"):
        assert text in answer.content.decode()


def test_rows_are_changed_left_out_and_added(site: Site):
    objective = made(site)
    held = objective.targets.get()
    rows = [
        yard(site.company, pk=str(held.pk), value="95"),
        yard(site.bureaus[0], measure="nps", baseline="", value="40"),
    ]
    client = site.client(MANAGER)
    client.post(f"/objectives/{objective.pk}/edit/", sent(site, yards=rows, version=1))
    assert {(t.pk == held.pk, t.measure, t.value) for t in objective.targets.all()} == {
        (True, "csat", 0.95),
        (False, "nps", 40.0),
    }

    rows = [yard(site.company, pk=str(held.pk), DELETE="on")]
    client.post(f"/objectives/{objective.pk}/edit/", sent(site, yards=rows, version=2))

    assert not objective.targets.exists()


def test_what_was_typed_is_not_lost_when_somebody_else_saved_first(site: Site):
    objective = made(site, version=2, statement="theirs")

    answer = site.client(MANAGER).post(
        f"/objectives/{objective.pk}/edit/",
        sent(site, statement="mine", yards=[yard(site.company, value="77")], version=1),
    )

    page = answer.content.decode()
    assert 'value="mine"' in page
    assert 'value="77"' in page
    assert "theirs" in page
    objective.refresh_from_db()
    assert (objective.statement, objective.version) == ("theirs", 2)


def test_faults_of_a_row_are_told_and_nothing_is_kept(site: Site):
    rows = [yard(site.company, value="viel"), yard(site.company, measure="")]

    answer = site.client(MANAGER).post("/objectives/new/", sent(site, yards=rows, ends_on=""))

    assert "ends_on" in answer.context["form"].errors
    assert "value" in answer.context["yards"].errors[0]
    assert 'value="viel"' in answer.content.decode()
    assert not Objective.objects.exists()


def test_it_is_closed_and_opened_again(site: Site):
    objective = made(site)
    client = site.client(MANAGER)
    for version, state in ((1, "closed"), (2, "active")):
        client.post(f"/objectives/{objective.pk}/state/", {"state": state, "version": version})

    told = AuditEntry.objects.filter(record_type="objective").order_by("seq")

    assert [entry.action for entry in told] == ["close", "reopen"]


@pytest.mark.parametrize("role", [r for r in Role if r is not MANAGER])
def test_only_experience_managers_change_objectives(site: Site, role: Role):
    objective = made(site)
    client = site.client(role)

    answers = [
        client.post("/objectives/new/", sent(site)),
        client.post(f"/objectives/{objective.pk}/edit/", sent(site, version=1)),
        client.post(f"/objectives/{objective.pk}/state/", {"state": "closed", "version": 1}),
    ]

    assert {answer.status_code for answer in answers} <= {403, 404}
    assert [o.state for o in Objective.objects.all()] == ["active"]


def test_objectives_of_units_beside_are_neither_listed_nor_opened(site: Site):
    first, second = site.bureaus[:2]
    own, above, theirs = made(site, first), made(site), made(site, second, statement="geheim")
    above.targets.create(
        measure="nps", org_id=second, starts_on="2025-01-01", value=41.5, set_at=AT
    )
    client = site.client(Role.ORG_MANAGER, first)

    page = client.get("/objectives/", {"period": PERIOD})

    assert {card.objective.pk for card in page.context["cards"]} == {own.pk, above.pk}
    assert "geheim" not in page.content.decode()
    assert "41.5" not in page.content.decode()
    assert client.get(f"/objectives/{theirs.pk}/").status_code == 404
    [company] = [c for c in page.context["cards"] if c.objective.pk == above.pk]
    assert [y.figure for y in company.yardsticks] == [None]


def test_the_history_of_an_objective_above_tells_nothing_of_units_beside(site: Site):
    first, second = site.bureaus[:2]
    whole, client = site.client(MANAGER), site.client(Role.ORG_MANAGER, first)
    whole.post("/objectives/new/", sent(site, yards=[yard(second, value="41.5")]))
    address = f"/objectives/{Objective.objects.get().pk}/"
    assert f"csat {second}" in whole.get(address).content.decode()

    page = client.get(address)

    assert page.status_code == 200
    assert f"csat {second}" not in page.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_as_many_queries_for_one_row_as_for_three(
    site: Site, rows: int, django_assert_max_num_queries
):
    for _ in range(rows):
        made(site)
    client = site.client(MANAGER)

    with django_assert_max_num_queries(8):
        client.get("/objectives/", {"period": PERIOD})


@pytest.mark.parametrize("rows", [1, 3])
def test_a_record_takes_as_many_queries_for_one_part_of_each_as_for_three(
    site: Site, rows: int, django_assert_max_num_queries
):
    objective = made(site)
    client = site.client(MANAGER)
    for at in range(rows):
        fill(client, objective, str(at))

    with django_assert_max_num_queries(14):
        client.get(f"/objectives/{objective.pk}/", {"period": PERIOD})


@pytest.mark.parametrize("language", ["zh", "en"])
def test_without_objectives_the_page_says_what_they_are(site: Site, language: str):
    page = site.client(MANAGER, language=language).get("/objectives/").content.decode()

    assert {"zh": "没有符合条件的体验目标", "en": "No such objectives"}[language] in page


# What is kept with a record ------------------------------------------------------------------


def parts(objective: Objective, tail: str) -> str:
    return f"/records/objective/{objective.pk}/{tail}"


def fill(client: Client, objective: Objective, mark: str) -> None:
    client.post(parts(objective, "comments/"), {"text": f"text {mark}"})
    client.post(parts(objective, "evidence/"), {"title": f"link {mark}", "address": "/measures/"})
    client.post(
        parts(objective, "files/"), {"file": SimpleUploadedFile(f"f{mark}.txt", mark.encode())}
    )


def test_comments_evidence_and_files_are_kept_shown_and_told(site: Site):
    objective = made(site)
    client = site.client(MANAGER)

    fill(client, objective, "<b>1</b>")

    page = client.get(f"/objectives/{objective.pk}/").content.decode()
    for text in ("text &lt;b&gt;1", "link &lt;b&gt;1", 'href="/measures/"'):
        assert text in page
    told = AuditEntry.objects.filter(record_type="objective", record_id=objective.pk)
    assert [e.action for e in told.order_by("seq")] == ["comment", "link", "attach"]


def test_a_file_is_given_back_to_be_saved_and_never_shown(site: Site):
    objective = made(site)
    client = site.client(MANAGER)
    file = SimpleUploadedFile("../..\\evil.html", b"<script>1</script>", "text/html")
    client.post(parts(objective, "files/"), {"file": file})
    held = Attachment.objects.get()

    answer = client.get(parts(objective, f"files/{held.pk}/"))

    assert b"".join(answer.streaming_content) == b"<script>1</script>"
    assert answer["Content-Disposition"] == 'attachment; filename="evil.html"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "application/octet-stream"
    assert records.path_of(site.home, held.sha256).stat().st_mode & 0o077 == 0


def test_a_file_that_is_too_large_is_refused_and_nothing_of_it_stays(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    objective = made(site)
    monkeypatch.setattr(records, "LARGEST", 3)
    before = sorted(site.home.files.rglob("*")) if site.home.files.exists() else []

    answer = site.client(MANAGER).post(
        parts(objective, "files/"), {"file": SimpleUploadedFile("a.txt", b"1234")}
    )

    assert answer.status_code == 400
    assert not Attachment.objects.exists()
    assert sorted(site.home.files.rglob("*")) == before


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//elsewhere.example", "data:text/html,x", "nowhere"]
)
def test_an_address_that_is_none_is_refused(site: Site, address: str):
    objective = made(site)

    answer = site.client(MANAGER).post(
        parts(objective, "evidence/"), {"title": "t", "address": address}
    )

    assert answer.status_code == 400
    assert not EvidenceLink.objects.exists()


def test_parts_of_a_record_out_of_reach_are_as_unknown_as_the_record(site: Site):
    first, second = site.bureaus[:2]
    theirs = made(site, second)
    fill(site.client(MANAGER), theirs, "1")
    file, link = Attachment.objects.get(), EvidenceLink.objects.get()
    client = site.client(Role.ORG_MANAGER, first)

    answers = [
        client.get(parts(theirs, f"files/{file.pk}/")),
        client.post(parts(theirs, "comments/"), {"text": "x"}),
        client.post(parts(theirs, "evidence/"), {"title": "x", "address": "/"}),
        client.post(parts(theirs, f"evidence/{link.pk}/remove/")),
        client.post(parts(theirs, f"files/{file.pk}/remove/")),
        client.post("/records/person/1/comments/", {"text": "x"}),
    ]

    assert {answer.status_code for answer in answers} == {404}
    kept = [m.objects.count() for m in (Comment, EvidenceLink, Attachment)]
    assert kept == [1, 1, 1]


def test_a_part_of_another_record_cannot_be_reached_through_this_one(site: Site):
    mine, other = made(site, site.bureaus[0]), made(site, site.bureaus[1])
    fill(site.client(MANAGER), other, "1")
    file = Attachment.objects.get()

    answer = site.client(Role.ORG_MANAGER, site.bureaus[0]).get(parts(mine, f"files/{file.pk}/"))

    assert answer.status_code == 404


def test_who_may_only_read_comments_but_links_and_attaches_nothing(site: Site):
    objective = made(site)
    client = site.client(Role.EXECUTIVE)

    fill(client, objective, "1")

    kept = [m.objects.count() for m in (Comment, EvidenceLink, Attachment)]
    assert kept == [1, 0, 0]


def test_links_and_files_are_taken_off_and_that_is_told(site: Site):
    objective = made(site)
    client = site.client(MANAGER)
    fill(client, objective, "1")

    client.post(parts(objective, f"evidence/{EvidenceLink.objects.get().pk}/remove/"))
    client.post(parts(objective, f"files/{Attachment.objects.get().pk}/remove/"))

    assert [m.objects.count() for m in (EvidenceLink, Attachment)] == [0, 0]
    told = AuditEntry.objects.filter(record_type="objective").order_by("-seq")
    assert [e.action for e in told[:2]] == ["detach", "unlink"]
