"""Schedules: in the home's own time zone, across days when clocks move, missed once or often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from powercx.apps.core.domain import schedules
from powercx.apps.core.domain.audit import SYSTEM
from powercx.apps.core.domain.people import ChangedMeanwhile
from powercx.apps.core.models import AuditEntry, Schedule, Task

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 2, 1, 8, tzinfo=UTC)


def coming(cron: str, after: str, zone: ZoneInfo, times: int) -> list[str]:
    at, found = datetime.fromisoformat(after).replace(tzinfo=zone), []
    for _ in range(times):
        at = schedules.next_at(cron, after=at, zone=zone)
        found.append(at.astimezone(UTC).strftime("%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("cron", "after", "zone", "utc"),
    [
        ("0 2 * * *", "2026-02-01 01:00", SHANGHAI, ["31 18:00", "01 18:00"]),
        ("0 2 * * *", "2026-02-01 02:00", SHANGHAI, ["01 18:00", "02 18:00"]),
        # In spring 02:30 is left out, in autumn it comes twice; every hour stays every hour.
        ("30 2 * * *", "2025-03-29 03:00", BERLIN, ["30 01:00", "31 00:30"]),
        ("30 2 * * *", "2025-10-25 03:00", BERLIN, ["26 00:30", "27 01:30"]),
        ("30 * * * *", "2025-10-26 01:45", BERLIN, ["26 00:30", "26 01:30", "26 02:30"]),
    ],
)
def test_a_schedule_comes_true_on_the_clocks_of_its_zone(cron, after, zone, utc):
    assert coming(cron, after, zone, len(utc)) == utc


def test_what_was_missed_is_asked_for_once(db: None):
    schedules.ensure(defaults={"daily": "0 2 * * *"}, at=NOW)
    early = schedules.ask_for_due(zone=SHANGHAI, at=NOW + timedelta(hours=1))

    late = NOW + timedelta(days=5)
    asked = schedules.ask_for_due(zone=SHANGHAI, at=late)
    at_once = schedules.ask_for_due(zone=SHANGHAI, at=late + timedelta(minutes=1))

    assert (early, [task.name for task in asked], at_once) == ([], ["daily"], [])
    assert Task.objects.count() == 1


def test_a_schedule_does_not_pile_up_while_its_task_waits(db: None):
    schedules.ensure(defaults={"daily": "0 2 * * *"}, at=NOW)
    for day in (1, 2):
        schedules.ask_for_due(zone=SHANGHAI, at=NOW + timedelta(days=day))

    assert Task.objects.count() == 1


def test_a_schedule_that_is_stopped_or_changed_asks_for_nothing_it_missed(db: None):
    schedules.ensure(defaults={"daily": "0 2 * * *"}, at=NOW)
    held, day = Schedule.objects.get(), timedelta(days=1)
    held = schedules.change(
        schedule=held, cron="0 2 * * *", enabled=False, version=1, actor=SYSTEM, at=NOW
    )
    stopped = schedules.ask_for_due(zone=SHANGHAI, at=NOW + 2 * day)
    schedules.change(
        schedule=held, cron="0  3 * * *", enabled=True, version=2, actor=SYSTEM, at=NOW + 2 * day
    )
    begun_again = schedules.ask_for_due(zone=SHANGHAI, at=NOW + 2 * day)

    assert (stopped, begun_again, Schedule.objects.get().cron) == ([], [], "0 3 * * *")
    assert AuditEntry.objects.latest("seq").detail == {
        "cron": ["0 2 * * *", "0 3 * * *"],
        "enabled": [False, True],
    }


def test_two_people_do_not_overwrite_each_other(db: None):
    schedules.ensure(defaults={"daily": "0 2 * * *"}, at=NOW)
    held = Schedule.objects.get()
    schedules.change(schedule=held, cron="0 1 * * *", enabled=True, version=1, actor=SYSTEM, at=NOW)

    with pytest.raises(ChangedMeanwhile):
        schedules.change(
            schedule=held, cron="0 4 * * *", enabled=True, version=1, actor=SYSTEM, at=NOW
        )

    assert Schedule.objects.get().cron == "0 1 * * *"


@pytest.mark.parametrize(
    "cron", ["", "daily", "0 2 * *", "0 2 * * * *", "99 2 * * *", "0 0 30 2 *"]
)
def test_what_is_no_schedule_is_refused(db: None, cron: str):
    with pytest.raises(schedules.BadCron):
        schedules.check_cron(cron, at=NOW)
