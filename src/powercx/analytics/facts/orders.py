"""Orders: connections against their limits, faults, complaints and everything accepted."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from powercx.analytics.facts.inputs import Inputs, place
from powercx.analytics.facts.registry import derived_fact
from powercx.analytics.facts.supply import minutes_between

# A limit of 32 working days takes at most two months even over the Spring Festival; the room to
# spare is for local rule sets with longer ones.
CONNECTION_REACH = 120


def _orders(inputs: Inputs) -> ir.Table:
    rows = inputs.source("service_order")
    cancelled = ibis.cases((rows.status == "cancelled", "cancelled"), else_=ibis.null("string"))
    return rows.mutate(left_out=cancelled)


@derived_fact(
    grain="one row per order",
    reach={
        "service_order.accepted_on": (0, 0),
        "service_order.completed_on": (0, 0),
        "service_order.due_on": (0, 1),
    },
    until=("service_order",),
    lag=1,
)
def order(inputs: Inputs) -> ir.Table:
    """Orders with ``hours``, ``online``, ``in_time`` and ``decided_on``.

    ``decided_on`` is the day of completion when ``in_time``, else the day after ``due_on``; null
    while that day is not yet known to have passed, and for orders without a limit. ``eligible``
    says that the order can be made by face scan: as the source says, else every connection and
    change. Cancelled orders are left out.
    """
    rows = _orders(inputs)
    in_time = (rows.completed_at <= rows.due_at).fill_null(ibis.literal(value=False))
    known = inputs.end_of("service_order")
    late_on = (rows.due_on + ibis.interval(days=1)).cast("date")
    late = ibis.cases((late_on <= known, late_on), else_=ibis.null("date"))
    rows = rows.mutate(
        in_time=in_time,
        decided_on=ibis.cases(
            (rows.due_at.isnull(), ibis.null("date")), (in_time, rows.completed_on), else_=late
        ),
        hours=minutes_between(rows.accepted_at, rows.completed_at) / 60.0,
        online=rows.channel.isin(inputs.online),
        eligible=ibis.coalesce(
            rows.face_scan_eligible, rows.type_l1.isin(("connection", "change"))
        ),
    )
    return place(rows, inputs, day="accepted_on")


@derived_fact(
    grain="one row per connection order",
    reach={
        "service_order.accepted_on": (0, CONNECTION_REACH),
        "service_order.completed_on": (0, 0),
    },
    until=("service_order",),
    lag=0,
)
def connection(inputs: Inputs) -> ir.Table:
    """Connections with ``working_days`` elapsed, their ``limit``, ``within`` and ``decided_on``.

    Working days are those in (accepted, completed]. The limit comes from the rule set: residential
    customers by usage category, others by voltage level. ``decided_on`` is the day of completion
    when within the limit, else the first day on which the limit has passed, null while that day
    lies beyond the data.
    """
    rows = _orders(inputs)
    rows = rows.filter(rows.type_l1 == "connection")
    rows = place(rows, inputs, day="accepted_on", named=True)
    calendar = inputs.calendar
    taken = calendar.select(taken_day="day", taken="working_index")
    done = calendar.select(done_day="day", done="working_index")
    first = calendar.filter(calendar.working).select(late_on="day", late="working_index")
    rows = rows.left_join(taken, rows.accepted_on == taken.taken_day)
    rows = rows.left_join(done, rows.completed_on == done.done_day)
    kind = ibis.cases(((rows["class"] == "residential"), "residential"), else_=rows.voltage_level)
    rows = rows.mutate(
        limit=inputs.limit("connection", kind), working_days=(rows.done - rows.taken)
    )
    rows = rows.left_join(first, (rows.taken + rows["limit"].cast("int64") + 1) == first.late)
    within = (rows.working_days <= rows["limit"]).fill_null(ibis.literal(value=False))
    known = inputs.end_of("service_order")
    late_on = ibis.cases((rows.late_on <= known, rows.late_on), else_=ibis.null("date"))
    decided = ibis.cases(
        (rows["limit"].isnull(), ibis.null("date")), (within, rows.completed_on), else_=late_on
    )
    return rows.mutate(within=within, decided_on=decided).drop(
        "taken_day", "taken", "done_day", "done", "late_on", "late"
    )


@derived_fact(
    grain="one row per fault report",
    reach={"service_order.accepted_on": (0, 0), "service_order.completed_on": (0, 0)},
    until=("service_order",),
    lag=2,
)
def fault(inputs: Inputs) -> ir.Table:
    """Fault reports with minutes to arrival and to restoration, and whether within the limits.

    ``arrival_due`` marks those the arrival measure is about: with an arrival, or with neither
    arrival nor completion and past the limit at the end of the data. The limit goes by the area
    class of the organisation.
    """
    rows = _orders(inputs)
    rows = place(rows.filter(rows.type_l1 == "fault"), inputs, day="accepted_on", area=True)
    waited = minutes_between(rows.accepted_at, inputs.end_instant("service_order"))
    rows = rows.mutate(
        arrival_limit=inputs.limit("fault_arrival", rows.area_class),
        restore_limit=inputs.limit("fault_restore", rows.area_class),
        arrival_minutes=minutes_between(rows.accepted_at, rows.arrived_at),
        restore_minutes=minutes_between(rows.arrived_at, rows.completed_at),
    )
    never = rows.arrived_at.isnull() & rows.completed_at.isnull()
    return rows.mutate(
        arrival_due=rows.arrived_at.notnull() | (never & (waited > rows.arrival_limit)),
        arrived_in_time=(rows.arrival_minutes <= rows.arrival_limit).fill_null(
            ibis.literal(value=False)
        ),
    )
