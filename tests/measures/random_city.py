"""A random city with every kind of gap: rows as loads would bring them, values drawn at random.

Times cluster on few customers so that repeats, journeys and time limits are met on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

Row = dict[str, Any]
Rows = list[Row]
FIRST, DAYS = date(2025, 1, 1), 100
ORGS = ["n1", "n2", "s1", "s2", "north", None, None, None, "nowhere"]
CHANNELS = ["hotline", "hall", "kiosk", "web", "app", "wechat", "email", None]


class RandomCity:
    """``tables`` maps names of lake tables to rows; the same seed gives the same city."""

    def __init__(self, seed: int = 7) -> None:
        self._rng = np.random.default_rng(seed)
        self.customers = [f"c{n}" for n in range(120)]
        self.tables: dict[str, Rows] = {
            "org_unit": _orgs(),
            "customer": [v for c in self.customers for v in self._customer(c)],
            "usage_point": [v for n in range(150) for v in self._point(n)],
            "service_order": [self._order(n) for n in range(900)] + self._old_complaints(),
            "contact": [self._contact(n) for n in range(900)],
            "digital_event": [self._event(n) for n in range(700)],
            "bill": [self._bill(n) for n in range(500)],
            "interruption": self._interruptions(),
            "voltage_month": self._voltage(),
            "usage_daily": self._usage(),
            "survey_answer": [a for n in range(150) for a in self._response(n)],
            "survey_invitation": [self._invitation(n) for n in range(300)],
            "subscription": [self._subscription(n) for n in range(120)],
            "external_rating": self._ratings(),
            "benchmark": _benchmarks(),
        }
        self.labels = [self._label(n) for n in range(300)]

    # Draws ----------------------------------------------------------------------------------

    def _one(self, values: Sequence[Any]) -> Any:
        return values[int(self._rng.integers(len(values)))]

    def _number(self, low: int, high: int) -> int:
        """An integer from ``low`` to ``high``, both included."""
        return int(self._rng.integers(low, high + 1))

    def _maybe(self, value: Any, gap: float = 0.15) -> Any:
        return None if self._rng.random() < gap else value

    def _flag(self, gap: float = 0.15) -> bool | None:
        return self._maybe(bool(self._rng.random() < 0.5), gap)

    def _day(self) -> date:
        return FIRST + timedelta(days=self._number(0, DAYS - 1))

    def _instant(self) -> datetime:
        """An instant on a local day of the span, to the microsecond, often near midnight."""
        midnight = datetime(2025, 1, 1, tzinfo=UTC) - timedelta(hours=8)
        within = self._one([0, 86_399_999_999, self._number(0, 86_399_999_999)])
        return midnight + timedelta(days=self._number(0, DAYS - 1), microseconds=within)

    def _later(self, at: datetime, hours: Sequence[float]) -> datetime:
        """One of exact delays, or a random one of up to ten days."""
        exact = self._one([*hours, None])
        if exact is not None:
            return at + timedelta(hours=exact)
        return at + timedelta(microseconds=self._number(0, 10 * 86_400_000_000))

    def _who(self, few: int = 120, gap: float = 0.1) -> str | None:
        return self._maybe(self._one([*self.customers[:few], "nobody"]), gap)

    # References -----------------------------------------------------------------------------

    def _customer(self, key: str) -> Rows:
        opened = self._one([date(2020, 1, 1), date(2023, 7, 1), self._day(), None])
        closed = self._maybe(self._day(), 0.8)
        if opened and closed and closed < opened:
            closed = None
        starts = [None, *sorted({self._day() for _ in range(self._number(0, 2))})]
        reason = self._one(["by_choice", "moved", None]) if closed else None
        return [
            {
                "customer_id": key,
                "valid_from": start,
                "valid_to": None,
                "org_id": self._one(ORGS),
                "usage_category": self._one(["residential", "commercial", "agricultural", None]),
                "opened_on": opened,
                "closed_on": closed,
                "close_reason": reason,
                "e_bill": self._flag(),
                "auto_pay": self._flag(),
                "tariff": self._one(["flat", "tou", "tou", None]),
            }
            for start in starts
        ]

    def _point(self, number: int) -> Rows:
        """A meter, which may pass to another customer and unit."""
        opened = self._maybe(self._one([date(2019, 1, 1), self._day()]), 0.5)
        closed = self._maybe(self._day(), 0.9)
        starts = [None, *([self._day()] if number % 4 == 0 else [])]
        return [
            {
                "usage_point_id": f"p{number}",
                "valid_from": start,
                "customer_id": self._who(gap=0.05),
                "org_id": self._one(ORGS),
                "opened_on": opened,
                "closed_on": closed,
            }
            for start in starts
        ]

    # Service --------------------------------------------------------------------------------

    def _order(self, number: int) -> Row:
        accepted = self._instant()
        kinds = ["connection", "change", "fault", "fault", "complaint", "billing", "enquiry"]
        kind = self._one(kinds)
        arrived = self._maybe(self._later(accepted, [0.75, 1.5, 2.0]), 0.5)
        done = self._maybe(self._later(arrived or accepted, [4, 5, 24, 24 * 14]), 0.3)
        return {
            "order_id": f"o{number}",
            "org_id": self._one(ORGS),
            "customer_id": self._who(),
            "type_l1": kind,
            "type_l2": self._one(["service", "outage", None]),
            "type_l3": None,
            "channel": self._one(CHANNELS),
            "accepted_at": accepted,
            "due_at": self._maybe(self._later(accepted, [24, 48]), 0.3),
            "arrived_at": arrived if kind == "fault" else None,
            "completed_at": done,
            "status": self._one(["open", "done", "done", "done", "cancelled", None]),
            "voltage_level": self._one(["low", "low", "high_single", "high_double", None]),
            "callback_score": self._maybe(self._number(1, 5), 0.5),
            "face_scan": self._flag(),
            "face_scan_eligible": self._flag(gap=0.6),
            "referred_by": self._maybe("c1", 0.8),
            "regulator": self._one(["none", "12398", "12345", None]),
        }

    def _old_complaints(self) -> Rows:
        """A year before, so that complaints can be compared with them."""
        old = [self._order(10_000 + n) for n in range(120)]
        year = timedelta(days=365)
        for row in old:
            row["type_l1"] = "complaint"
            for name in ("accepted_at", "due_at", "arrived_at", "completed_at"):
                row[name] = row[name] and row[name] - year
        return old

    def _contact(self, number: int) -> Row:
        at = self._instant()
        if number % 3:
            # Exact distances of hours and days from a fixed moment of few customers.
            hours = self._one([0, 24, 7 * 24, 14 * 24, 30 * 24, 37 * 24])
            at = datetime(2025, 1, 5, 16, tzinfo=UTC) + timedelta(
                hours=hours + self._number(0, 40) * 24, microseconds=self._number(0, 1)
            )
        return {
            "contact_id": f"k{number}",
            "org_id": self._one(ORGS),
            "customer_id": self._who(few=60),
            "at": at,
            "channel": self._one(["hotline", "hotline", "hall", "app", "email"]),
            "business_type": self._one(["billing", "fault", "metering", None]),
            "direction": self._one(["in", "in", "in", "out", None]),
            "wait_s": self._maybe(float(self._number(15, 25))),
            "answered": self._flag(),
            "abandoned": self._flag(),
            "resolved": self._flag(),
            "self_service": self._flag(gap=0.5),
            "rating": self._maybe(self._number(1, 5)),
        }

    def _event(self, number: int) -> Row:
        at = datetime(2025, 1, 5, 16, tzinfo=UTC) + timedelta(
            hours=24 * self._number(0, 80), seconds=self._number(0, 7200)
        )
        session = self._number(0, 200)
        return {
            "event_id": f"e{number}",
            # A session is one customer's, or nobody's.
            "customer_id": None if session % 11 == 0 else self.customers[session % 60],
            "org_id": None if session % 3 else self._one(["n1", "s1"]),
            "session_id": f"s{session}",
            "at": at,
            "app": ["app", "web", "wechat"][session % 3],
            "business_type": self._one(["billing", "metering", None]),
            "succeeded": self._flag(),
        }

    # Supply ---------------------------------------------------------------------------------

    def _bill(self, number: int) -> Row:
        issued = self._day()
        amount = Decimal(2 * self._number(50, 50_000)) / 100
        paid = self._maybe(issued + timedelta(days=self._number(0, 60)), 0.2)
        return {
            "bill_id": f"b{number}",
            "org_id": self._one(ORGS),
            "customer_id": self._who(),
            "amount_cny": amount,
            "issued_on": issued,
            "due_on": self._maybe(issued + timedelta(days=self._number(10, 30))),
            "paid_on": paid,
            "paid_cny": self._maybe(amount if self._rng.random() < 0.8 else amount / 2, 0.1),
            "error_kind": self._maybe(self._one(["none", "none", "reading", "pricing"])),
            "error_cny": self._maybe(Decimal(self._number(-5000, 5000)) / 100, 0.6),
        }

    def _interruptions(self) -> Rows:
        """Every tenth day of 2024 lightly, the span of 2025 as well, and two days of storm."""
        rows: Rows = []
        calm = [date(2024, 1, 1) + timedelta(days=10 * n) for n in range(37)]
        for number, day in enumerate([*calm, *[self._day() for _ in range(60)]]):
            rows += self._outage(f"i{number}", day, self._number(1, 6), 240)
        for number, day in enumerate([date(2025, 2, 10), date(2025, 3, 20)]):
            rows += self._outage(f"storm{number}", day, 140, 2000)
        return rows

    def _outage(self, key: str, day: date, points: int, most: int) -> Rows:
        planned = bool(self._rng.random() < 0.4)
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
        hit = self._rng.choice(150, size=points, replace=False)
        rows = []
        for point in hit:
            start = midnight + timedelta(microseconds=self._number(0, 86_399_999_999))
            lasts = self._one([3.0, 5.0, self._number(0, most * 60_000_000) / 60_000_000])
            notice = self._later(start - timedelta(hours=12 * 24), [5 * 24, 5 * 24 - 1])
            rows.append(
                {
                    "interruption_id": key,
                    "usage_point_id": f"p{point}",
                    "customer_id": self._one([None, "c5"]),
                    "org_id": self._one(ORGS),
                    "started_at": start,
                    "restored_at": self._maybe(start + timedelta(minutes=lasts), 0.05),
                    "planned": planned,
                    "notified_at": self._maybe(notice, 0.3),
                }
            )
        return rows

    def _voltage(self) -> Rows:
        return [
            {
                "point_id": f"v{number}",
                "org_id": self._one(ORGS),
                "point_class": self._one(["A", "B", "C", "D"]),
                "month": date(2025, month, 1),
                "minutes_monitored": float(self._number(30_000, 40_000)),
                "minutes_over": float(self._number(0, 500)),
                "minutes_under": float(self._number(0, 500)),
            }
            for number in range(25)
            for month in (1, 2, 3)
        ]

    def _usage(self) -> Rows:
        return [
            {
                "usage_point_id": f"p{number}",
                "customer_id": self._one([None, self.customers[number]]),
                "org_id": self._maybe("n1", 0.9),
                "date": FIRST + timedelta(days=day),
                "kwh": Decimal(self._number(1000, 90_000)) / 1000,
                "valley_kwh": self._maybe(Decimal(self._number(0, 1000)) / 1000, 0.1),
            }
            for number in range(60)
            for day in range(0, DAYS, 7)
        ]

    # Voice ----------------------------------------------------------------------------------

    def _response(self, number: int) -> Rows:
        shared = {
            "survey": self._one(["relation", "moment"]),
            "wave": "1",
            "response_id": f"r{number}",
            "org_id": self._one(ORGS),
            "customer_id": self._who(),
            "at": self._instant(),
            "channel": self._one(CHANNELS),
        }
        items = [
            ("csat", "csat", self._number(1, 5)),
            ("nps", "nps", self._number(0, 10)),
            ("ces", "ces", self._number(1, 7)),
            ("value_for_money", "likert", self._number(1, 5)),
            ("repurchase_intention", "likert", self._number(1, 5)),
        ]
        return [
            {**shared, "item": item, "item_kind": kind, "value": self._maybe(float(value), 0.1)}
            for item, kind, value in items
        ]

    def _invitation(self, number: int) -> Row:
        at = self._instant()
        return {
            "invitation_id": f"i{number}",
            "survey": "relation",
            "org_id": self._one(ORGS),
            "customer_id": self._who(),
            "at": at,
            "delivered": self._flag(),
            "completed_at": self._maybe(self._later(at, [1, 24]), 0.6),
        }

    def _subscription(self, number: int) -> Row:
        started = self._one([date(2024, 1, 1), self._day()])
        return {
            "subscription_id": f"s{number}",
            "org_id": self._one(ORGS),
            "customer_id": self._who(few=40),
            "product": self._one(["pv", "green"]),
            "started_on": started,
            "ends_on": self._maybe(started + timedelta(days=self._number(0, 400))),
            "renewed": self._flag(),
        }

    def _ratings(self) -> Rows:
        return [
            {
                "rating_id": f"g{number}",
                "org_id": self._one(["city", "north", "n1"]),
                "period": period,
                "rater": rater,
                "score": self._maybe(float(self._number(60, 100))),
                "grade": self._one(["3", "第2名", "优", None]),
            }
            for number, (period, rater) in enumerate(
                (p, r) for p in ("2024", "2025H1", "2025-02", "2025-03") for r in ("市政府", "消协")
            )
        ]

    def _label(self, number: int) -> Row:
        return {
            "feedback_id": f"f{number}",
            "source": "test",
            "customer_id": self._who(),
            "org_id": self._one(ORGS),
            "date": self._day(),
            "channel": self._one(CHANNELS),
            "sentiment": self._one(["positive", "neutral", "negative", None]),
            "model_version": "1",
        }


def _orgs() -> Rows:
    """n2 becomes a town in March; what is known of s2 begins in February."""
    units = [
        ("city", None, None, None),
        ("north", "city", None, None),
        ("south", "city", None, None),
        ("n1", "north", "urban", None),
        ("n2", "north", "rural", None),
        ("n2", "north", "urban", date(2025, 3, 1)),
        ("s1", "south", "remote", None),
        ("s2", "south", "urban", date(2025, 2, 1)),
    ]
    return [
        {"org_id": unit, "parent_id": above, "name": unit, "area_class": area, "valid_from": start}
        for unit, above, area, start in units
    ]


def _benchmarks() -> Rows:
    return [
        {"utility": utility, "metric": "csat_mean", "period": period, "value": value}
        for utility, period, value in [
            ("东莞", "2025-03", 81.57),
            ("佛山", "2025-03", 70.0),
            ("东莞", "2025Q1", 60.0),
        ]
    ]
