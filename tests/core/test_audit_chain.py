"""The audit chain: each entry seals the one before, and nothing can be changed unseen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import transaction

from powercx.apps.core.chain import FIRST, digest
from powercx.apps.core.domain import audit
from powercx.apps.core.domain.audit import SYSTEM
from powercx.apps.core.models import AuditEntry, AuditHead
from powercx.apps.core.queries.audit import as_row

AT = datetime(2026, 2, 1, 8, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def three(db):
    return [
        audit.record(
            actor=SYSTEM,
            action="change",
            record_type="target",
            record_id=n,
            at=AT,
            detail={"value": [n, "供电所"]},
        )
        for n in range(3)
    ]


def test_entries_are_chained_from_the_first_to_the_head(three):
    kept = list(AuditEntry.objects.order_by("seq"))

    assert [entry.before for entry in kept] == [FIRST, kept[0].hash, kept[1].hash]
    head = AuditHead.objects.get()
    assert (head.seq, head.hash) == (3, kept[-1].hash)


def test_what_was_kept_has_the_digest_that_was_sealed(three):
    for entry in AuditEntry.objects.all():
        assert digest(as_row(entry)) == entry.hash


@pytest.mark.parametrize(
    "changed",
    [{"actor": "x"}, {"detail": {}}, {"seq": 9}, {"at": "2026-02-01T08:00:00.123457+00:00"}],
)
def test_any_change_gives_another_digest(three, changed):
    row = as_row(three[1])

    assert digest(row | changed) != three[1].hash


def test_nothing_is_chained_of_a_change_that_was_taken_back(db):
    with transaction.atomic():
        audit.record(actor=SYSTEM, action="x", record_type="t", record_id=1, at=AT)
        transaction.set_rollback(True)

    assert not AuditEntry.objects.exists()
    assert not AuditHead.objects.filter(seq__gt=0).exists()


def test_changes_tell_only_what_differs():
    assert audit.changes({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}) == {
        "b": [2, 3],
        "c": [None, 4],
    }
