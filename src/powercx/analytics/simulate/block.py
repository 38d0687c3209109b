"""Lives one block of customers through the period and writes what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import numpy as np
import pyarrow.csv as pa_csv

from powercx.analytics.simulate import bills as billing
from powercx.analytics.simulate import contacts as contacting
from powercx.analytics.simulate import orders as ordering
from powercx.analytics.simulate import outages as interrupting
from powercx.analytics.simulate import reference, services, usage, voice
from powercx.analytics.simulate.arrays import Array, Columns, Ints, Rng, take
from powercx.analytics.simulate.experience import Experience, Happened, make_experience
from powercx.analytics.simulate.feedback import collect, comment_columns, feedback_columns
from powercx.analytics.simulate.orders import Orders
from powercx.analytics.simulate.people import People, make_people
from powercx.analytics.simulate.plan import City, Month
from powercx.analytics.simulate.steps import event_columns
from powercx.analytics.simulate.truth import Truth
from powercx.analytics.simulate.writing import Exports

_THREADS = 2
_WIDE_CUSTOMERS = 300
_CORRECTION_EVERY = 3
Step = Callable[[str], None]
MonthUsage = tuple[Ints, Ints, Ints]


def run_block(  # where to write, and the block's place in the city
    city: City,
    exports: Exports,
    truth: Truth,
    *,
    block: int,
    first: int,
    count: int,
    seed: np.random.SeedSequence,
) -> None:
    """Simulate customers ``first`` to ``first + count`` and append their rows to the exports.

    The block's own seed decides everything in it, so a run repeats exactly; another size of block
    would give another, equally valid city.
    """
    seeds = seed.spawn(2 + len(city.calendar.months))
    rng = np.random.default_rng(seeds[0])
    exports.rng = np.random.default_rng(seeds[1])
    people = make_people(city, block=block, first=first, count=count, rng=rng)
    _write_reference(city, people, exports, rng)
    energy = _meter(city, people, exports, seeds[2:], usage.make_profile(city, people, rng))
    happened = _happen(city, people, energy, rng)
    experience = make_experience(city, people, happened, rng)
    _write_supply(city, people, happened, exports)
    orders = _write_service(city, people, happened, experience, exports, rng)
    _write_surveys(city, people, happened, experience, exports, rng)
    voices = collect(city, people, orders, experience, rng)
    rows, true = feedback_columns(city, people, voices, rng)
    exports.add("feedback", rows)
    truth.add(people, experience, true)


def _write_reference(city: City, people: People, exports: Exports, rng: Rng) -> None:
    exports.add("customer", reference.customer_columns(city, people, rng))
    exports.add("usage_point", reference.point_columns(city, people, rng))
    exports.add("channel_identity", reference.identity_columns(city, people, rng))
    exports.add("asset", services.asset_columns(city, people, rng))
    exports.add("external_profile", services.profile_columns(city, people, rng))
    exports.add("visit", services.visit_columns(city, people, rng))
    exports.add("digital_event", services.digital_columns(city, people, rng))


def _meter(
    city: City,
    people: People,
    exports: Exports,
    seeds: list[np.random.SeedSequence],
    profile: usage.Profile,
) -> list[MonthUsage]:
    """Write the readings, two months at a time; return what was used by customer and month."""

    def one(index: int) -> MonthUsage:
        rng = np.random.default_rng(seeds[index])
        month = city.calendar.months[index]
        readings = usage.read_meters(city, people, profile, month, rng)
        cells = readings.there.size
        number = city.strengths.number
        twice, wrong = (
            _some(cells, number(f"dirt.{name}"), rng) for name in ("duplicate", "bad_reading")
        )
        rows = usage.columns(city, people, readings, twice=twice, wrong=wrong)
        exports.add("usage_daily", rows, part=month.label, clean=True)
        if people.block == 0 and month == vendor_month(city):
            _write_wide(city, people, readings, exports.folder)
        return usage.monthly(people, readings), *usage.monthly_shares(people, readings)

    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(one, range(len(city.calendar.months))))


def _some(cells: int, share: float, rng: Rng) -> Array:
    return np.unique(rng.integers(0, cells, rng.binomial(cells, share)))


def vendor_month(city: City) -> Month:
    """The month of the vendor's wide file: the first March, else the last month."""
    marches = [month for month in city.calendar.months if month.label.endswith("-03")]
    return marches[0] if marches else city.calendar.months[-1]


def _write_wide(city: City, people: People, readings: usage.Readings, exports: Path) -> None:
    folder = exports.parent / "exports-vendor"
    folder.mkdir(exist_ok=True)
    made = usage.wide(city, people, readings, customers=_WIDE_CUSTOMERS)
    options = pa_csv.WriteOptions(quoting_header="none")
    pa_csv.write_csv(made, folder / f"meter-wide-{readings.month.label}.csv", options)


def _happen(city: City, people: People, energy: list[MonthUsage], rng: Rng) -> Happened:
    outages = interrupting.make_outages(city, people, rng)
    bills = [billing.make_bills(city, people, k, used, rng) for k, used in enumerate(energy)]
    orders = ordering.make_orders(city, people, outages, rng)
    contacts = contacting.make_contacts(city, people, orders, bills, rng)
    return Happened(outages, orders, contacts, bills)


def _write_supply(city: City, people: People, happened: Happened, exports: Exports) -> None:
    exports.add("interruption", interrupting.columns(city, people, happened.outages))
    last = len(happened.bills) - 1
    for bill in happened.bills:
        exports.add("bill", billing.columns(city, people, bill), part=bill.month.label)
        closing = bill.index // _CORRECTION_EVERY * _CORRECTION_EVERY + _CORRECTION_EVERY - 1
        label = city.calendar.months[min(closing, last)].label
        mended = billing.corrections(city, people, bill)
        exports.add("bill", mended, part=f"{label}-correction", clean=True)


def _write_service(  # everything that has happened, and where it goes
    city: City,
    people: People,
    happened: Happened,
    experience: Experience,
    exports: Exports,
    rng: Rng,
) -> Orders:
    """Complaints come of experience; then orders, their steps and contacts are complete."""
    who, when = voice.complainants(city, people, experience, rng)
    before = len(happened.orders)
    complaints = ordering.make_complaints(city, people, who, when, first_number=before, rng=rng)
    orders = _append(happened.orders, complaints)
    mood = experience.mood(city, orders.customer, orders.accepted)
    exports.add(
        "service_order",
        ordering.columns(city, people, orders, voice.callback_scores(city, orders, mood, rng)),
    )
    exports.add("order_event", event_columns(city, people, orders, rng))
    first_number = 0
    for contacts in (happened.contacts, contacting.with_complaints(city, people, complaints, rng)):
        mood = experience.mood(city, contacts.customer, contacts.at)
        rating = contacting.ratings(city, contacts, mood, rng)
        rows = contacting.columns(city, people, contacts, rating, first_number=first_number)
        _add_by_month(city, exports, "contact", rows, contacts.at)
        first_number += len(contacts)
    exports.add("subscription", services.subscription_columns(city, people, experience, rng))
    return orders


def _append(first: Orders, second: Orders) -> Orders:
    joined = {
        f.name: np.concatenate([getattr(part, f.name) for part in (first, second)])
        for f in fields(Orders)
    }
    return Orders(**joined)


def _add_by_month(city: City, exports: Exports, table: str, rows: Columns, at: Ints) -> None:
    month = city.calendar.month_of_day[at // 86_400]
    for index, entry in enumerate(city.calendar.months):
        exports.add(table, take(rows, np.flatnonzero(month == index)), part=entry.label)


def _write_surveys(  # everything that has happened, and where it goes
    city: City,
    people: People,
    happened: Happened,
    experience: Experience,
    exports: Exports,
    rng: Rng,
) -> None:
    invitations = voice.invite(city, people, happened.contacts, experience, rng)
    exports.add("survey_invitation", voice.invitation_columns(city, people, invitations))
    for rows in voice.answer_columns(city, people, invitations, rng):
        exports.add("survey_answer", rows)
    exports.add("survey_answer", comment_columns(city, people, invitations, rng))
