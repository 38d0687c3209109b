"""Versions of reference rows as spans of days, and stocks as daily changes."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from powercx.analytics.facts.inputs import ALWAYS, EVER
from powercx.analytics.facts.placing import UNASSIGNED

CUSTOMER_COLUMNS = (
    "customer_id",
    "org_id",
    "usage_category",
    "tariff",
    "opened_on",
    "closed_on",
    "close_reason",
    "e_bill",
    "auto_pay",
)
POINT_COLUMNS = ("usage_point_id", "customer_id", "org_id", "opened_on", "closed_on")
# The populations whose changes are counted together.
STOCKS = {
    "customers": ("customers", "e_bill", "e_bill_known", "auto_pay", "auto_pay_known"),
    "usage_points": ("usage_points",),
    "subscribers": ("subscribers",),
}
_ALL = ibis.literal(value=True)
ORG_COLUMNS = ("org_id", "parent_id", "name", "level", "area_class")


def versions(rows: ir.Table, key: str, columns: tuple[str, ...]) -> ir.Table:
    """``columns`` of each version with ``from_day`` (in), ``to_day`` (out) and ``current``.

    A version begins on its ``valid_from`` (without one, ever since) and ends where the next one
    begins, or on its ``valid_to`` if that is earlier. Of two versions of one beginning, which only
    two sources can bring, the later source by name counts.
    """
    begins = ibis.coalesce(rows.valid_from, ibis.literal(ALWAYS))
    rows = rows.mutate(from_day=begins)
    order = ibis.window(group_by=key, order_by=["from_day", "source"])
    following = rows.from_day.lead().over(order)
    ends = ibis.least(
        ibis.coalesce(rows.valid_to, ibis.literal(EVER)),
        ibis.coalesce(following, ibis.literal(EVER)),
    )
    rows = rows.mutate(to_day=ends, current=following.isnull())
    return rows.filter(rows.to_day > rows.from_day).select(
        *columns, "from_day", "to_day", "current"
    )


def _placed(rows: ir.Table, orgs: ir.Table) -> ir.Table:
    units = orgs.filter(orgs.current).select(unit="org_id")
    rows = rows.left_join(units, rows.org_id == units.unit)
    return rows.mutate(org_id=rows.unit.fill_null(UNASSIGNED)).drop("unit")


def _changes(rows: ir.Table, **populations: ir.BooleanValue) -> ir.Table:
    """One more from ``first`` on, one less from ``after`` on, by organisation and class.

    ``populations`` says of each row whether it belongs to the population of that name; days on
    which nothing changes on balance are no rows.
    """
    rows = rows.mutate(**populations).filter(rows["first"] < rows["after"])
    kept = ["org_id", "class", *populations]
    ups = rows.select(*kept, day=rows["first"], step=ibis.literal(1, "int64"))
    downs = rows.filter(rows["after"] < ibis.literal(EVER))
    downs = downs.select(*kept, day=downs["after"], step=ibis.literal(-1, "int64"))
    both = ups.union(downs)
    sums = both.group_by(["day", "org_id", "class"]).aggregate(
        **{name: both.step.sum(where=both[name]) for name in populations}
    )
    found = [
        sums.filter(sums[name] != 0).select(
            "day", "org_id", "class", change=sums[name], population=ibis.literal(name)
        )
        for name in populations
    ]
    return found[0] if len(found) == 1 else ibis.union(*found)


def _as_known_last(rows: ir.Table, key: str) -> ir.Table:
    """Versions with the opening and closing dates that the last one names, known only later."""
    last = rows.filter(rows.current)
    past = rows.filter(~rows.current)
    dates = last.select(who=last[key], last_opened=last.opened_on, last_closed=last.closed_on)
    past = past.left_join(dates, past[key] == dates.who)
    past = past.mutate(
        opened_on=ibis.coalesce(past.last_opened, past.opened_on),
        closed_on=ibis.coalesce(past.last_closed, past.closed_on),
    ).drop("who", "last_opened", "last_closed")
    return last.union(past)


def _spans(customers: ir.Table) -> ir.Table:
    """Customers' versions cut to the days on which the account was open."""
    customers = _as_known_last(customers, "customer_id")
    ends = ibis.coalesce(customers.closed_on, ibis.literal(EVER))
    return customers.filter(customers.opened_on.notnull()).mutate(
        first=ibis.greatest(customers.opened_on, customers.from_day),
        after=ibis.least(ends, customers.to_day),
    )


def customer_stocks(customers: ir.Table, orgs: ir.Table) -> ir.Table:
    """Daily changes of ``customers``; of those with ``e_bill`` and ``auto_pay``, and known so."""
    rows = _placed(_spans(customers), orgs).rename({"class": "usage_category"})
    return _changes(
        rows,
        customers=_ALL,
        e_bill=rows.e_bill,
        e_bill_known=rows.e_bill.notnull(),
        auto_pay=rows.auto_pay,
        auto_pay_known=rows.auto_pay.notnull(),
    )


def point_stocks(points: ir.Table, customers: ir.Table, orgs: ir.Table) -> ir.Table:
    """Daily changes of ``usage_points``: open by their own dates, else their customer's."""
    points = _as_known_last(points, "usage_point_id")
    customers = _as_known_last(customers, "customer_id")
    who = customers.select(
        who="customer_id",
        who_org="org_id",
        class_="usage_category",
        who_opened="opened_on",
        who_closed="closed_on",
        f="from_day",
        t="to_day",
    )
    rows = points.left_join(
        who, [points.customer_id == who.who, points.from_day < who.t, who.f < points.to_day]
    )
    opened = ibis.coalesce(rows.opened_on, rows.who_opened)
    closed = ibis.coalesce(rows.closed_on, rows.who_closed, ibis.literal(EVER))
    begin = ibis.greatest(rows.from_day, rows.f.fill_null(ibis.literal(ALWAYS)))
    end = ibis.least(rows.to_day, rows.t.fill_null(ibis.literal(EVER)))
    rows = rows.filter(opened.notnull()).mutate(
        first=ibis.greatest(opened, begin),
        after=ibis.least(closed, end),
        org_id=ibis.coalesce(rows.org_id, rows.who_org),
    )
    rows = _placed(rows, orgs).rename({"class": "class_"})
    return _changes(rows, usage_points=_ALL)


def subscriber_stocks(contracts: ir.Table, customers: ir.Table, orgs: ir.Table) -> ir.Table:
    """Daily changes of ``subscribers``: open customers with a contract in force, each once.

    A contract is in force from ``started_on`` to ``ends_on``, both included.
    """
    day = ibis.interval(days=1)
    ends = (contracts.ends_on + day).cast("date")
    rows = contracts.filter(contracts.customer_id.notnull()).select(
        "customer_id",
        begin=contracts.started_on,
        end=ibis.coalesce(ends, ibis.literal(EVER)),
    )
    before = ibis.rows_window(
        preceding=(None, 1), group_by="customer_id", order_by=["begin", "end"]
    )
    rows = rows.mutate(reached=rows.end.max().over(before))
    rows = rows.mutate(island=(rows.reached.isnull() | (rows.begin > rows.reached)).cast("int64"))
    upto = ibis.cumulative_window(group_by="customer_id", order_by=["begin", "end"])
    rows = rows.mutate(number=rows.island.sum().over(upto))
    spans = rows.group_by(["customer_id", "number"]).aggregate(
        begin=rows.begin.min(), end=rows.end.max()
    )
    held = customers.semi_join(contracts, "customer_id")
    open_ = _spans(held).select(
        who="customer_id", org_id="org_id", class_="usage_category", first="first", after="after"
    )
    met = spans.inner_join(open_, spans.customer_id == open_.who)
    met = met.mutate(
        first=ibis.greatest(met["first"], met.begin), after=ibis.least(met["after"], met.end)
    )
    return _changes(_placed(met, orgs).rename({"class": "class_"}), subscribers=_ALL)
