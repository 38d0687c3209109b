"""What a derived fact is made from: source rows of the days at hand, versions, calendar, limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

ALWAYS = date(1900, 1, 1)
EVER = date(9999, 1, 1)


class Source(Protocol):
    """Gives the rows of a lake table that the days at hand need."""

    def __call__(self, table: str) -> ir.Table:
        """All stored columns of ``table``."""


@dataclass(frozen=True)
class Inputs:
    """The tables a derived fact may use.

    ``customers`` and ``usage_points`` hold versions with ``from_day`` (in) and ``to_day`` (out);
    ``orgs`` likewise with ``area_class``. ``calendar`` has ``day``, ``working`` and
    ``working_index``, the number of working days up to and with it. ``known_until`` is the last
    local day loaded of each table, ``zone`` the local time zone. ``limits`` gives the service
    limits in force by item and class.
    """

    source: Source
    customers: ir.Table
    usage_points: ir.Table
    orgs: ir.Table
    calendar: ir.Table
    known_until: Mapping[str, date]
    zone: str
    limits: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    online: tuple[str, ...] = ()
    assisted: tuple[str, ...] = ()

    def end_of(self, *tables: str) -> date:
        """The last day known of any of ``tables``; the beginning of time when none is loaded."""
        return max((self.known_until[t] for t in tables if t in self.known_until), default=ALWAYS)

    def end_instant(self, *tables: str) -> ir.TimestampScalar:
        """The instant at which the last known local day ends, UTC."""
        day = self.end_of(*tables) + timedelta(days=1)
        local = datetime.combine(day, time(), ZoneInfo(self.zone))
        return ibis.timestamp(local.astimezone(UTC).replace(tzinfo=None)).cast("timestamp('UTC')")

    def limit(self, item: str, by: ir.StringValue) -> ir.FloatingValue:
        """The limit of ``item`` for the class in column ``by``; null where the rules are silent."""
        return self.constant(by, self.limits.get(item, {}))

    @staticmethod
    def constant(by: ir.StringValue, values: Mapping[str, float]) -> ir.FloatingValue:
        """A number looked up by the text in ``by``; null for any other text."""
        nothing = ibis.null("float64")
        if not values:
            return nothing
        branches = [(by == key, ibis.literal(float(v), "float64")) for key, v in values.items()]
        return ibis.cases(*branches, else_=nothing)


def place(
    rows: ir.Table, inputs: Inputs, *, day: str, points: bool = False, area: bool = False
) -> ir.Table:
    """Give every row its place: ``org_id`` (never null), ``class``, with ``area`` ``area_class``.

    The organisation is the row's own, else its usage point's (``points``), else its customer's, as
    valid on the row's ``day``; one that is not in the organisation tree, or none, becomes
    ``unassigned``. ``class`` is the customer's usage category on that day, null when unknown.
    """
    rows = _with_point(rows, inputs, day) if points else rows.mutate(point_org=ibis.null("string"))
    who = inputs.customers.select(
        who="customer_id", who_org="org_id", class_="usage_category", f="from_day", t="to_day"
    )
    rows = rows.left_join(
        who, [rows.customer_id == who.who, rows[day] >= who.f, rows[day] < who.t]
    ).drop("who", "f", "t")
    rows = rows.mutate(place=ibis.coalesce(rows.org_id, rows.point_org, rows.who_org))
    units = inputs.orgs.select(unit="org_id", area_class="area_class", f="from_day", t="to_day")
    rows = rows.left_join(
        units, [rows.place == units.unit, rows[day] >= units.f, rows[day] < units.t]
    ).drop("f", "t", "org_id", "point_org", "who_org", "place")
    rows = rows.mutate(org_id=rows.unit.fill_null("unassigned")).rename({"class": "class_"})
    return rows.drop("unit") if area else rows.drop("unit", "area_class")


def _with_point(rows: ir.Table, inputs: Inputs, day: str) -> ir.Table:
    point = inputs.usage_points.select(
        point="usage_point_id",
        point_customer="customer_id",
        point_org="org_id",
        f="from_day",
        t="to_day",
    )
    rows = rows.left_join(
        point,
        [rows.usage_point_id == point.point, rows[day] >= point.f, rows[day] < point.t],
    ).drop("point", "f", "t")
    known = ibis.coalesce(rows.customer_id, rows.point_customer)
    return rows.mutate(customer_id=known).drop("point_customer")
