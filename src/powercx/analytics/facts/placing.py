"""Places as numbers: an organisational unit with a class of customers, joined and grouped by.

A number is far cheaper to join and to group by than two texts. It holds within one run only; the
table ``place`` gives the texts back.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

UNASSIGNED = "unassigned"
# A place is the number of its unit times ROOM and that of its class. Unit 0 is that of rows without
# a unit in the tree, class 0 that of rows without a class.
ROOM = 1024


@dataclass(frozen=True)
class Numbers:
    """The numbers of units (``unit``, ``unit_no``) and of classes (``class_``, ``class_no``)."""

    units: ir.Table
    classes: ir.Table


def unit_number(orgs: ir.Table) -> ir.Table:
    """A number from 1 on for every unit of the tree; a unit is in it whenever its record begins."""
    units = orgs.filter(orgs.current).select(unit="org_id")
    return units.mutate(unit_no=(ibis.row_number().over(order_by="unit") + 1).cast("int32"))


def class_number(customers: ir.Table) -> ir.Table:
    """A number from 1 on for every class of customers."""
    known = customers.filter(customers.usage_category.notnull())
    classes = known.select(class_="usage_category").distinct()
    return classes.mutate(class_no=(ibis.row_number().over(order_by="class_") + 1).cast("int32"))


def place(numbers: Numbers) -> ir.Table:
    """Every ``place`` with its ``org_id`` and ``class`` (null where it has none)."""
    none = ibis.literal(0, "int32")
    unassigned = _one_row(numbers.units).select(unit=ibis.literal(UNASSIGNED), unit_no=none)
    unclassed = _one_row(numbers.classes).select(class_=ibis.null("string"), class_no=none)
    rows = numbers.units.union(unassigned).cross_join(numbers.classes.union(unclassed))
    return rows.select(
        place=_place(rows.unit_no, rows.class_no), org_id="unit", **{"class": "class_"}
    )


def customer_place(customers: ir.Table, numbers: Numbers) -> ir.Table:
    """The ``place`` of customers from day ``f`` (in) to day ``t`` (out), with their ``tariff``."""
    rows = customers.left_join(numbers.units, customers.org_id == numbers.units.unit)
    rows = rows.left_join(numbers.classes, rows.usage_category == numbers.classes.class_)
    unit_no, class_no = rows.unit_no.fill_null(0), rows.class_no.fill_null(0)
    return rows.select(
        who="customer_id",
        f="from_day",
        t="to_day",
        tariff="tariff",
        place=_place(unit_no, class_no),
    )


def point_place(points: ir.Table, numbers: Numbers) -> ir.Table:
    """The ``owner`` of usage points and their own unit, null when they have none, over days."""
    rows = points.left_join(numbers.units, points.org_id == numbers.units.unit)
    return rows.select(
        point="usage_point_id",
        owner="customer_id",
        f="from_day",
        t="to_day",
        point_unit=own_unit(rows),
    )


def own_unit(rows: ir.Table) -> ir.IntegerValue:
    """The unit that rows joined with units name themselves; 0 when it is not in the tree."""
    return ibis.cases((rows.org_id.notnull(), rows.unit_no.fill_null(0)))


def moved(place: ir.IntegerValue, unit: ir.IntegerValue) -> ir.IntegerValue:
    """``place`` moved to ``unit``, unless that is null; the class stays."""
    return ibis.cases((unit.notnull(), _place(unit, place % ROOM)), else_=place)


def _one_row(rows: ir.Table) -> ir.Table:
    return rows.aggregate(count=rows.count())


def _place(unit: ir.IntegerValue, class_: ir.IntegerValue) -> ir.IntegerValue:
    return (unit * ROOM + class_).cast("int32")
