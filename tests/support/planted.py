"""Records of one bureau, one of every kind, each with a word that stands nowhere else."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field, replace
from datetime import date

import pytest
from django.apps import apps
from django.db.models import Model
from support.site import AT, PASSWORD, Site

from powercx.analytics.measures.service import Answer, Session
from powercx.analytics.measures.suppression import LEAST, people_behind
from powercx.analytics.sources.report import FileReport
from powercx.apps.core.domain import audit, people
from powercx.apps.core.domain.audit import SYSTEM, Actor
from powercx.apps.core.domain.records import path_of
from powercx.apps.core.enums import LoadState, Permission, Role
from powercx.apps.core.models import (
    ApiToken,
    Assignment,
    Attachment,
    AuditEntry,
    Comment,
    EvidenceLink,
    LoadRecord,
    Objective,
    OutboxMessage,
    Person,
    Responsibility,
    Schedule,
    Target,
    Task,
    Upload,
    Webhook,
)
from powercx.apps.core.rules import Grant

MEASURE = "csat"
APART = {
    "AuditHead": "the end of the chain, shown with its entries",
    "IdempotentAnswer": "given back to the token that asked, and to nobody else",
    "PersonalRecord": "sealed",
    "PersonalToken": "sealed",
}
"""Models of which no bureau has records of its own, and why."""


@dataclass
class Planted:
    """What a bureau has: ``mark`` stands in every text of it, ``secret`` opens the API."""

    org: str
    mark: str
    person: Person
    secret: str
    records: dict[type[Model], Model] = field(default_factory=dict)


def plant(site: Site, org: str, mark: str) -> Planted:
    """One record of every kind that belongs to ``org``, and someone who manages it."""
    person = people.create_person(
        particulars=people.Particulars(f"{mark}.manager", f"{mark} name", title=f"{mark} title"),
        grants=[Grant(Role.ORG_MANAGER, org)],
        password=PASSWORD,
        actor=SYSTEM,
        at=AT,
        must_change=False,
    )
    made = Planted(org, mark, person, f"px_{mark}")
    objective = Objective.objects.create(
        statement=f"{mark} statement",
        strategy=f"{mark} strategy",
        owner=person,
        org_id=org,
        starts_on=date(2025, 1, 1),
        ends_on=date(2025, 12, 31),
        created_at=AT,
    )
    target = Target.objects.create(
        measure=MEASURE,
        org_id=org,
        starts_on=date(2025, 1, 1),
        value=0.0123,
        note=f"{mark} note",
        objective=objective,
        set_by=person,
        set_at=AT,
    )
    _aim_of_the_company(person, org, mark)
    task = Task.objects.create(
        name="refresh", org_id=org, step=f"{mark} step", asked_by=person, asked_at=AT, due_at=AT
    )
    kept: list[Model] = [
        person,
        objective,
        target,
        task,
        person.assignments.get(),
        Responsibility.objects.create(
            objective=objective, process=f"{mark} process", person=person, part="R"
        ),
        _token(person, made.secret, org, mark),
        Upload.objects.create(
            name=f"{mark}.csv", size=10, sha256=_digest(mark), person=person, at=AT
        ),
        *_beside(site, objective, person, mark),
        *_of_the_company(person, mark),
        audit.record(
            actor=Actor(person, f"{mark}.manager"),
            action="change",
            record_type="target",
            record_id=target.pk,
            at=AT,
            org_id=org,
            detail={"note": [f"{mark} before", f"{mark} after"]},
        ),
    ]
    made.records = {type(record): record for record in kept}
    return made


ALPHA, BETA = "zqalpha", "zqbeta"
SHOUT = "876543"


@dataclass
class Two:
    """Two bureaus, each with records of its own."""

    site: Site
    first: Planted
    second: Planted


@pytest.fixture
def two(db: None, request: pytest.FixtureRequest) -> Two:
    name = "own_site" if "own_site" in request.fixturenames else "site"
    site: Site = request.getfixturevalue(name)
    first, second = site.bureaus[:2]
    return Two(site, plant(site, first, ALPHA), plant(site, second, BETA))


@pytest.fixture
def small_figures_shout(monkeypatch: pytest.MonkeyPatch) -> str:
    """Every figure on fewer than five people is a number that stands nowhere else."""
    number = float(SHOUT)
    real = Session.show

    def show(self: Session, *args: object, **options: object) -> Answer:
        answer = real(self, *args, **options)
        loud = dict.fromkeys(("value", "low", "high", "numerator"), number)
        rows = [
            replace(row, **loud) if 0 < people_behind(answer.measure, row) < LEAST else row
            for row in answer.rows
        ]
        return replace(answer, rows=rows)

    monkeypatch.setattr(Session, "show", show)
    return SHOUT


def not_planted() -> set[str]:
    """Models of powercx that have no record here and no reason for that."""
    ours = {m.__name__ for m in apps.get_models() if m.__module__.startswith("powercx.")}
    return ours - {model.__name__ for model in PLANTED} - set(APART)


def _aim_of_the_company(person: Person, org: str, mark: str) -> None:
    """An objective that everyone sees has a yardstick in each bureau, which only that one sees."""
    shared, _ = Objective.objects.get_or_create(
        statement="of the whole company",
        defaults={
            "owner": person,
            "starts_on": date(2025, 1, 1),
            "ends_on": date(2025, 12, 31),
            "created_at": AT,
        },
    )
    Target.objects.create(
        measure=MEASURE,
        org_id=org,
        starts_on=date(2025, 1, 1),
        value=0.0456,
        note=f"{mark} shared",
        objective=shared,
        set_by=person,
        set_at=AT,
    )


def _token(person: Person, secret: str, org: str, mark: str) -> ApiToken:
    allowed = [Permission.MEASURES, Permission.ROWS, Permission.ORGANISATIONS]
    return ApiToken.objects.create(
        person=person,
        name=f"{mark} token",
        prefix=secret[:10],
        digest=_digest(secret),
        scopes=[each.value for each in allowed],
        org_id=org,
        created_at=AT,
    )


def _beside(site: Site, record: Model, person: Person, mark: str) -> list[Model]:
    """What people put beside an objective: a comment, a file, a link."""
    of = {"record_type": "objective", "record_id": str(record.pk), "person": person, "at": AT}
    file = path_of(site.home, _digest(mark))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(mark, "utf-8")
    return [
        Comment.objects.create(**of, text=f"{mark} comment"),
        Attachment.objects.create(**of, name=f"{mark}.pdf", size=1, sha256=_digest(mark)),
        EvidenceLink.objects.create(**of, title=f"{mark} link", address=f"/{mark}/"),
    ]


def _of_the_company(person: Person, mark: str) -> list[Model]:
    """What only those who see the whole company see."""
    load_id = f"load-{_digest(mark)[:8]}"
    report = FileReport(f"{mark}.csv", "customer", read=1, loaded=1, load_id=load_id)
    schedule, _ = Schedule.objects.get_or_create(name="daily", cron="0 2 * * *")
    return [
        schedule,
        LoadRecord.objects.create(
            load_id=load_id,
            table="customer",
            path=f"/{mark}.csv",
            source=mark,
            state=LoadState.DONE.value,
            started_at=AT,
            finished_at=AT,
            report=report.to_json(),
        ),
        Webhook.objects.create(
            name=f"{mark} hook", url=f"http://{mark}.invalid/", secret=b"", created_at=AT
        ),
        OutboxMessage.objects.create(
            event_id=uuid.uuid5(uuid.NAMESPACE_DNS, mark),
            kind="webhook",
            target=f"{mark} hook",
            event="load.finished",
            payload={"by": mark},
            created_at=AT,
            due_at=AT,
        ),
    ]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


PLANTED: tuple[type[Model], ...] = (
    ApiToken,
    Assignment,
    Attachment,
    AuditEntry,
    Comment,
    EvidenceLink,
    LoadRecord,
    Objective,
    OutboxMessage,
    Person,
    Responsibility,
    Schedule,
    Target,
    Task,
    Upload,
    Webhook,
)
