"""Interruptions, voltage, bills and time-of-use energy."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from powercx.analytics.facts.inputs import Inputs, place
from powercx.analytics.facts.registry import derived_fact

_MINUTE_US = 60_000_000.0
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
)
def time_of_use(inputs: Inputs) -> ir.Table:
    """Readings of customers whose tariff is ``tou`` on the day.

    Built for hundreds of millions of rows: customers on another tariff drop out in the first join,
    and usage points are looked up only where they change the answer.
    """
    rows = inputs.source("usage_daily").select(
        "customer_id", "usage_point_id", "org_id", "date", "kwh", "valley_kwh"
    )
    points = inputs.usage_points.select(
        point="usage_point_id",
        owner="customer_id",
        point_org="org_id",
        pf="from_day",
        pt="to_day",
    )
    known = _tou_rows(rows.filter(rows.customer_id.notnull()), inputs)
    apart = _points_apart(points, inputs)
    known = known.left_join(
        apart, [known.usage_point_id == apart.point, known.date >= apart.pf, known.date < apart.pt]
    )
    orphans = rows.filter(rows.customer_id.isnull())
    orphans = orphans.inner_join(
        points,
        [
            orphans.usage_point_id == points.point,
            orphans.date >= points.pf,
            orphans.date < points.pt,
        ],
    )
    orphans = orphans.mutate(customer_id=orphans.owner).drop("owner", "point", "pf", "pt")
    found = _placed(known).union(_placed(_tou_rows(orphans, inputs)))
    units = inputs.orgs.filter(inputs.orgs.current).select(unit="org_id")
    found = found.left_join(units, found.place == units.unit)
    return found.mutate(
        org_id=found.unit.fill_null("unassigned"),
        channel=ibis.null("string"),
        left_out=ibis.null("string"),
    ).drop("unit", "place")


def _tou_rows(rows: ir.Table, inputs: Inputs) -> ir.Table:
    customers = inputs.customers
    tou = customers.filter(customers.tariff == "tou").select(
        who="customer_id", who_org="org_id", class_="usage_category", f="from_day", t="to_day"
    )
    return rows.inner_join(
        tou, [rows.customer_id == tou.who, rows.date >= tou.f, rows.date < tou.t]
    )


def _points_apart(points: ir.Table, inputs: Inputs) -> ir.Table:
    """Usage points outside the organisation of a version of their customer, each once."""
    customers = inputs.customers.select(who="customer_id", who_org="org_id")
    met = points.left_join(customers, points.owner == customers.who)
    apart = met.who_org.isnull() | (met.point_org != met.who_org)
    found = met.filter(met.point_org.notnull(), apart)
    return found.select("point", "point_org", "pf", "pt").distinct()


def _placed(rows: ir.Table) -> ir.Table:
    return rows.select(
        "customer_id",
        "usage_point_id",
        "date",
        "kwh",
        "valley_kwh",
        rows.class_.name("class"),
        place=ibis.coalesce(rows.org_id, rows.point_org, rows.who_org),
    )
