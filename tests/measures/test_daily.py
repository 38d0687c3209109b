"""Days that arrive one by one, with corrections, leave what counting everything anew gives."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from support.lake import FactWriter
from support.published import published

from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.measures.service import refresh
from powercx.analytics.results.contracts import result_store
from powercx.base.home import Home

START = date(2025, 1, 1)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
BUSINESSES = ("billing", "fault", "connection")
CHANNELS = ("hotline", "app", "hall")


def test_a_refresh_without_news_publishes_nothing(home: Home) -> None:
    _city(FactWriter(home))
    refresh(home, at=NOW)
    before = result_store(home.lake, "measure_part").version()

    report = refresh(home, at=NOW)

    assert (report.mode, report.steps) == ("incremental", [])
    assert result_store(home.lake, "measure_part").version() == before


@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(n, marks=pytest.mark.prove) for n in range(2, 12))]
)
def test_days_and_corrections_one_by_one_equal_a_full_refresh(home: Home, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's data
    write = FactWriter(home)
    _city(write)
    _days(write, chance, 0, 40)
    refresh(home, at=NOW)
    for day in range(40, 50, 2):
        _days(write, chance, day, day + 2)
        if chance.random() < 0.6:
            _corrections(write, chance, day)
        assert refresh(home, at=NOW).mode == "incremental"

    step_by_step = published(home)
    refresh(home, at=NOW, full=True)

    assert step_by_step == published(home)
    assert len(step_by_step) > 500


def _city(write: FactWriter, customers: int = 9) -> None:
    units = [("city", None, "urban"), ("north", "city", "urban"), ("south", "city", "rural")]
    write.write(
        TABLES["org_unit"],
        [{"org_id": i, "parent_id": p, "name": i, "area_class": a} for i, p, a in units],
    )
    write.write(
        TABLES["customer"],
        [
            {
                "customer_id": f"c{n}",
                "org_id": ("north", "south")[n % 2],
                "usage_category": ("residential", "commercial")[n % 3 == 0],
                "opened_on": date(2024, 1, 1),
                "tariff": ("tou", "flat")[n % 2],
                "e_bill": n % 2 == 0,
            }
            for n in range(customers)
        ],
    )


def _at(chance: random.Random, day: int) -> datetime:
    midnight = datetime(START.year, START.month, START.day, tzinfo=UTC) - timedelta(hours=8)
    return midnight + timedelta(days=day, minutes=chance.randrange(1440))


def _days(write: FactWriter, chance: random.Random, first: int, after: int) -> None:
    for table, make in (
        ("contact", _contact),
        ("service_order", _order),
        ("interruption", _interruption),
        ("digital_event", _event),
    ):
        rows = [make(chance, day) for day in range(first, after) for _ in range(3)]
        write.write(TABLES[table], rows)


def _corrections(write: FactWriter, chance: random.Random, today: int) -> None:
    """Rows of earlier days, told differently; some under the key of an earlier row."""
    for table, make in (("contact", _contact), ("service_order", _order)):
        rows = [
            make(chance, chance.randrange(today), number=chance.randrange(60)) for _ in range(4)
        ]
        keyed = {row[TABLES[table].key[0]]: row for row in rows}
        write.write(TABLES[table], list(keyed.values()))


def _number(chance: random.Random, number: int | None) -> int:
    return chance.randrange(10**9) if number is None else number


def _contact(chance: random.Random, day: int, number: int | None = None) -> dict[str, Any]:
    return {
        "contact_id": f"k{_number(chance, number)}",
        "customer_id": f"c{chance.randrange(9)}",
        "at": _at(chance, day),
        "channel": chance.choice(CHANNELS),
        "business_type": chance.choice(BUSINESSES),
        "direction": chance.choice(["in", "in", "out"]),
        "wait_s": float(chance.randrange(60)),
        "answered": chance.random() < 0.8,
        "abandoned": chance.random() < 0.2,
        "resolved": chance.choice([True, False, None]),
        "self_service": False,
    }


def _order(chance: random.Random, day: int, number: int | None = None) -> dict[str, Any]:
    accepted = _at(chance, day)
    done = chance.random() < 0.7
    completed = accepted + timedelta(hours=chance.randrange(1, 300)) if done else None
    return {
        "order_id": f"w{_number(chance, number)}",
        "customer_id": f"c{chance.randrange(9)}",
        "type_l1": chance.choice(["connection", "fault", "complaint"]),
        "channel": chance.choice(CHANNELS),
        "accepted_at": accepted,
        "due_at": accepted + timedelta(days=3),
        "arrived_at": accepted + timedelta(minutes=chance.randrange(90)) if done else None,
        "completed_at": completed,
        "status": chance.choice(["done", "done", "cancelled"]) if done else "open",
        "voltage_level": chance.choice(["low", "high_single", None]),
    }


def _interruption(chance: random.Random, day: int) -> dict[str, Any]:
    started = _at(chance, day)
    over = chance.random() < 0.8
    return {
        "interruption_id": f"i{chance.randrange(10**9)}",
        "usage_point_id": "p",
        "customer_id": f"c{chance.randrange(9)}",
        "started_at": started,
        "restored_at": started + timedelta(minutes=chance.randrange(400)) if over else None,
        "planned": chance.random() < 0.3,
        "notified_at": started - timedelta(days=chance.randrange(12)),
    }


def _event(chance: random.Random, day: int) -> dict[str, Any]:
    return {
        "event_id": f"e{chance.randrange(10**9)}",
        "customer_id": f"c{chance.randrange(9)}",
        "session_id": f"s{chance.randrange(10**6)}",
        "at": _at(chance, day),
        "app": "app",
        "business_type": chance.choice(BUSINESSES),
        "succeeded": chance.random() < 0.7,
    }
