"""Monthly bills: energy as the meters say, planted errors, payment, later corrections."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from powercx.analytics.simulate.arrays import (
    NEVER,
    Array,
    Bools,
    Coded,
    Columns,
    Ints,
    Rng,
    energy,
    money,
    pick,
    take,
)
from powercx.analytics.simulate.keys import customer_ids, running
from powercx.analytics.simulate.people import People
from powercx.analytics.simulate.plan import City, Month

ERROR_KINDS = ("none", "reading", "pricing", "other")
_NONE = 0
_READING = 1
_DELIVERY = ("app", "wechat", "hall", "web")


@dataclass(frozen=True)
class Bills:
    """Bills of one month; ``cents`` as first billed, ``right`` as they should be."""

    month: Month
    index: int
    customer: Ints
    energy: Ints
    right_energy: Ints
    cents: Ints
    right: Ints
    error: Ints
    corrected: Bools
    issued: Ints
    paid: Ints


def make_bills(
    city: City, people: People, index: int, usage: tuple[Ints, Ints, Ints], rng: Rng
) -> Bills:
    """Bill one month; ``usage`` is total, peak and valley by customer, thousandths of kWh.

    Meters are read at the month's last midnight and the bill is issued on that day. A customer who
    was not supplied in the month gets none.
    """
    month = city.calendar.months[index]
    first, last = people.span(city.calendar.days)
    supplied = (first < month.first + month.days) & (last > month.first) & (last > first)
    customer = np.flatnonzero(supplied)
    total, peak, valley = (part[customer] for part in usage)
    right = _amount(city, people, customer, total, peak, valley)
    kind = _errors(city, len(customer), rng)
    over = rng.random(len(customer)) < city.strengths.number("bills.error_over")
    factor = np.where(over, rng.uniform(1.15, 2.5, len(customer)), 0.6)
    billed = np.where(kind == _READING, (total * factor).astype(np.int64), total)
    cents = np.where(kind == _NONE, right, np.round(right * factor).astype(np.int64))
    kind = np.where(cents == right, _NONE, kind)
    issued = np.full(len(customer), month.first + month.days - 1)
    return Bills(
        month=month,
        index=index,
        customer=customer,
        energy=np.where(kind == _NONE, total, billed),
        right_energy=total,
        cents=cents,
        right=right,
        error=kind,
        corrected=(kind != _NONE)
        & (rng.random(len(kind)) < city.strengths.number("bills.corrected")),
        issued=issued,
        paid=_payment(city, people, customer, issued, rng),
    )


def _amount(
    city: City, people: People, customer: Ints, total: Ints, peak: Ints, valley: Ints
) -> Ints:
    """Cents by category and tariff; time of use weighs peak and valley."""
    number = city.strengths.number
    price = np.array(city.strengths.numbers("usage.price"))[people.category[customer]]
    flat = total - peak - valley
    weighed = peak * number("usage.price_peak") + flat + valley * number("usage.price_valley")
    cents: Ints = np.rint(np.where(people.tou[customer], weighed, total) * price / 10).astype(
        np.int64
    )
    return cents


def _errors(city: City, count: int, rng: Rng) -> Ints:
    wrong = rng.random(count) < city.strengths.number("bills.error")
    kinds = 1 + pick(rng, city.strengths.numbers("bills.error_kind_shares"), count)
    return np.where(wrong, kinds, _NONE)


def _payment(city: City, people: People, customer: Ints, issued: Ints, rng: Rng) -> Ints:
    """Day of payment; later than the data, or never, is ``NEVER``."""
    number = city.strengths.number
    draw, count = rng.random(len(customer)), len(customer)
    due = number("bills.due_days")
    delay = np.where(
        draw < number("bills.paid_by_due"),
        rng.integers(1, int(due) + 1, count),
        rng.integers(int(due) + 1, int(due) + 60, count),
    )
    debited = people.auto_pay[customer] & (rng.random(count) < number("bills.debit_works"))
    delay = np.where(debited, rng.integers(1, 6, count), delay)
    paid = issued + delay
    lost = ~debited & (draw > number("bills.paid_by_due") + number("bills.paid_late"))
    return np.where(lost | (paid >= city.calendar.days), NEVER, paid)


def columns(city: City, people: People, bills: Bills) -> Columns:
    """Rows of ``bill`` as first issued; days since the start."""
    count = len(bills.customer)
    digital = bills.customer % (len(_DELIVERY) - 1)
    return {
        "bill_id": running("ZD", people, bills.index * 100_000 + bills.customer),
        "customer_id": customer_ids(people.first + bills.customer),
        "period": Coded([bills.month.label], np.zeros(count, np.int32)),
        "kwh": energy(bills.energy),
        "amount_cny": money(bills.cents),
        "issued_on": bills.issued,
        "due_on": bills.issued + city.strengths.count("bills.due_days"),
        "paid_on": bills.paid,
        "paid_cny": money(np.where(bills.paid == NEVER, 0, bills.cents)),
        "error_kind": Coded(ERROR_KINDS, bills.error, "error_kind"),
        "error_cny": money(bills.cents - bills.right),
        "delivered_by": Coded(
            _DELIVERY, np.where(people.e_bill[bills.customer], digital % 2, 2), "channel"
        ),
        "org_id": Coded(city.stations.org_ids, people.station[bills.customer]),
        "updated_at": bills.issued * 86_400 + 20 * 3_600,
    }


def corrections(city: City, people: People, bills: Bills) -> Columns:
    """The later version of the wrong bills that were mended: right energy and amount.

    ``error_kind`` and ``error_cny`` stay: the bill was wrong when it was issued.
    """
    rows: Array = np.flatnonzero(bills.corrected)
    later = take(columns(city, people, bills), rows)
    mended = np.minimum(bills.issued[rows] + 9, city.calendar.days - 1)
    later |= {
        "kwh": energy(bills.right_energy[rows]),
        "amount_cny": money(bills.right[rows]),
        "paid_cny": money(np.where(bills.paid[rows] == NEVER, 0, bills.right[rows])),
        "updated_at": mended * 86_400 + 21 * 3_600,
    }
    return later
