"""Rows of the reference tables, and of the city's own small tables."""

from __future__ import annotations

from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from powercx.analytics.simulate.arrays import DAY, NEVER, Array, Coded, Columns, Ints, Rng, ids
from powercx.analytics.simulate.identity import (
    addresses,
    credit_codes,
    firm_names,
    person_names,
    phones,
    resident_ids,
)
from powercx.analytics.simulate.keys import customer_ids, feeder_ids, point_ids
from powercx.analytics.simulate.people import CLOSE_REASONS, People
from powercx.analytics.simulate.plan import AREAS, CATEGORIES, City
from powercx.analytics.simulate.strengths import catalogue

_YEAR = 365
_RESIDENTIAL = 0


def org_columns(city: City) -> Columns:
    """One company, its bureaus, their stations."""
    names, stations = catalogue("names"), city.stations
    bureaus = int(stations.bureau.max()) + 1
    bureau_ids = [f"B{k + 1:02d}" for k in range(bureaus)]
    rows: list[tuple[str | None, ...]] = [("C0", None, "粤海市供电公司", "公司", None)]
    rows += [(key, "C0", names["bureaus"][k], "供电局", None) for k, key in enumerate(bureau_ids)]
    areas = [
        {"urban": "城市", "rural": "农村", "remote": "特殊边远"}[AREAS[a]] for a in stations.area
    ]
    rows += [
        (key, bureau_ids[b], name, "供电所", area)
        for key, b, name, area in zip(
            stations.org_ids, stations.bureau, stations.names, areas, strict=True
        )
    ]
    heads = ("org_id", "parent_id", "name", "level", "area_class")
    return {
        head: pa.array(values, pa.string())
        for head, values in zip(heads, zip(*rows, strict=True), strict=True)
    }


def provider_columns() -> Columns:
    """The providers named in the catalogue."""
    rows = catalogue("names")["providers"]
    scopes = [row[2] for row in rows]
    return {
        "provider_id": pa.array([row[0] for row in rows]),
        "name": pa.array([row[1] for row in rows]),
        "scope": Coded(scopes, np.arange(len(scopes)), "provider_scope"),
        "org_id": pa.array(["C0"] * len(rows)),
    }


def customer_columns(city: City, people: People, rng: Rng) -> Columns:
    """Rows of ``customer`` with the personal columns a source would hold; all of it fictional."""
    number, count = city.strengths.number, len(people)
    is_firm = people.category != _RESIDENTIAL
    trades = catalogue("names")["firm_industries"]
    trade = rng.integers(0, len(trades), count)
    closed = people.closed != NEVER
    kva = np.array([8, 50, 1600, 30, 60])[people.category] * np.clip(people.size, 0.3, 20)
    return {
        "customer_id": customer_ids(people.numbers),
        "org_id": Coded(city.stations.org_ids, people.station),
        **_personal(city, people, trade, is_firm, rng),
        "kind": Coded(("person", "organisation"), is_firm.astype(int), "customer_kind"),
        "id_type": Coded(("resident_id", "credit_code"), is_firm.astype(int), "id_type"),
        "usage_category": Coded(CATEGORIES, people.category, "usage_category"),
        "industry_code": Coded(trades, np.where(is_firm, trade, -1)),
        "voltage_kv": np.where(people.voltage > 0, 10.0, np.where(is_firm, 0.38, 0.22)),
        "contract_kva": np.round(kva),
        "opened_on": people.opened,
        "closed_on": people.closed,
        "status": Coded(("active", "closed"), closed.astype(int), "customer_status"),
        "e_bill": people.e_bill,
        "auto_pay": people.auto_pay,
        "verified_on": _verified(city, people, rng),
        "consent_survey": people.consent,
        "consent_marketing": rng.random(count) < number("customers.consent_marketing"),
        "language": Coded(
            ("zh", "yue"), (rng.random(count) < number("customers.cantonese")).astype(int)
        ),
        "tariff": Coded(("flat", "tou"), people.tou.astype(int), "tariff"),
        "close_reason": Coded(CLOSE_REASONS, people.close_reason, "close_reason"),
        "influence": np.round(rng.beta(1.3, 6.0, count) * 100, 1),
    }


def _personal(city: City, people: People, trade: Array, is_firm: Array, rng: Rng) -> Columns:
    number, count = city.strengths.number, len(people)
    bureau = city.stations.bureau[people.station]
    districts = pa.array(catalogue("names")["districts"])
    place = districts.take(pa.array(bureau % len(districts)))
    wrong = rng.random(count) < number("dirt.bad_identity")
    firm = pa.array(is_firm)
    names = pc.if_else(firm, firm_names(rng, trade, place), person_names(rng, count))
    papers = pc.if_else(
        firm, credit_codes(people.numbers, wrong), resident_ids(people.numbers, wrong)
    )
    shared = rng.random(count) < number("dirt.shared_phone")
    calls = np.where(shared, people.first, people.numbers)
    return {
        "name": names,
        "id_number": papers,
        "phone": phones(calls, rng.random(count) < number("dirt.missing_phone")),
        "address": addresses(rng, bureau),
    }


def _verified(city: City, people: People, rng: Rng) -> Ints:
    """Three in four were verified at some time since their account was opened."""
    back = -rng.integers(1, 4 * _YEAR, len(people))
    verified = np.maximum(people.opened, back)
    known = rng.random(len(people)) < city.strengths.number("customers.verified")
    return np.where(known & (people.opened < 0), verified, NEVER)


def point_columns(city: City, people: People, rng: Rng) -> Columns:
    """Rows of ``usage_point``."""
    points = people.points
    customer, every = points.customer, np.arange(len(points))
    transformer = (people.block * 1_000 + points.feeder) * 100 + points.transformer
    keys = (people.first + customer) * 10 + points.number
    backup = np.array([0.0, 0.05, 0.4, 0.03, 0.1])[people.category[customer]]
    return {
        "usage_point_id": point_ids(people, every),
        "customer_id": customer_ids(people.first + customer),
        "org_id": Coded(city.stations.org_ids, people.station[customer]),
        "feeder_id": feeder_ids(people, points.feeder),
        "transformer_id": ids("T", transformer, 9),
        "supply_count": people.supplies[customer],
        "own_backup": rng.random(len(points)) < backup,
        "meter_id": ids("4403", keys, 10),
        "contract_no": ids("HT", people.first + customer, 9),
        "opened_on": people.opened[customer],
        "closed_on": people.closed[customer],
    }


def identity_columns(city: City, people: People, rng: Rng) -> Columns:
    """App and WeChat accounts that are linked to a customer."""
    linked = np.flatnonzero(
        rng.random(len(people)) < city.strengths.number("services.linked_identity")
    )
    channel = rng.integers(0, 3, len(linked))
    days = rng.integers(1, 3 * _YEAR, len(linked))
    linked_at = (
        np.maximum(people.opened[linked], -days) * DAY + rng.integers(8, 22, len(linked)) * 3600
    )
    return {
        "channel": Coded(("app", "wechat", "alipay"), channel, "channel"),
        "channel_user_id": ids("U", (people.first + linked) * 7 + 13, 11),
        "customer_id": customer_ids(people.first + linked),
        "linked_at": linked_at,
        "proof": Coded(("短信验证码", "刷脸", "户号加证件"), rng.integers(0, 3, len(linked))),
    }


_POINTS_A_STATION = {"A": 1, "B": 1, "C": 3, "D": 5}
_QUALIFIED = {"A": 0.9985, "B": 0.997, "C": 0.995, "D": 0.988}


def voltage_columns(city: City, rng: Rng) -> Columns:
    """Monitoring points of every station and month; weaker voltage in remote and bad stations."""
    classes = [name for name, count in _POINTS_A_STATION.items() for _ in range(count)]
    rows = list(
        product(
            range(len(city.stations.org_ids)), range(len(classes)), range(len(city.calendar.months))
        )
    )
    station, place, month = (np.array(column) for column in zip(*rows, strict=True))
    minutes = np.array([m.days * 1440 for m in city.calendar.months])[month]
    lacking = 1 - np.array([_QUALIFIED[name] for name in classes])[place]
    worse = np.array([1.0, 1.5, 2.2])[city.stations.area[station]] * (
        1 + city.stations.bad[station]
    )
    out = minutes * np.clip(lacking * worse * rng.lognormal(0, 0.5, len(rows)), 0, 0.3)
    over = rng.beta(2, 3, len(rows))
    return {
        "point_id": pa.array([f"V{city.stations.org_ids[s]}{p + 1:02d}" for s, p, _ in rows]),
        "point_class": Coded(
            list(_POINTS_A_STATION),
            np.array([list(_POINTS_A_STATION).index(classes[p]) for p in place]),
            "point_class",
        ),
        "month": Coded([m.label for m in city.calendar.months], month),
        "minutes_monitored": minutes,
        "minutes_over": np.round(out * over),
        "minutes_under": np.round(out * (1 - over)),
        "org_id": Coded(city.stations.org_ids, station),
    }


def _quarters(city: City) -> list[str]:
    labels = [m.label for m in city.calendar.months]
    return list(dict.fromkeys(f"{label[:4]}Q{(int(label[5:]) + 2) // 3}" for label in labels))


def rating_columns(city: City, rng: Rng) -> Columns:
    """Ratings of every quarter by two raters, for the company and its bureaus, with the rank."""
    units = ["C0", *[f"B{k + 1:02d}" for k in range(int(city.stations.bureau.max()) + 1)]]
    raters = ("市政府公共服务评价", "第三方满意度测评")
    made: list[tuple[str, str, str, str, float, str]] = []
    for period, rater in product(_quarters(city), raters):
        scores = np.round(rng.normal(85.5, 1.8, len(units)), 2)
        rank = (-scores[1:]).argsort().argsort() + 1
        grades = ["1", *[str(r) for r in rank]]
        made += [
            (
                f"R{period}-{raters.index(rater) + 1}-{unit}",
                period,
                rater,
                unit,
                float(score),
                grade,
            )
            for unit, score, grade in zip(units, scores, grades, strict=True)
        ]
    heads = ("rating_id", "period", "rater", "org_id", "score", "grade")
    return {
        head: pa.array(values) for head, values in zip(heads, zip(*made, strict=True), strict=True)
    }


_BENCHMARKS = {
    "saidi": (310.0, 60.0),
    "saifi": (2.1, 0.3),
    "csat": (0.82, 0.02),
    "nps": (34.0, 5.0),
    "complaint_rate": (6.0, 1.5),
    "connection_time": (4.1, 0.6),
    "connection_on_time": (0.95, 0.02),
    "hotline_answer_20s": (0.85, 0.04),
    "voltage_compliance": (0.993, 0.003),
    "online_share": (0.6, 0.08),
    "fault_arrival_on_time": (0.93, 0.03),
    "order_on_time": (0.94, 0.02),
}


def benchmark_columns(city: City, rng: Rng) -> Columns:
    """Fictional figures of two other suppliers, by year and quarter."""
    years = list(dict.fromkeys(m.label[:4] for m in city.calendar.months))
    rows = [
        (
            utility,
            metric,
            period,
            round(float(rng.normal(*_BENCHMARKS[metric])), 4),
            f"虚构示例，{utility}{period}社会责任报告",
        )
        for utility, metric, period in product(
            ("甲市供电局", "乙市供电局"), _BENCHMARKS, [*years, *_quarters(city)]
        )
    ]
    heads = ("utility", "metric", "period", "value", "citation")
    return {
        head: pa.array(values) for head, values in zip(heads, zip(*rows, strict=True), strict=True)
    }
