"""Interruptions, voltage, bills and time-of-use energy."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from powercx.analytics.facts.inputs import Inputs, place
from powercx.analytics.facts.placing import moved, own_unit
from powercx.analytics.facts.registry import derived_fact

_MINUTE_US = 60_000_000.0
_READING = ("customer_id", "usage_point_id", "org_id", "date", "kwh", "valley_kwh")
_NOTICE = ibis.interval(hours=7 * 24)


def minutes_between(start: ir.TimestampValue, end: ir.TimestampValue) -> ir.FloatingValue:
    """Minutes from ``start`` to ``end``, to the microsecond; null when either is."""
    return end.delta(start, unit="microsecond") / _MINUTE_US


@derived_fact(
    grain="one row per usage point and interruption",
    reach={"interruption.started_on": (0, 0)},
    until=("interruption",),
    open_day=("interruption", "started_on", "restored_at"),
)
def interruption(inputs: Inputs) -> ir.Table:
    """Interruptions with ``minutes`` and ``noticed``.

    ``minutes`` (float, never null) run to the end of the data while the interruption is open
    (``provisional``). ``noticed`` (bool, never null) says that the notice came 7 x 24 hours before
    the start; never notified is late.
    """
    rows = inputs.source("interruption")
    end = ibis.coalesce(rows.restored_at, inputs.end_instant("interruption"))
    rows = rows.mutate(
        minutes=ibis.greatest(minutes_between(rows.started_at, end), 0.0),
        provisional=rows.restored_at.isnull(),
        noticed=(rows.notified_at <= rows.started_at - _NOTICE).fill_null(
            ibis.literal(value=False)
        ),
        channel=ibis.null("string"),
        left_out=ibis.null("string"),
    )
    return place(rows, inputs, day="started_on", points=True)


@derived_fact(
    grain="one row per monitoring point and month",
    reach={"voltage_month.month": (0, 0)},
    until=("voltage_month",),
)
def voltage(inputs: Inputs) -> ir.Table:
    """Minutes monitored and out of range, by class of monitoring point."""
    rows = inputs.source("voltage_month").mutate(
        customer_id=ibis.null("string"),
        channel=ibis.null("string"),
        left_out=ibis.null("string"),
    )
    return place(rows, inputs, day="month")


@derived_fact(
    grain="one row per bill",
    reach={"bill.issued_on": (0, 0), "bill.due_on": (0, 0)},
    until=("bill",),
    lag=0,
)
def bill(inputs: Inputs) -> ir.Table:
    """Bills; ``due`` says that the date due lies within the data."""
    rows = inputs.source("bill")
    rows = rows.mutate(
        due=(rows.due_on <= inputs.end_of("bill")),
        channel=rows.delivered_by,
        left_out=ibis.null("string"),
    )
    return place(rows, inputs, day="issued_on")


@derived_fact(
    grain="one row per usage point and day of customers on a time-of-use tariff",
    reach={"usage_daily.date": (0, 0)},
    until=("usage_daily",),
    hints=("usage_daily.customer_id", "usage_daily.org_id"),
)
def time_of_use(inputs: Inputs) -> ir.Table:
    """Readings of customers whose tariff is ``tou`` on the day.

    Built for hundreds of millions of rows: customers on another tariff drop out in the first join,
    and columns that hold nothing are not looked at.
    """
    rows = inputs.source("usage_daily").select(*_READING)
    tou = inputs.customer_places
    tou = tou.filter(tou.tariff == "tou").drop("tariff").rename(home="place")
    points = inputs.point_places.rename(pf="f", pt="t")
    apart = points.filter(points.point_unit.notnull()).drop("owner")
    known = _on_tariff(rows, tou)
    known = known.left_join(
        apart, [known.usage_point_id == apart.point, known.date >= apart.pf, known.date < apart.pt]
    )
    found = _placed(known, inputs)
    orphans = inputs.without("usage_daily", "customer_id")
    if orphans is not None:
        orphans = orphans.select(*_READING).inner_join(
            points,
            [
                orphans.usage_point_id == points.point,
                orphans.date >= points.pf,
                orphans.date < points.pt,
            ],
        )
        orphans = orphans.mutate(customer_id=orphans.owner).drop("owner", "point", "pf", "pt")
        found = found.union(_placed(_on_tariff(orphans, tou), inputs))
    return found if inputs.numbered else inputs.names(found)


def _on_tariff(rows: ir.Table, tou: ir.Table) -> ir.Table:
    return rows.inner_join(
        tou, [rows.customer_id == tou.who, rows.date >= tou.f, rows.date < tou.t]
    )


def _placed(rows: ir.Table, inputs: Inputs) -> ir.Table:
    """Rows with their place; their own organisation is looked up only when any names one."""
    unit = rows.point_unit
    if inputs.has("usage_daily", "org_id"):
        units = inputs.numbers.units
        rows = rows.left_join(units, rows.org_id == units.unit)
        unit = ibis.coalesce(own_unit(rows), rows.point_unit)
    rows = rows.mutate(
        place=moved(rows.home, unit), channel=ibis.null("string"), left_out=ibis.null("string")
    )
    return rows.select(
        *("customer_id", "usage_point_id", "date", "kwh", "valley_kwh"),
        *("place", "channel", "left_out"),
    )
