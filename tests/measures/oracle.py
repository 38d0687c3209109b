"""All measures once more, in pandas, from the text of the specification and not from the engine.

Slow and plain on purpose: loops over rows, days counted one by one, nothing shared with the engine
but the numbers of the rule sets and of the indices, which are data.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

import chinese_calendar
import numpy as np
import pandas as pd  # noqa: TID253 - the oracle is pandas throughout

from powercx.analytics.definitions.catalogue import Catalogue
from powercx.analytics.definitions.measures import IndexMeasure

PARENTS = {
    "city": None,
    "north": "city",
    "south": "city",
    "n1": "north",
    "n2": "north",
    "s1": "south",
    "s2": "south",
    "unassigned": "city",
}
ARRIVAL = {"urban": 45, "rural": 90, "remote": 120}
RESTORE = {"urban": 240, "rural": 300}
CONNECTION = {"residential": 5, "low": 6, "high_single": 22, "high_double": 32}
ONLINE = {"web", "app", "wechat", "alipay", "gov"}
# Channels on which a person helps (channel catalogue).
ASSISTED = {"hotline", "hall", "manager", "email", "other"}
DAY = timedelta(days=1)
ANY = "any class"


class Figure(NamedTuple):
    """Numerator, denominator and value; None where there is none."""

    numerator: float | None
    denominator: float | None
    value: float | None


class Span(NamedTuple):
    """A period: local days from ``start`` (in) to ``end`` (out)."""

    label: str
    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days


def local(at: pd.Series) -> pd.Series:
    """Local days of instants."""
    shifted = pd.to_datetime(at, utc=True).dt.tz_convert("Asia/Shanghai")
    return objects([None if pd.isna(t) else t.date() for t in shifted], at.index)


def objects(values: Iterable[Any], index: Any = None) -> pd.Series:
    """A column that keeps None as it is."""
    return pd.Series(list(values), index=index, dtype=object)


def working_days(after: date, until: date) -> int:
    """Working days in (after, until]."""
    days = (after + n * DAY for n in range(1, (until - after).days + 1))
    return sum(chinese_calendar.is_workday(day) for day in days)


def minutes(start: pd.Series, end: pd.Series) -> pd.Series:
    return (end - start).dt.total_seconds() / 60


def true(column: pd.Series) -> pd.Series:
    """Null is not true."""
    return column.map(lambda v: v is True or v == 1).astype(bool)


class Oracle:
    """``figure(key, org, span, klass)`` over the rows of ``RandomCity``."""

    def __init__(self, tables: Mapping[str, list[dict[str, Any]]], labels: list[dict[str, Any]]):
        self.t = {name: _frame(rows) for name, rows in tables.items()}
        self.t["text_label"] = _frame(labels)
        self._versions = _versions(tables["customer"], "customer_id")
        self._points = _versions(tables["usage_point"], "usage_point_id")
        self._orgs = _versions(tables["org_unit"], "org_id")
        self._rows: dict[str, pd.DataFrame] = {}
        self._stocks: dict[tuple[str, date], Counter[tuple[str, Any]]] = {}
        self.catalogue = Catalogue()

    # References -----------------------------------------------------------------------------

    def customer(self, key: Any, day: date) -> dict[str, Any] | None:
        """The version of a customer on a day."""
        return _on(self._versions.get(key, []), day)

    def point(self, key: Any, day: date) -> dict[str, Any]:
        """The version of a usage point on a day; empty when there is none."""
        return _on(self._points.get(key, []), day) or {}

    def area(self, org: str, day: date) -> Any:
        """The area class of a unit on a day."""
        return (_on(self._orgs.get(org, []), day) or {}).get("area_class")

    def placed(self, frame: pd.DataFrame, day: str, *, points: bool = False) -> pd.DataFrame:
        """With ``org`` and ``klass`` by the rule of a row's place."""
        frame = frame.reset_index(drop=True)
        orgs, classes, customers = [], [], []
        for row in frame.to_dict("records"):
            point = self.point(row.get("usage_point_id"), row[day]) if points else {}
            who = row.get("customer_id") or point.get("customer_id")
            version = self.customer(who, row[day]) or {}
            org = row.get("org_id") or point.get("org_id") or version.get("org_id")
            orgs.append(org if org in PARENTS else "unassigned")
            classes.append(version.get("usage_category"))
            customers.append(who)
        return frame.assign(org=objects(orgs), klass=objects(classes), who=objects(customers))

    def until(self, name: str) -> date:
        """The last local day of a fact's activity."""
        columns = {
            "service_order": ["accepted_at", "completed_at", "arrived_at"],
            "contact": ["at"],
            "digital_event": ["at"],
            "bill": ["issued_on", "paid_on"],
            "interruption": ["started_at", "restored_at"],
        }[name]
        frame = self.t[name]
        days = [local(frame[c]) if c.endswith("at") else frame[c] for c in columns]
        return max(day for column in days for day in column.dropna())

    def end_of_data(self, name: str) -> pd.Timestamp:
        return pd.Timestamp(self.until(name) + DAY, tz="Asia/Shanghai")

    # Populations ----------------------------------------------------------------------------

    def stock(self, name: str, org: str, day: date, klass: Any = ANY) -> int:
        """How many of a stock there are on one day."""
        if (name, day) not in self._stocks:
            found = self._points_on(day) if name == "usage_points" else self._accounts(name, day)
            self._stocks[name, day] = Counter(found)
        units = subtree(org)
        return sum(
            number
            for (unit, of), number in self._stocks[name, day].items()
            if unit in units and (klass is ANY or klass == of)
        )

    def _accounts(self, name: str, day: date) -> Iterator[tuple[str, Any]]:
        """Unit and class of each open customer that belongs to the stock."""
        for key in self._versions:
            version = self.customer(key, day)
            if version and _open(version, day) and self._has(name, key, version, day):
                yield _unit(version["org_id"]), version["usage_category"]

    def _has(self, name: str, key: str, version: dict[str, Any], day: date) -> bool:
        if name == "subscribers":
            contracts = self.t["subscription"]
            own = contracts[contracts.customer_id == key]
            return any(
                r["started_on"] <= day and (r["ends_on"] is None or day <= r["ends_on"])
                for r in own.to_dict("records")
            )
        if name.endswith("_known"):
            return version[name.removesuffix("_known")] is not None
        return name == "customers" or version[name] is True

    def _points_on(self, day: date) -> Iterator[tuple[str, Any]]:
        for key in self._points:
            point = self.point(key, day)
            if not point:
                continue
            owner = self.customer(point["customer_id"], day) or {}
            opened = point["opened_on"] or owner.get("opened_on")
            closed = point["closed_on"] or owner.get("closed_on")
            if _open({"opened_on": opened, "closed_on": closed}, day):
                yield _unit(point["org_id"] or owner.get("org_id")), owner.get("usage_category")

    def population(self, name: str, at: str, org: str, span: Span, klass: Any) -> float:
        match at:
            case "end":
                return self.stock(name, org, span.end - DAY, klass)
            case "before":
                return self.stock(name, org, span.start - DAY, klass)
            case _:
                days = [span.start + n * DAY for n in range(span.days)]
                return sum(self.stock(name, org, day, klass) for day in days) / span.days

    # Figures --------------------------------------------------------------------------------

    def figure(self, key: str, org: str, span: Span, klass: Any = ANY) -> Figure:
        """One figure; ``klass`` a customer class, None for customers of none."""
        if key in SPECIAL:
            return SPECIAL[key](self, org, span, klass)
        if key in MEANS or key in SHARES:
            rows = self.cut(key, org, span, klass)
            return _ratio(rows.x.sum(), rows.y.sum(), SCALES.get(key, 1))
        return self._rate(key, org, span, klass)

    def cut(self, key: str, org: str, span: Span, klass: Any) -> pd.DataFrame:
        """The counted rows of a measure: ``x`` above and ``y`` below the line."""
        if key not in self._rows:
            self._rows[key] = {**MEANS, **SHARES, **RATES}[key](self)
        rows = self._rows[key]
        rows = rows[rows.org.isin(subtree(org)) & rows.day.notna()]
        rows = rows[rows.day.map(lambda d: span.start <= d < span.end).astype(bool)]
        return rows if klass is ANY else rows[rows.klass.map(lambda k: k == klass).astype(bool)]

    def _rate(self, key: str, org: str, span: Span, klass: Any) -> Figure:
        name, at = POPULATIONS[key]
        top = float(self.cut(key, org, span, klass).x.sum())
        below = self.population(name, at, org, span, klass)
        if not self.covered(key, span):
            return Figure(None, None, None)
        return _ratio(top, below, SCALES.get(key, 1))

    def covered(self, key: str, span: Span) -> bool:
        """Whether anything of the fact is known of the period."""
        if key == "churn":
            return True
        name = "service_order" if "complaint" in key else "interruption"
        column = "accepted_at" if name == "service_order" else "started_at"
        first = min(local(self.t[name][column]).dropna())
        return span.start <= self.until(name) and first < span.end


def _versions(rows: list[dict[str, Any]], key: str) -> dict[str, list[dict[str, Any]]]:
    """Versions by key with ``begins`` (in) and ``ends`` (out)."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row[key], []).append({**row, "begins": row["valid_from"] or date.min})
    for versions in found.values():
        versions.sort(key=lambda version: version["begins"])
        for version, following in zip(versions, [*versions[1:], None], strict=True):
            version["ends"] = following["begins"] if following else date.max
    return found


def _on(versions: list[dict[str, Any]], day: date) -> dict[str, Any] | None:
    return next((v for v in versions if v["begins"] <= day < v["ends"]), None)


def subtree(org: str) -> set[str]:
    """The unit and all beneath it."""
    units = {org}
    for _ in PARENTS:
        units |= {unit for unit, above in PARENTS.items() if above in units}
    return units


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, dtype=object)
    for name in frame:
        if name.endswith("_at") or name == "at":
            frame[name] = pd.to_datetime(frame[name], utc=True)
        else:
            frame[name] = objects(map(_plain, frame[name]), frame.index)
    return frame


def _plain(value: Any) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return float(value) if type(value).__name__ == "Decimal" else value


def _unit(org: Any) -> str:
    return org if org in PARENTS else "unassigned"


def _open(version: Mapping[str, Any], day: date) -> bool:
    opened, closed = version["opened_on"], version["closed_on"]
    return opened is not None and opened <= day and (closed is None or day < closed)


def _ratio(top: float, below: float, scale: float = 1) -> Figure:
    value = scale * float(top) / float(below) if below else None
    return Figure(float(top), float(below), value)


def _counted(
    frame: pd.DataFrame, day: str, x: Any, y: Any = 1, known: Iterable[str] = ()
) -> pd.DataFrame:
    """Rows with their day, ``x`` and ``y``; those with a gap in a ``known`` column left out."""
    frame = frame.assign(day=frame[day], x=x, y=y)
    for name in known:
        frame = frame[frame[name].notna()]
    return frame[["day", "org", "klass", "who", "x", "y"]].astype({"x": float, "y": float})


# Orders ---------------------------------------------------------------------------------------


def orders(o: Oracle) -> pd.DataFrame:
    frame = o.t["service_order"]
    frame = frame[frame.status != "cancelled"]
    frame = frame.assign(
        accepted_on=local(frame.accepted_at),
        completed_on=local(frame.completed_at),
        due_on=local(frame.due_at),
    )
    return o.placed(frame, "accepted_on")


def connections(o: Oracle) -> pd.DataFrame:
    frame = orders(o)
    frame = frame[frame.type_l1 == "connection"].reset_index(drop=True)
    until, days, within, decided = o.until("service_order"), [], [], []
    for row in frame.to_dict("records"):
        kind = "residential" if row["klass"] == "residential" else row["voltage_level"]
        limit, done = CONNECTION.get(kind), row["completed_on"]
        spent = working_days(row["accepted_on"], done) if done else None
        ok = limit is not None and spent is not None and spent <= limit
        days.append(spent)
        within.append(ok)
        decided.append(done if ok else _first_late_day(row["accepted_on"], limit, until))
    return frame.assign(spent=days, within=within, decided=objects(decided))


def _first_late_day(accepted: date, limit: int | None, until: date) -> date | None:
    if limit is None:
        return None
    day, count = accepted, 0
    while count <= limit:
        day += DAY
        if day > until:
            return None
        count += chinese_calendar.is_workday(day)
    return day


def order_on_time(o: Oracle) -> pd.DataFrame:
    frame = orders(o)
    frame = frame[frame.due_at.notna()].reset_index(drop=True)
    until, in_time, decided = o.until("service_order"), [], []
    for row in frame.to_dict("records"):
        ok = row["completed_at"] <= row["due_at"]
        late = row["due_on"] + DAY
        in_time.append(ok)
        decided.append(row["completed_on"] if ok else (late if late <= until else None))
    return _counted(frame.assign(decided=objects(decided)), "decided", in_time)


def completed(o: Oracle) -> pd.DataFrame:
    frame = orders(o)
    frame = frame[frame.completed_at.notna()]
    return frame.assign(hours=minutes(frame.accepted_at, frame.completed_at) / 60)


def faults(o: Oracle) -> pd.DataFrame:
    frame = orders(o)
    frame = frame[frame.type_l1 == "fault"]
    places = zip(frame.org, frame.accepted_on, strict=True)
    area = objects([o.area(org, day) for org, day in places], frame.index)
    return frame.assign(
        arrival=minutes(frame.accepted_at, frame.arrived_at),
        restore=minutes(frame.arrived_at, frame.completed_at),
        arrival_limit=area.map(ARRIVAL),
        restore_limit=area.map(RESTORE),
        waited=minutes(frame.accepted_at, pd.Series(o.end_of_data("service_order"), frame.index)),
    )


def fault_arrival(o: Oracle) -> pd.DataFrame:
    frame = faults(o)
    missing = frame.arrived_at.isna() & frame.completed_at.isna()
    frame = frame[frame.arrived_at.notna() | (missing & (frame.waited > frame.arrival_limit))]
    in_time = (frame.arrival <= frame.arrival_limit).astype(float)
    return _counted(frame, "accepted_on", in_time, known=["arrival_limit"])


def restored(o: Oracle) -> pd.DataFrame:
    frame = faults(o)
    return frame[frame.arrived_at.notna() & frame.completed_at.notna()]


def complaints(o: Oracle, *, regulator: bool = False) -> pd.DataFrame:
    frame = orders(o)
    frame = frame[frame.type_l1 == "complaint"]
    return _counted(frame[frame.regulator == "12398"] if regulator else frame, "accepted_on", 1)


def face_scan(o: Oracle) -> pd.DataFrame:
    frame = orders(o)
    by_type = frame.type_l1.isin(["connection", "change"])
    said = frame.face_scan_eligible
    frame = frame[[bool(t if s is None else s) for s, t in zip(said, by_type, strict=True)]]
    return _counted(frame, "accepted_on", true(frame.face_scan), known=["face_scan"])


# Contacts -------------------------------------------------------------------------------------


def contacts(o: Oracle) -> pd.DataFrame:
    frame = o.t["contact"]
    return o.placed(frame.assign(date=local(frame["at"])), "date")


def hotline_in(o: Oracle) -> pd.DataFrame:
    frame = contacts(o)
    return frame[(frame.channel == "hotline") & (frame.direction == "in")]


def resolution(o: Oracle) -> pd.DataFrame:
    frame = contacts(o)
    frame = frame[
        frame.customer_id.notna() & frame.business_type.notna() & (frame.direction == "in")
    ]
    last = o.until("contact") - 7 * DAY
    hits = []
    for row in frame.to_dict("records"):
        same = frame[
            (frame.customer_id == row["customer_id"])
            & (frame.business_type == row["business_type"])
            & (frame.contact_id != row["contact_id"])
        ]
        # Of two contacts at one instant the later is told by its number.
        later = (same["at"] > row["at"]) | (
            (same["at"] == row["at"]) & (same.contact_id > row["contact_id"])
        )
        soon = same["at"] <= row["at"] + pd.Timedelta(hours=7 * 24)
        hits.append(row["resolved"] is True and not (later & soon).any())
    frame = frame.assign(hit=hits)
    frame = frame[frame.date.map(lambda d: d <= last).astype(bool)]
    return _counted(frame, "date", frame.hit, known=["resolved"])


def repeats(o: Oracle) -> pd.DataFrame:
    """Contacts of known customers with ``x`` = it follows another."""
    frame = contacts(o)
    frame = frame[frame.customer_id.notna()]
    hits = []
    for row in frame.to_dict("records"):
        same = frame[
            (frame.customer_id == row["customer_id"])
            & (frame.business_type == row["business_type"])
            & frame.business_type.notna()
            & (frame.contact_id != row["contact_id"])
        ]
        before = (same["at"] < row["at"]) | (
            (same["at"] == row["at"]) & (same.contact_id < row["contact_id"])
        )
        hits.append((before & (same["at"] >= row["at"] - pd.Timedelta(hours=30 * 24))).any())
    return _counted(frame, "date", hits)


def journeys(o: Oracle) -> pd.DataFrame:
    frame = contacts(o)
    frame = frame[frame.customer_id.notna() & frame.business_type.notna()]
    found = []
    for _, group in frame.groupby(["customer_id", "business_type"]):
        journey: list[dict[str, Any]] = []
        for row in group.sort_values(["at", "contact_id"]).to_dict("records"):
            if journey and row["at"] - journey[-1]["at"] > pd.Timedelta(days=7):
                found.append(journey)
                journey = []
            journey.append(row)
        found.append(journey)
    firsts = pd.DataFrame([journey[0] for journey in found], dtype=object)
    switched = [len({row["channel"] for row in journey}) > 1 for journey in found]
    return _counted(firsts, "date", switched)


def sessions(o: Oracle) -> pd.DataFrame:
    events = o.t["digital_event"]
    events = events[events.business_type.notna() & events.customer_id.notna()]
    events = events.assign(date=local(events["at"]))
    calls = contacts(o)
    calls = calls[
        (calls.direction == "in") & calls.channel.isin(ASSISTED) & ~true(calls.self_service)
    ]
    rows = []
    for (_, business), group in events.groupby(["session_id", "business_type"]):
        ordered = group.sort_values(["at", "event_id"])
        known = [v for v in ordered.succeeded if v is not None]
        if not known:
            continue
        who, last = group.customer_id.iloc[0], group["at"].max()
        own = calls[(calls.customer_id == who) & (calls.business_type == business)]
        helped = ((own["at"] > last) & (own["at"] <= last + pd.Timedelta(hours=24))).any()
        places = group.org_id.dropna()
        org = max(places) if len(places) else None
        day = group.date.min()
        rows.append({"customer_id": who, "org_id": org, "date": day, "x": known[-1] and not helped})
    frame = o.placed(pd.DataFrame(rows, dtype=object), "date")
    return _counted(frame, "date", frame.x)


# Supply ---------------------------------------------------------------------------------------


def interruptions(o: Oracle) -> pd.DataFrame:
    frame = o.t["interruption"]
    frame = o.placed(frame.assign(started_on=local(frame.started_at)), "started_on", points=True)
    end = frame.restored_at.fillna(o.end_of_data("interruption").tz_convert("UTC"))
    return frame.assign(minutes=minutes(frame.started_at, end))


def sustained(
    o: Oracle, cut: float, *, unplanned: bool = False, count: bool = False
) -> pd.DataFrame:
    frame = interruptions(o)
    frame = frame[frame.minutes > cut]
    frame = frame[~true(frame.planned)] if unplanned else frame
    return _counted(frame, "started_on", 1 if count else frame.minutes)


def momentary(o: Oracle, cut: float) -> pd.DataFrame:
    frame = interruptions(o)
    return _counted(frame[frame.minutes <= cut], "started_on", 1)


def notice(o: Oracle) -> pd.DataFrame:
    frame = interruptions(o)
    frame = frame[true(frame.planned)]
    ahead = frame.started_at - frame.notified_at >= pd.Timedelta(hours=7 * 24)
    return _counted(frame, "started_on", ahead)


def major_event_days(o: Oracle, year: int) -> set[date] | None:
    """Days of ``year`` above the threshold of the year before (there is one year of data)."""
    rows = o.cut("saidi", "city", Span("", date(2000, 1, 1), date(2100, 1, 1)), ANY)
    total = rows.groupby("day").x.sum()
    daily = {
        day: value / served
        for day, value in total.items()
        if (served := o.stock("usage_points", "city", day))
    }
    before = [v for day, v in daily.items() if day.year == year - 1 and v > 0]
    if not before or min(local(o.t["interruption"].started_at)) > date(year - 1, 1, 1):
        return None
    logs = [math.log(v) for v in before]
    mean = sum(logs) / len(logs)
    deviation = math.sqrt(sum((x - mean) ** 2 for x in logs) / (len(logs) - 1))
    limit = math.exp(mean + 2.5 * deviation)
    return {day for day, v in daily.items() if day.year == year and v > limit}


def without_major_events(o: Oracle, key: str, org: str, span: Span, klass: Any) -> Figure:
    rows = o.cut(key, org, span, klass)
    for year in range(span.start.year, (span.end - DAY).year + 1):
        days = major_event_days(o, year)
        if days is None:
            return Figure(None, None, None)
        rows = rows[~rows.day.isin(days)]
    if not o.covered(key, span):
        return Figure(None, None, None)
    return _ratio(rows.x.sum(), o.population("usage_points", "served", org, span, klass))


def voltage(o: Oracle, org: str, span: Span, _klass: Any) -> Figure:
    if span.start.day != 1 or span.end.day != 1:
        return Figure(None, None, None)
    frame = o.placed(o.t["voltage_month"], "month")
    frame = frame[frame.org.isin(subtree(org))]
    frame = frame[frame.month.map(lambda d: span.start <= d < span.end).astype(bool)]
    shares = {}
    for name, group in frame.groupby("point_class"):
        out = (group.minutes_over + group.minutes_under).sum()
        shares[name] = 1 - out / group.minutes_monitored.sum()
    halves = [shares["A"]] if "A" in shares else []
    others = [shares[name] for name in "BCD" if name in shares]
    halves += [sum(others) / len(others)] if others else []
    return Figure(None, None, sum(halves) / len(halves) if halves else None)


def bills(o: Oracle) -> pd.DataFrame:
    return o.placed(o.t["bill"], "issued_on")


def paid_in_time(o: Oracle) -> pd.DataFrame:
    frame, until = bills(o), o.until("bill")
    frame = frame[frame.due_on.map(lambda d: d is not None and d <= until).astype(bool)]
    pairs = zip(frame.paid_on, frame.due_on, strict=True)
    return _counted(frame, "due_on", [paid is not None and paid <= due for paid, due in pairs])


def collection(o: Oracle, org: str, span: Span, klass: Any) -> Figure:
    limit = span.end - DAY + 30 * DAY
    frame = bills(o)
    paid = [
        (cny or 0) if on is not None and on <= limit else 0
        for on, cny in zip(frame.paid_on, frame.paid_cny, strict=True)
    ]
    o._rows["collection"] = _counted(frame, "issued_on", paid, frame.amount_cny)
    rows = o.cut("collection", org, span, klass)
    if o.until("bill") < limit:
        return Figure(None, None, None)
    return _ratio(rows.x.sum(), rows.y.sum())


def time_of_use(o: Oracle) -> pd.DataFrame:
    frame = o.placed(o.t["usage_daily"], "date", points=True)
    tariffs = [
        (o.customer(who, day) or {}).get("tariff")
        for who, day in zip(frame.who, frame.date, strict=True)
    ]
    frame = frame[[tariff == "tou" for tariff in tariffs]]
    return _counted(frame, "date", frame.valley_kwh, frame.kwh, known=["valley_kwh"])


# Voice and outcomes -----------------------------------------------------------------------------


def answers(o: Oracle, column: str, name: str) -> pd.DataFrame:
    frame = o.t["survey_answer"]
    frame = o.placed(frame.assign(date=local(frame["at"])), "date")
    return frame[(frame[column] == name) & frame.value.notna()]


def scored(column: str, name: str, score: Callable[[float], float]) -> Callable[[Oracle], Any]:
    def rows(o: Oracle) -> pd.DataFrame:
        frame = answers(o, column, name)
        return _counted(frame, "date", frame.value.map(score))

    return rows


def invitations(o: Oracle) -> pd.DataFrame:
    frame = o.t["survey_invitation"]
    frame = o.placed(frame.assign(date=local(frame["at"])), "date")
    frame = frame[true(frame.delivered)]
    return _counted(frame, "date", frame.completed_at.notna())


def renewals(o: Oracle) -> pd.DataFrame:
    frame = o.placed(o.t["subscription"], "started_on")
    return _counted(frame, "ends_on", true(frame.renewed), known=["renewed"])


def labels(o: Oracle) -> pd.DataFrame:
    frame = o.placed(o.t["text_label"], "date")
    marks = frame.sentiment.map({"positive": 1, "negative": -1, "neutral": 0})
    return _counted(frame, "date", marks, known=["sentiment"])


def closed(o: Oracle) -> pd.DataFrame:
    last = [versions[-1] for versions in o._versions.values()]
    rows = [v for v in last if v["closed_on"] and v["close_reason"] == "by_choice"]
    frame = o.placed(pd.DataFrame(rows, dtype=object), "closed_on")
    return _counted(frame, "closed_on", 1)


def share_at_end(stock: str, of: str) -> Callable[..., Figure]:
    def figure(o: Oracle, org: str, span: Span, klass: Any) -> Figure:
        day = span.end - DAY
        if stock == "subscribers" and day < min(o.t["subscription"].started_on):
            return Figure(None, None, None)
        return _ratio(o.stock(stock, org, day, klass), o.stock(of, org, day, klass))

    return figure


def repeat_customers(o: Oracle, org: str, span: Span, klass: Any) -> Figure:
    rows = o.cut("repeat_contact_30d", org, span, klass)
    return _ratio(rows[rows.x > 0].who.nunique(), rows.who.nunique())


def active(o: Oracle, org: str, span: Span, klass: Any) -> Figure:
    events = o.t["digital_event"]
    events = o.placed(events.assign(date=local(events["at"])), "date")
    o._rows["active_digital"] = _counted(events[events.who.notna()], "date", 1)
    count = o.cut("active_digital", org, span, klass).who.nunique()
    days = local(o.t["digital_event"]["at"])
    if span.start > max(days) or span.end <= min(days):
        return Figure(None, None, None)
    return _ratio(count, o.stock("customers", org, span.end - DAY, klass))


def percentile(q: float) -> Callable[..., Figure]:
    """The smallest value that at least the share ``q`` of all does not exceed."""

    def figure(o: Oracle, org: str, span: Span, klass: Any) -> Figure:
        hours = np.sort(o.cut("order_duration", org, span, klass).x.to_numpy())
        value = float(hours[math.ceil(q * len(hours) - 1e-9) - 1]) if len(hours) else None
        return Figure(None, None, value)

    return figure


# Made of others ---------------------------------------------------------------------------------


def caidi(suffix: str) -> Callable[..., Figure]:
    def figure(o: Oracle, org: str, span: Span, klass: Any) -> Figure:
        time, count = (o.figure(f"{n}{suffix}", org, span, klass) for n in ("saidi", "saifi"))
        known = time.numerator is not None and count.numerator
        return Figure(None, None, time.numerator / count.numerator if known else None)

    return figure


def asai(suffix: str) -> Callable[..., Figure]:
    def figure(o: Oracle, org: str, span: Span, klass: Any) -> Figure:
        time = o.figure(f"saidi{suffix}", org, span, klass).value
        return Figure(None, None, None if time is None else 1 - time / (span.days * 1440))

    return figure


def complaint_change(o: Oracle, org: str, span: Span, klass: Any) -> Figure:
    ends = [day.replace(year=day.year - 1) for day in (span.start, span.end)]
    before = Span("", *ends)
    now, then = (o.cut("complaint_rate", org, s, klass).x.sum() for s in (span, before))
    known = o.covered("complaint_rate", span) and then
    return Figure(None, None, now / then - 1 if known else None)


def differentiation(o: Oracle, org: str, span: Span, klass: Any) -> Figure:
    others = o.t["benchmark"]
    others = others[(others.metric == "csat_mean") & (others.period == span.label)]
    own = o.figure("csat_mean", org, span, klass).value
    known = own is not None and len(others)
    return Figure(None, None, own - max(others.value) if known else None)


def index(key: str) -> Callable[..., Figure]:
    def figure(o: Oracle, org: str, span: Span, klass: Any) -> Figure:
        definition = o.catalogue.measures[key].measure
        assert isinstance(definition, IndexMeasure)
        weights = [c.weight for c in definition.components]
        if definition.weights.judgements:
            weights = principal(definition.weights.judgements)
        total = weight_found = 0.0
        for component, weight in zip(definition.components, weights, strict=True):
            value = o.figure(component.measure, org, span, klass).value
            if value is not None:
                share = (value - component.floor) / (component.target - component.floor)
                total += weight * 100 * min(max(share, 0), 1)
                weight_found += weight
        return Figure(None, None, total / weight_found if weight_found else None)

    return figure


def principal(judgements: list[list[float]]) -> list[float]:
    """The principal eigenvector, by repeated multiplication; rounded reciprocals made exact."""
    size = len(judgements)
    matrix = np.ones((size, size))
    for i in range(size):
        for j in range(size):
            high = max(judgements[i][j], judgements[j][i])
            matrix[i, j] = high if judgements[i][j] == high else 1 / high
    weights = np.ones(size)
    for _ in range(200):
        weights = matrix @ weights
        weights /= weights.sum()
    return [float(w) for w in weights]


SHARES: dict[str, Callable[[Oracle], pd.DataFrame]] = {
    "connection_on_time": lambda o: _counted(f := connections(o), "decided", f.within),
    "order_on_time": order_on_time,
    "fault_arrival_on_time": fault_arrival,
    "fault_restore_on_time": lambda o: _counted(
        f := restored(o),
        "completed_on",
        (f.restore <= f.restore_limit).astype(float),
        known=["restore_limit"],
    ),
    "hotline_answer_20s": lambda o: _counted(
        f := hotline_in(o),
        "date",
        true(f.answered) & (f.wait_s.astype(float) <= 20),
        known=["answered", "wait_s"],
    ),
    "hotline_abandon": lambda o: _counted(
        f := hotline_in(o), "date", true(f.abandoned), known=["abandoned"]
    ),
    "first_contact_resolution": resolution,
    "channel_switch": journeys,
    "outage_notice": notice,
    "csat": scored("item_kind", "csat", lambda v: v >= 4),
    "callback_satisfaction": lambda o: _counted(
        f := completed(o),
        "completed_on",
        f.callback_score.astype(float) >= 4,
        known=["callback_score"],
    ),
    "hotline_rating": lambda o: _counted(
        f := contacts(o)[lambda c: c.channel == "hotline"],
        "date",
        f.rating.astype(float) >= 4,
        known=["rating"],
    ),
    "bill_error": lambda o: _counted(
        f := bills(o), "issued_on", f.error_kind != "none", known=["error_kind"]
    ),
    "charge_error": lambda o: _counted(
        f := bills(o), "issued_on", f.error_cny.astype(float).abs().fillna(0), f.amount_cny
    ),
    "survey_response": invitations,
    "online_share": lambda o: _counted(
        f := orders(o), "accepted_on", f.channel.isin(ONLINE), known=["channel"]
    ),
    "face_scan_share": face_scan,
    "self_service_completion": sessions,
    "on_time_payment": paid_in_time,
    "peak_shift": time_of_use,
    "renewal": renewals,
    "referral": lambda o: _counted(f := orders(o), "accepted_on", f.referred_by.notna()),
    "voice_net": labels,
}
SHARES["bill_error_10k"] = SHARES["bill_error"]
MEANS: dict[str, Callable[[Oracle], pd.DataFrame]] = {
    "connection_time": lambda o: _counted(
        f := connections(o)[lambda c: c.completed_on.notna()], "completed_on", f.spent
    ),
    "order_duration": lambda o: _counted(f := completed(o), "completed_on", f.hours),
    "fault_arrival_mean": lambda o: _counted(
        f := faults(o)[lambda c: c.arrived_at.notna()], "accepted_on", f.arrival
    ),
    "fault_restore_time": lambda o: _counted(f := restored(o), "completed_on", f.restore),
    "csat_mean": scored("item_kind", "csat", lambda v: 25 * (v - 1)),
    "nps": scored("item_kind", "nps", lambda v: 1 if v >= 9 else -1 if v <= 6 else 0),
    "ces": scored("item_kind", "ces", float),
    "value_for_money": scored("item", "value_for_money", float),
    "repurchase_intention": scored("item", "repurchase_intention", float),
}
RATES: dict[str, Callable[[Oracle], pd.DataFrame]] = {
    "complaint_rate": complaints,
    "regulator_complaint": lambda o: complaints(o, regulator=True),
    "saidi": lambda o: sustained(o, 5),
    "saifi": lambda o: sustained(o, 5, count=True),
    "maifi": lambda o: momentary(o, 5),
    "saidi_unplanned": lambda o: sustained(o, 5, unplanned=True),
    "saifi_unplanned": lambda o: sustained(o, 5, unplanned=True, count=True),
    "saidi_dlt836": lambda o: sustained(o, 3),
    "saifi_dlt836": lambda o: sustained(o, 3, count=True),
    "maifi_dlt836": lambda o: momentary(o, 3),
    "churn": closed,
    "repeat_contact_30d": repeats,
}
POPULATIONS = {
    "complaint_rate": ("customers", "served"),
    "regulator_complaint": ("customers", "served"),
    "churn": ("customers", "before"),
    **{key: ("usage_points", "served") for key in RATES if key[:5] in ("saidi", "saifi", "maifi")},
}
SCALES = {
    "nps": 100,
    "bill_error_10k": 10_000,
    "complaint_rate": 10_000,
    "regulator_complaint": 10_000,
}
SPECIAL: dict[str, Callable[..., Figure]] = {
    "order_duration_p50": percentile(0.5),
    "order_duration_p90": percentile(0.9),
    "repeat_contact_30d": repeat_customers,
    "active_digital": active,
    "saidi_ex_med": lambda o, *asked: without_major_events(o, "saidi", *asked),
    "saifi_ex_med": lambda o, *asked: without_major_events(o, "saifi", *asked),
    **{f"caidi{suffix}": caidi(suffix) for suffix in ("", "_ex_med", "_dlt836")},
    **{f"asai{suffix}": asai(suffix) for suffix in ("", "_dlt836")},
    "voltage_compliance": voltage,
    "collection": collection,
    "ebill_share": share_at_end("e_bill", "e_bill_known"),
    "autopay_share": share_at_end("auto_pay", "auto_pay_known"),
    "service_penetration": share_at_end("subscribers", "customers"),
    "complaint_change": complaint_change,
    "differentiation": differentiation,
    **{
        key: index(key)
        for key in ("experience_index", "loyalty_index", "service_quality_index", "perceived_value")
    },
}
