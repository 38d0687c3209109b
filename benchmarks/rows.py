"""The rows of the benchmarks' city as SQL: every value from a hash of row numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import PARTITION, LakeTable

REFERENCES = ("org_unit", "customer", "usage_point")
BUREAUS, STATIONS = 10, 50
# Rows per customer and year. Contacts and orders together make the 5 million per million customers.
PER_YEAR = {
    "contact": 3.5,
    "service_order": 1.5,
    "interruption": 0.5,
    "digital_event": 0.5,
    "survey_answer": 0.1,
    "subscription": 0.02,
}
EVENTS = tuple(PER_YEAR)
_SALT = {name: number for number, name in enumerate(EVENTS, start=11)}
_LOCAL = "interval 8 hours"


def count(customers: int, days: int, name: str) -> int:
    """How many rows of an event table a city has, from its first day to the new day."""
    return round(customers * days / 365 * PER_YEAR[name])


def share(salt: int, *columns: str) -> str:
    """A number in [0, 1) drawn from row numbers."""
    return f"((hash({salt}, {', '.join(columns)}) % 1000000) / 1e6)"


def pick(drawn: str, parts: Mapping[str, float]) -> str:
    """One of the words, with these chances; null for what is left of 1."""
    whens, upto = [], 0.0
    for word, part in parts.items():
        upto += part
        whens.append(f"when {drawn} < {upto:.6f} then '{word}'")
    return f"case {' '.join(whens)} end"


def people(customers: int) -> Iterator[str]:
    """Statements that make the table ``people``: number, ids, station, class, tariff, load."""
    classes = {"residential": 0.86, "commercial": 0.1, "agricultural": 0.035, "other": 0.005}
    yield (
        "create or replace temp table people as select i, "
        "'03' || lpad(i::varchar, 8, '0') as customer_id, "
        "'YD' || lpad((i * 10 + 1)::varchar, 9, '0') as usage_point_id, "
        f"'S' || lpad((i * {STATIONS} // {customers})::varchar, 3, '0') as org_id, "
        f"{pick(share(1, 'i'), classes)} as usage_category, "
        f"case when {share(2, 'i')} < 0.15 then 'tou' else 'flat' end as tariff, "
        f"(2 + 14 * {share(3, 'i')} * {share(4, 'i')}) as daily, "
        f"(0.2 + 0.3 * {share(5, 'i')}) as peak, (0.15 + 0.25 * {share(6, 'i')}) as valley "
        f"from range({customers}) as made(i)"
    )


def reference(name: str) -> str:
    """The rows of a reference table; a twentieth of the customers has a second version."""
    return {"org_unit": _units, "customer": _customers, "usage_point": _points}[name]()


def _units() -> str:
    made = (
        "select 'C' as org_id, null as parent_id, 'company' as level, null as area_class "
        f"union all select 'B' || i, 'C', 'bureau', null from range({BUREAUS}) as made(i) "
        "union all select 'S' || lpad(i::varchar, 3, '0'), "
        f"'B' || (i % {BUREAUS}), 'station', ['urban', 'rural', 'remote'][1 + i % 3] "
        f"from range({STATIONS}) as made(i)"
    )
    own = {c: c for c in ("org_id", "parent_id", "level", "area_class")}
    return _stored(TABLES["org_unit"], {**own, "name": "org_id"}, made)


def _customers() -> str:
    own = {
        "customer_id": "customer_id",
        "org_id": "org_id",
        "kind": "'person'",
        "usage_category": "usage_category",
        "voltage_kv": "0.22",
        "contract_kva": "8",
        "opened_on": f"date '2012-01-01' + ({share(21, 'i')} * 4300)::integer",
        "closed_on": f"case when {share(22, 'i')} < 0.01 then "
        f"date '2025-01-01' + ({share(23, 'i')} * 360)::integer end",
        "status": f"case when {share(22, 'i')} < 0.01 then 'closed' else 'active' end",
        "close_reason": f"case when {share(22, 'i')} < 0.01 then 'moved' end",
        "e_bill": f"{share(24, 'i')} < 0.6",
        "auto_pay": f"{share(25, 'i')} < 0.4",
        "tariff": "tariff",
    }
    first = _stored(TABLES["customer"], own, "from people")
    changed = {**own, "tariff": "'tou'", "valid_from": "date '2025-07-01'"}
    moved = f"from people where {share(26, 'i')} < 0.05"
    return f"{first} union all {_stored(TABLES['customer'], changed, moved)}"


def _points() -> str:
    own = {
        "usage_point_id": "usage_point_id",
        "customer_id": "customer_id",
        "org_id": f"case when {share(31, 'i')} < 0.01 then 'S000' else org_id end",
        "feeder_id": "'F' || (i // 500)",
        "transformer_id": "'T' || (i // 80)",
        "meter_id": "'M' || i",
    }
    return _stored(TABLES["usage_point"], own, "from people")


def usage(first: date, last: date) -> str:
    """Readings of every customer and day between two days of a month, sorted."""
    days = (last - first).days + 1
    cells = (
        f"select *, round(1000 * daily * season * (0.7 + 0.6 * {share(41, 'i', 'd')})) as wh, "
        f"0.9 + 0.2 * {share(42, 'i', 'd')} as shift from (select *, "
        f"date '{first}' + s as d, 1 + 0.35 * cos(({first.month} - 7) / 1.91) "
        f"as season from (select *, unnest(range(0, {days}))::integer as s from people))"
    )
    parts = (
        f"select *, round(wh * peak * shift) as p, round(wh * valley * shift) as v from ({cells})"
    )
    own = {
        "usage_point_id": "usage_point_id",
        "customer_id": "customer_id",
        "date": "d",
        "kwh": "wh / 1000",
        "peak_kwh": "p / 1000",
        "flat_kwh": "(wh - p - v) / 1000",
        "valley_kwh": "v / 1000",
        "quality": f"case when {share(43, 'i', 'd')} < 0.01 then 'estimated' else 'actual' end",
    }
    return _stored(TABLES["usage_daily"], own, f"from ({parts})")


def draw(name: str, customers: int, days: int) -> str:
    """Row number, customer, local time of an event table, up to the new day and whole."""
    salt = _SALT[name]
    rows = count(customers, days, name)
    first = f"date '2025-12-31' - {days}"
    return (
        f"select r, p.*, {share(salt, 'r', '1')} as a, {share(salt, 'r', '2')} as b, "
        f"{share(salt, 'r', '3')} as c, {share(salt, 'r', '4')} as e, "
        f"{first} + ({share(salt, 'r', '5')} * {days + 1})::integer "
        f"+ interval 7 hours + interval 1 second * ({share(salt, 'r', '6')} * 54000)::integer "
        f"as local from (select r, floor({customers} * {share(salt, 'r', '7')} "
        f"* {share(salt, 'r', '8')})::bigint as who from range({rows}) as made(r)) "
        "join people as p on p.i = who"
    )


def events(name: str, known: date) -> str:
    """Rows of an event table as known at the end of the day ``known``, from the table ``drawn``."""
    own = {
        "contact": _contact,
        "service_order": _order,
        "interruption": _interruption,
        "digital_event": _digital,
        "survey_answer": _answer,
        "subscription": _subscription,
    }[name](f"date '{known}'")
    return _stored(TABLES[name], {"customer_id": "customer_id", **own}, "from drawn")


def _contact(known: str) -> dict[str, str]:
    del known
    hotline = "a < 0.55"
    return {
        "contact_id": "'C' || r",
        "at": _utc("local"),
        "channel": pick("a", {"hotline": 0.55, "hall": 0.1, "app": 0.2, "wechat": 0.15}),
        "business_type": pick("b", {"billing": 0.4, "fault": 0.2, "enquiry": 0.3, "change": 0.07}),
        "direction": "case when c < 0.93 then 'in' else 'out' end",
        "wait_s": f"case when {hotline} then round(2 + 80 * b * b) end",
        "talk_s": f"case when {hotline} then round(40 + 300 * e) end",
        "answered": f"case when {hotline} then b < 0.95 end",
        "abandoned": f"case when {hotline} then b >= 0.95 end",
        "resolved": "e < 0.8",
        "self_service": "a >= 0.65 and c < 0.5",
        "agent_id": f"case when {hotline} then 'A' || (r % 400) end",
        "rating": "case when c < 0.3 then 1 + floor(5 * sqrt(e))::integer end",
    }


def _order(known: str) -> dict[str, str]:
    done = "local + interval 1 minute * (20 + 20000 * c * c * c)::integer"
    ended = f"a < 0.98 and ({done})::date <= {known}"
    fault, there = "a >= 0.3 and a < 0.45", _utc("local + interval 1 minute * (10 + 60 * b)")
    kinds = {"billing": 0.3, "fault": 0.15, "enquiry": 0.25, "request": 0.14, "metering": 0.06}
    kinds |= {"change": 0.05, "connection": 0.03, "complaint": 0.02 + 1e-6}
    return {
        "order_id": "'W' || r",
        "type_l1": pick("a", kinds),
        "type_l2": pick("b", {"service": 0.3, "business": 0.3, "outage": 0.2}),
        "channel": pick("e", {"hotline": 0.5, "hall": 0.15, "app": 0.25, "web": 0.1}),
        "accepted_at": _utc("local"),
        "due_at": _utc("local + interval 5 days"),
        "arrived_at": f"case when {fault} then {there} end",
        "completed_at": f"case when {ended} then {_utc(done)} end",
        "status": f"case when {ended} then 'done' else 'open' end",
        "voltage_level": "'low'",
        "callback_score": f"case when {ended} and e < 0.3 then 1 + floor(5 * sqrt(b))::integer end",
        "face_scan": "b < 0.3",
        "face_scan_eligible": "e >= 0.5",
        "regulator": "case when a >= 0.98 and b < 0.01 then '12398' end",
    }


def _interruption(known: str) -> dict[str, str]:
    del known
    return {
        "interruption_id": "'T' || (r // 200)",
        "usage_point_id": "usage_point_id",
        "feeder_id": "'F' || (i // 500)",
        "started_at": _utc("local"),
        "restored_at": _utc("local + interval 1 second * (60 + 14000 * b * b)::integer"),
        "planned": "a < 0.3",
        "notified_at": f"case when a < 0.28 then {_utc('local - interval 8 days')} end",
    }


def _digital(known: str) -> dict[str, str]:
    del known
    return {
        "event_id": "'E' || r",
        "session_id": "'N' || r",
        "at": _utc("local"),
        "app": pick("a", {"app": 0.6, "wechat": 0.3, "web": 0.1}),
        "page": "'home'",
        "action": "'open'",
        "business_type": pick("b", {"billing": 0.6, "enquiry": 0.2}),
        "succeeded": "e < 0.9",
    }


def _answer(known: str) -> dict[str, str]:
    del known
    return {
        "survey": "'relationship'",
        "wave": "'2025'",
        "response_id": "'R' || r",
        "at": _utc("local"),
        "channel": "'wechat'",
        "item": "case when a < 0.4 then 'q1' when a < 0.7 then 'q2' else 'q3' end",
        "item_kind": pick("a", {"csat": 0.4, "nps": 0.3, "ces": 0.31}),
        "value": "case when a < 0.4 then 1 + floor(5 * sqrt(e)) else floor(10 * sqrt(e)) end",
    }


def _subscription(known: str) -> dict[str, str]:
    del known
    return {
        "subscription_id": "'V' || r",
        "product": pick("a", {"charging": 0.5, "efficiency": 0.51}),
        "started_on": "local::date",
        "ends_on": "local::date + 180",
        "renewed": "e < 0.6",
        "revenue_cny": "round(900 * b, 2)",
    }


def _utc(local: str) -> str:
    return f"timezone('UTC', {local} - {_LOCAL})"


def _stored(table: LakeTable, own: Mapping[str, str], rows: str) -> str:
    """A query that gives every stored column its type; what ``own`` does not name is null."""
    values = {"source": "'benchmark'", "load_id": "'benchmark'", **own}
    for day in table.local_dates:
        if day.of in values:
            values[day.name] = f"({values[day.of]} at time zone 'Asia/Shanghai')::date"
    listed = [
        f'({values.get(f.name, "null")})::{_sql_type(str(f.type))} as "{f.name}"'
        for f in places.schema(table)
        if f.name != PARTITION
    ]
    source = rows if rows.startswith("from ") else f"from ({rows})"
    return f"select {', '.join(listed)} {source}"


def _sql_type(arrow: str) -> str:
    plain = {
        "string": "varchar",
        "int64": "bigint",
        "double": "double",
        "bool": "boolean",
        "date32[day]": "date",
        "timestamp[us, tz=UTC]": "timestamptz",
    }
    return plain.get(arrow) or arrow.replace("decimal128", "decimal")
