"""What a derived fact is made from: source rows of the days at hand, versions, calendar, limits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from powercx.analytics.facts import placing

ALWAYS = date(1900, 1, 1)
EVER = date(9999, 1, 1)


Source = Callable[[str], ir.Table]
Asked = Collection[str] | None


@dataclass(frozen=True)
class Inputs:
    """The tables a derived fact may use.

    ``source`` gives a lake table by name, ``shared`` rows that several facts stand on; of these
    only the columns ``asked`` for are of use to anyone (None: all). ``hints`` says what is known
    of columns before their rows are read: ``table.column empty`` or ``full``; ``part`` that the
    sources are cut to some days, ``numbered`` that places are numbers alone. ``customers`` and
    ``orgs`` hold versions with ``from_day`` (in) and ``to_day`` (out); ``numbers``,
    ``customer_places``, ``point_places`` and ``places`` are those of ``placing``. ``calendar`` has
    ``day``, ``working`` and ``working_index``, the number of working days up to and with it.
    ``known`` has a row per table with its last local day ``until`` and the instant ``ends_at`` at
    which that day ends.
    ``limits`` gives the service limits in force by item and class.
    """

    source: Source
    shared: Source
    asked: Asked
    hints: Collection[str]
    part: bool
    numbered: bool
    customers: ir.Table
    orgs: ir.Table
    numbers: placing.Numbers
    customer_places: ir.Table
    point_places: ir.Table
    places: ir.Table
    calendar: ir.Table
    known: ir.Table
    limits: Mapping[str, Mapping[str, float]]
    online: tuple[str, ...]
    assisted: tuple[str, ...]

    def of_use(self, rows: ir.Table, *own: str) -> ir.Table:
        """``rows`` with the columns ``own`` and those asked for."""
        if self.asked is None:
            return rows
        return rows.select([c for c in rows.columns if c in own or c in self.asked])

    def concerned(self, rows: ir.Table, table: str, *by: str) -> ir.Table:
        """Of ``rows`` of a lake table those that share ``by`` with a row of the days at hand."""
        if not self.part:
            return rows
        at_hand = ibis.table(self.source(table).schema(), name=at_hand_name(table))
        return rows.semi_join(at_hand, by)

    def has(self, table: str, column: str) -> bool:
        """Whether a row may have a value there."""
        return f"{table}.{column} empty" not in self.hints

    def without(self, table: str, column: str) -> ir.Table | None:
        """The rows without a value there, read without the others; None when there are none."""
        if f"{table}.{column} full" in self.hints:
            return None
        rows = self.source(table)
        return ibis.table(rows.schema(), name=gap_name(table, column))

    def names(self, rows: ir.Table) -> ir.Table:
        """``rows`` with the ``org_id`` and ``class`` of their ``place``."""
        names = self.places.rename(number="place")
        return rows.left_join(names, rows.place == names.number).drop("number")

    def end_of(self, *tables: str) -> ir.DateScalar:
        """The last day known of any of ``tables``; null when none is loaded."""
        return self._known(tables).until.max().as_scalar()

    def end_instant(self, *tables: str) -> ir.TimestampScalar:
        """The instant at which the last known local day ends, UTC."""
        return self._known(tables).ends_at.max().as_scalar()

    def _known(self, tables: tuple[str, ...]) -> ir.Table:
        return self.known.filter(self.known.name.isin(tables))

    def limit(self, item: str, by: ir.StringValue) -> ir.FloatingValue:
        """The limit of ``item`` for the class in column ``by``; null where the rules are silent."""
        nothing = ibis.null("float64")
        values = self.limits.get(item, {})
        if not values:
            return nothing
        branches = [(by == key, ibis.literal(float(v), "float64")) for key, v in values.items()]
        return ibis.cases(*branches, else_=nothing)


def gap_name(table: str, column: str) -> str:
    """What the rows of ``table`` without a value in ``column`` are called."""
    return f"{table}_without_{column}"


def at_hand_name(table: str) -> str:
    """What the rows of ``table`` on the days at hand, and no others, are called."""
    return f"{table}_at_hand"


def place(
    rows: ir.Table,
    inputs: Inputs,
    *,
    day: str,
    points: bool = False,
    named: bool = False,
    area: bool = False,
) -> ir.Table:
    """Give every row its ``place``, and ``org_id`` (never null) and ``class`` that it stands for.

    The organisation is the row's own, else its usage point's (``points``), else its customer's, as
    valid on the row's ``day``; one that is not in the organisation tree, or none, becomes
    ``unassigned``. ``class`` is the customer's usage category on the day, null when unknown. Only
    the number is there when the inputs are ``numbered``, unless the names are asked for (``named``)
    or the ``area_class`` of the organisation on the day (``area``).
    """
    if points:
        rows = _with_point(rows, inputs, day)
    who = inputs.customer_places.drop("tariff").rename(home="place")
    rows = rows.left_join(
        who, [rows.customer_id == who.who, rows[day] >= who.f, rows[day] < who.t]
    ).drop("who", "f", "t")
    units = inputs.numbers.units
    rows = rows.left_join(units, rows.org_id == units.unit)
    unit = placing.own_unit(rows)
    if points:
        unit = ibis.coalesce(unit, rows.point_unit)
    rows = rows.mutate(place=placing.moved(rows.home.fill_null(0), unit))
    rows = rows.drop("home", "unit", "unit_no", "org_id", *(["point_unit"] if points else []))
    if area or named or not inputs.numbered:
        rows = inputs.names(rows)
    return _with_area(rows, inputs, day) if area else rows


def _with_area(rows: ir.Table, inputs: Inputs, day: str) -> ir.Table:
    units = inputs.orgs.select(unit="org_id", area_class="area_class", f="from_day", t="to_day")
    met = [rows.org_id == units.unit, rows[day] >= units.f, rows[day] < units.t]
    return rows.left_join(units, met).drop("unit", "f", "t")


def _with_point(rows: ir.Table, inputs: Inputs, day: str) -> ir.Table:
    point = inputs.point_places
    rows = rows.left_join(
        point,
        [rows.usage_point_id == point.point, rows[day] >= point.f, rows[day] < point.t],
    ).drop("point", "f", "t")
    return rows.mutate(customer_id=ibis.coalesce(rows.customer_id, rows.owner)).drop("owner")
