"""Daily readings of one block and one month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from powercx.analytics.simulate.arrays import (
    Array,
    Bools,
    Columns,
    Floats,
    Ints,
    Rng,
    energy,
    nullable,
)
from powercx.analytics.simulate.keys import customer_ids, point_ids
from powercx.analytics.simulate.people import People
from powercx.analytics.simulate.plan import City, Month


@dataclass(frozen=True)
class Profile:
    """What a point uses in the long run: kWh a day and the shares of peak and valley."""

    daily: Floats
    peak: Floats
    valley: Floats


@dataclass(frozen=True)
class Readings:
    """Readings of a month: points x days, in thousandths of a kWh; ``there`` where supplied."""

    month: Month
    total: Ints
    peak: Ints
    valley: Ints
    there: Bools
    estimated: Bools


def make_profile(city: City, people: People, rng: Rng) -> Profile:
    """Draw size and shape of every point."""
    numbers, number = city.strengths.numbers, city.strengths.number
    customer = people.points.customer
    category = people.category[customer]
    daily = np.array(numbers("usage.daily_kwh"))[category] * people.size[customer]
    vacant = (rng.random(len(customer)) < number("usage.vacant")) & (category == 0)
    daily = np.where(vacant, 0.05, daily)
    shift = np.where(people.tou[customer], number("usage.tou_shift"), 0.0)
    wobble = rng.normal(0, 0.04, (2, len(customer)))
    peak = np.array(numbers("usage.peak_share"))[category] - shift + wobble[0]
    valley = np.array(numbers("usage.valley_share"))[category] + shift + wobble[1]
    peak = np.clip(peak, 0.02, 0.6)
    # the day's wobble is up to a tenth, and peak and valley together may not pass the whole
    return Profile(daily, peak, np.clip(valley, 0.02, 0.9 - peak))


def read_meters(city: City, people: People, profile: Profile, month: Month, rng: Rng) -> Readings:
    """Draw the readings of ``month``."""
    customer = people.points.customer
    days = np.arange(month.first, month.first + month.days)
    factor = city.day_factor[:, days].astype(np.float32)[people.category[customer]]
    noise = rng.standard_normal(factor.shape, dtype=np.float32)
    noise *= np.float32(city.strengths.number("usage.daily_noise"))
    np.exp(noise, out=noise)
    noise *= factor
    noise *= (profile.daily * 1000).astype(np.float32)[:, None]
    wobble = rng.random(factor.shape, dtype=np.float32)
    wobble *= np.float32(0.2)
    wobble += np.float32(0.9)
    wobble *= noise
    peak = (wobble * profile.peak.astype(np.float32)[:, None]).astype(np.int64)
    valley = (wobble * profile.valley.astype(np.float32)[:, None]).astype(np.int64)
    first, last = people.span(city.calendar.days)
    there = (days >= first[customer][:, None]) & (days < last[customer][:, None])
    estimated = rng.random(factor.shape, dtype=np.float32) < city.strengths.number(
        "usage.estimated"
    )
    return Readings(month, noise.astype(np.int64), peak, valley, there, estimated)


def monthly(people: People, readings: Readings) -> Ints:
    """Thousandths of a kWh by customer, days without supply left out."""
    by_point = np.where(readings.there, readings.total, 0).sum(axis=1)
    return _by_customer(people, by_point)


def monthly_shares(people: People, readings: Readings) -> tuple[Ints, Ints]:
    """Peak and valley of the month, likewise."""
    parts = (
        np.where(readings.there, part, 0).sum(axis=1) for part in (readings.peak, readings.valley)
    )
    peak, valley = (_by_customer(people, part) for part in parts)
    return peak, valley


def _by_customer(people: People, by_point: Ints) -> Ints:
    starts = np.flatnonzero(people.points.number == 0)
    return np.add.reduceat(by_point, starts)


def columns(
    city: City, people: People, readings: Readings, *, twice: Array, wrong: Array
) -> Columns:
    """Rows of ``usage_daily`` by customer, point and day.

    ``twice`` and ``wrong`` are positions among all cells (points x days): rows written a second
    time, and rows whose energy is negative.
    """
    days = readings.month.days
    cells = np.flatnonzero(readings.there)
    extra = twice[readings.there.ravel()[twice]]
    cells = np.concatenate([cells, extra])
    point, day = np.divmod(cells, days)
    points = np.arange(len(people.points))
    total = readings.total.ravel()[cells]
    peak, valley = readings.peak.ravel()[cells], readings.valley.ravel()[cells]
    flat = total - peak - valley
    shown = np.where(np.isin(cells, wrong), -total - 1, total) if len(wrong) else total
    start = np.datetime64(city.calendar.start) + readings.month.first
    return {
        "usage_point_id": _dictionary(point, point_ids(people, points)),
        "customer_id": _dictionary(point, customer_ids(people.first + people.points.customer)),
        "date": pa.array(start + day),
        "kwh": energy(shown),
        "peak_kwh": energy(peak),
        "flat_kwh": energy(flat),
        "valley_kwh": energy(valley),
        "quality": _dictionary(
            readings.estimated.ravel()[cells].astype(np.int32), pa.array(["实抄", "估抄"])
        ),
    }


def _dictionary(index: Array, words: pa.Array) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32)), words)


def wide(city: City, people: People, readings: Readings, *, customers: int) -> pa.Table:
    """The first customers' readings in a meter vendor's own layout: one column a day."""
    points = np.flatnonzero(people.points.customer < customers)
    start = np.datetime64(city.calendar.start) + readings.month.first
    heads = [str(start + day).replace("-", "") for day in range(readings.month.days)]
    names = ["户号", "表计点", *heads]
    values = [
        nullable(np.round(readings.total[points, day] / 1000, 3), readings.there[points, day])
        for day in range(readings.month.days)
    ]
    keys = [customer_ids(people.first + people.points.customer[points]), point_ids(people, points)]
    return pa.table([*keys, *values], names=names)
