"""Digital sessions, value-added services, equipment, visits and attributes from outside."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from powercx.analytics.simulate.arrays import (
    DAY,
    HOUR,
    NEVER,
    Coded,
    Columns,
    Rng,
    ids,
    logistic,
    money,
    nullable,
    pick,
)
from powercx.analytics.simulate.experience import Experience
from powercx.analytics.simulate.keys import customer_ids, point_ids, running
from powercx.analytics.simulate.orders import instants
from powercx.analytics.simulate.people import People, persona_numbers
from powercx.analytics.simulate.plan import City
from powercx.analytics.simulate.strengths import catalogue

_APPS = ("web", "app", "wechat", "alipay", "kiosk")
_BUSINESS = ("billing", "enquiry", "change", "connection", "fault", "value_added")
_BUSINESS_WEIGHTS = (50, 20, 8, 6, 8, 8)
_PAGES = ("电费缴纳", "停电信息查询", "过户办理", "办电申请", "故障报修", "增值服务")
_ACTIONS = ("进入", "填写", "返回修改", "提交")
_LARGE = 2


def digital_columns(city: City, people: People, rng: Rng) -> Columns:
    """Sessions of two to four events; the last says whether the business was done."""
    number = city.strengths.number
    rate = number("digital.sessions_per_year") * persona_numbers("digital")[people.persona]
    customer = np.repeat(np.arange(len(people)), rng.poisson(rate * city.calendar.days / 365.25))
    at, there = instants(city, people, customer, rng)
    customer, at = customer[there], at[there]
    order = np.argsort(at, kind="stable")
    customer, at = customer[order], at[order]
    business = pick(rng, _BUSINESS_WEIGHTS, len(at))
    app = pick(rng, (12, 45, 26, 12, 5), len(at))
    success = rng.random(len(at)) < number("digital.success")
    length = rng.integers(2, 5, len(at))
    session = np.repeat(np.arange(len(at)), length)
    step = np.arange(len(session)) - np.repeat(np.cumsum(length) - length, length)
    last = step == length[session] - 1
    moment = np.minimum(
        at[session] + step * 60 + rng.integers(0, 50, len(session)), city.calendar.days * DAY - 1
    )
    return {
        "event_id": running("SJ", people, np.arange(len(session))),
        "customer_id": customer_ids(people.first + customer[session]),
        "session_id": running("SS", people, session),
        "at": moment,
        "app": Coded(_APPS, app[session], "channel"),
        "page": Coded(_PAGES, business[session]),
        "action": Coded(_ACTIONS, np.where(last, 3, np.minimum(step, 2))),
        "business_type": Coded(_BUSINESS, business[session], "business_type"),
        "succeeded": success[session] | ~last,
        "org_id": Coded(city.stations.org_ids, people.station[customer[session]]),
    }


def subscription_columns(city: City, people: People, experience: Experience, rng: Rng) -> Columns:
    """Contracts of one year; renewal is known once they have ended, and follows experience."""
    number, days = city.strengths.number, city.calendar.days
    chance = number("services.subscription") * np.where(people.category == 0, 0.7, 3.0)
    customer = np.flatnonzero(rng.random(len(people)) < chance)
    started = np.maximum(rng.integers(-360, days, len(customer)), people.opened[customer])
    ends = started + 365
    known = ends < days
    mood = experience.mood(city, customer, np.clip(ends, 0, days - 1) * DAY)
    odds = number("services.renewal_logit") + number("services.renewal_slope") * mood
    products = catalogue("names")["products"]
    product = rng.integers(0, len(products), len(customer))
    price = np.array([120, 360, 240, 300, 1200, 800])[product] * np.where(
        people.category[customer] == _LARGE, 40, 1
    )
    return {
        "subscription_id": running("HY", people, customer),
        "customer_id": customer_ids(people.first + customer),
        "product": Coded(products, product),
        "started_on": started,
        "ends_on": ends,
        "renewed": nullable(rng.random(len(customer)) < logistic(odds), known),
        "revenue_cny": money(price * 100),
        "org_id": Coded(city.stations.org_ids, people.station[customer]),
    }


def asset_columns(city: City, people: People, rng: Rng) -> Columns:
    """Photovoltaics, charging piles, and storage and demand response of large customers."""
    number, count = city.strengths.number, len(people.points)
    customer = people.points.customer
    large = people.category[customer] == _LARGE
    chance = np.stack(
        [
            np.full(count, number("services.pv")),
            np.full(count, number("services.charging_pile")),
            np.where(large, 0.15, 0.0005),
            np.where(large, 0.2, 0.0),
        ],
        axis=1,
    )
    point, kind = np.nonzero(rng.random((count, 4)) < chance)
    owner = customer[point]
    size = (
        np.array([8.0, 7.0, 50.0, 200.0])[kind]
        * np.where(large[point], 40, 1)
        * rng.lognormal(0, 0.4, len(kind))
    )
    since = np.maximum(rng.integers(-1200, city.calendar.days, len(kind)), people.opened[owner])
    return {
        "asset_id": ids(
            "SB", (people.first + owner) * 100 + people.points.number[point] * 10 + kind, 11
        ),
        "usage_point_id": point_ids(people, point),
        "customer_id": customer_ids(people.first + owner),
        "kind": Coded(("pv", "charging_pile", "storage", "demand_response"), kind, "asset_kind"),
        "capacity_kw": np.round(size, 1),
        "from": since,
        "to": np.full(len(kind), NEVER),
        "org_id": Coded(city.stations.org_ids, people.station[owner]),
    }


_PURPOSES = ("例行走访", "用电安全检查", "能效服务推介", "重大活动保电", "投诉回访")
_FINDINGS = (
    "配电房运行正常",
    "无功补偿装置老化",
    "自备电源未定期试机",
    "变压器负载率偏高",
    "电缆沟有积水",
    "值班电工证件将到期",
)
_DEMANDS = (
    "希望停电提前通知",
    "希望协助做能效诊断",
    "计划增容，想了解流程",
    "希望优化电费结构",
    "希望加快抢修到达",
    "暂无诉求",
)


def visit_columns(city: City, people: People, rng: Rng) -> Columns:
    """Visits of account managers, mostly at large customers."""
    rate = np.array(city.strengths.numbers("services.visits_per_year"))[people.category]
    customer = np.repeat(np.arange(len(people)), rng.poisson(rate * city.calendar.days / 365.25))
    at, there = instants(city, people, customer, rng)
    customer, day = customer[there], at[there] // DAY
    count = len(customer)
    return {
        "visit_id": running("ZF", people, np.arange(count)),
        "customer_id": customer_ids(people.first + customer),
        "at": day * DAY + rng.integers(9 * HOUR, 17 * HOUR, count),
        "manager_id": ids("M", people.station[customer] * 10 + customer % 4, 4),
        "purpose": Coded(_PURPOSES, rng.integers(0, len(_PURPOSES), count)),
        "finding": Coded(_FINDINGS, rng.integers(0, len(_FINDINGS), count)),
        "demand": Coded(_DEMANDS, rng.integers(0, len(_DEMANDS), count)),
        "org_id": Coded(city.stations.org_ids, people.station[customer]),
    }


def profile_columns(city: City, people: People, rng: Rng) -> Columns:
    """What an enterprise register knows of the organisations among the customers."""
    firms = np.flatnonzero(
        (people.category > 0)
        & (rng.random(len(people)) < city.strengths.number("services.registered"))
    )
    attributes = ("注册资本万元", "企业规模", "信用等级")
    customer = np.repeat(firms, len(attributes))
    which = np.tile(np.arange(len(attributes)), len(firms))
    capital = np.round(np.exp(rng.normal(5, 1.2, len(customer)))).astype(np.int64).astype(str)
    size = np.array(["微型", "小型", "中型", "大型"])[pick(rng, (50, 35, 11, 4), len(customer))]
    grade = np.array(["A", "B", "C", "D"])[pick(rng, (45, 40, 12, 3), len(customer))]
    value = np.select([which == 0, which == 1], [capital, size], grade)
    return {
        "customer_id": customer_ids(people.first + customer),
        "provider": Coded(("企业登记信息",), np.zeros(len(customer), int)),
        "at": np.full(len(customer), 9 * HOUR),
        "attribute": Coded(attributes, which),
        "value": pa.array(value.astype(object)),
        "org_id": Coded(city.stations.org_ids, people.station[customer]),
    }
