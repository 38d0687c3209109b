"""Who a population is: its members by id, those left out, and their reference rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import ibis
import ibis.expr.types as ir

from powercx.analytics.definitions.measures import Population
from powercx.analytics.engine.compute import DIALECT
from powercx.analytics.engine.workspace import Workspace
from powercx.analytics.facts import references
from powercx.analytics.facts.inputs import ALWAYS, EVER
from powercx.analytics.facts.registry import DERIVED
from powercx.analytics.measures import compiled
from powercx.analytics.measures.explanation import MOST_LOADS, Members, Rows
from powercx.analytics.measures.figures import Figure
from powercx.analytics.measures.gather import Gatherer
from powercx.analytics.measures.outside import Outside
from powercx.analytics.results.state import State
from powercx.analytics.results.tree import OrgTree
from powercx.base.days import Days
from powercx.base.periods import Period

_APART = "\x1f"
Span = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Register:
    """Where members are kept: the lake table, the id that tells them, the columns to show.

    ``stocks`` is the group of populations that are worked out together.
    """

    stocks: str
    table: str
    key: str
    shows: tuple[str, ...]


CUSTOMERS = Register(
    "customers",
    "customer",
    "customer_id",
    ("org_id", "valid_from", "opened_on", "closed_on", "close_reason", "e_bill", "auto_pay"),
)
_POINTS = Register(
    "usage_points",
    "usage_point",
    "usage_point_id",
    ("customer_id", "org_id", "valid_from", "opened_on", "closed_on"),
)
_CONTRACTS = Register(
    "subscribers",
    "subscription",
    "customer_id",
    ("subscription_id", "product", "started_on", "ends_on"),
)
_REGISTERS = {"usage_points": _POINTS, "subscribers": _CONTRACTS}
_KNOWN = {"e_bill_known": "e_bill", "auto_pay_known": "auto_pay"}
"""Populations of customers of whom something is known, and the column that says it."""


class Registers:
    """Finds who was counted in a population, in the data versions of one refresh."""

    def __init__(
        self, state: State, tree: OrgTree, outside: Outside, gatherer: Gatherer, work: Workspace
    ) -> None:
        self._state = state
        self._tree = tree
        self._outside = outside
        self._gatherer = gatherer
        self._work = work

    def members(self, population: Population, role: str, figure: Figure, rows: int) -> Members:
        """The population of a figure as its ``role``, with a sample of at most ``rows`` records.

        :raises LookupError: a data version is gone.
        """
        register = _REGISTERS.get(population.of, CUSTOMERS)
        self._name(register, figure.period.last)
        self._outside.within(self._tree.subtree(figure.org))
        self._find("in_stock", population, figure.period)
        found = Rows(versions=self.versions(register.table, "customer", "org_unit"))
        found.counted = int(self._work.value("select count(*) from in_stock"))
        if role == "denominator":
            found.left_out = self._left_out(population, figure.period)
        days = ("days",) if population.at == "served" else ()
        self.show(found, register, _span(population, figure.period), rows, more=days)
        value = figure.numerator if role == "numerator" else figure.denominator
        return Members(population.of, role, population.at, value, found)

    def versions(self, *tables: str) -> dict[str, int]:
        """The Delta versions of tables that this refresh stands on."""
        known = {**self._state.tables, **self._state.results}
        return {name: known[name] for name in tables if name in known}

    def show(
        self, found: Rows, register: Register, span: Span, rows: int, *, more: Sequence[str] = ()
    ) -> None:
        """Add the loads and a sample of the records of those in the table ``in_stock``.

        Of a customer or usage point the record as of the last day of ``span`` is shown, of a
        subscriber every contract in force in it. ``more`` are columns of ``in_stock`` to show too.
        """
        key, records = register.key, f"({_records(register, *span)}) as r"
        loads = self._work.rows(
            f"select distinct load_id from {records} where {key} in (select id from in_stock) "
            f"order by 1 desc limit {MOST_LOADS}"
        )
        found.loads = [str(row[0]) for row in loads]
        shown = ", ".join((key, *register.shows, "source", "source_key", *more))
        newest = f"row_number() over (partition by {key} order by valid_from desc nulls last)"
        latest = "" if register is _CONTRACTS else f"qualify {newest} = 1 "
        found.sample = self._work.records(
            f"select {shown} from {records} join (from in_stock order by id limit ?) as m "
            f"on {key} = m.id {latest}order by {shown} limit ?",
            [rows, rows],
        )

    def name_customers(self) -> None:
        """Let statements read the customers' records."""
        self._gatherer.name("customer")

    def _name(self, register: Register, last: date) -> None:
        """Let statements read what a population is made of; contracts that begin later not."""
        for table in ("customer_version", "usage_point_version", "org_version"):
            self._gatherer.name(table)
        if register is _CONTRACTS:
            self._gatherer.rows(DERIVED["subscription"], Days.of([(date.min, last)]))
        else:
            self._gatherer.name(register.table)

    def _left_out(self, population: Population, period: Period) -> dict[str, int]:
        """Who cannot be counted for want of a value, by the column that is empty."""
        found, every, whole = {}, "in_stock", population
        if population.of in _KNOWN:
            every, whole = "everyone", population.model_copy(update={"of": "customers"})
            self._find(every, whole, period)
            found[f"null:{_KNOWN[population.of]}"] = self._missing(every, "in_stock")
        self._find("dated", whole, period, dated=True)
        found["null:opened_on"] = self._missing("dated", every)
        return {why: n for why, n in found.items() if n}

    def _missing(self, some: str, others: str) -> int:
        return int(self._work.value(f"select count(*) from {some} anti join {others} using (id)"))

    def _find(
        self, name: str, population: Population, period: Period, *, dated: bool = False
    ) -> None:
        """Leave ids and days of the members in the temporary table ``name``."""
        start, end = f"date '{period.start}'", f"date '{period.end}'"
        days = {
            "served": f"sum(change * greatest(0, date_diff('day', greatest(day, {start}), {end})))",
            "end": f"sum(change) filter (where day < {end})",
            "before": f"sum(change) filter (where day < {start})",
        }[population.at]
        stocks = _REGISTERS.get(population.of, CUSTOMERS).stocks
        self._work.run(
            f'create or replace temp table {name} as select "class" as id, {days} as days '
            f"from ({_changes(stocks, dated=dated)}) as changes where population = ? "
            'and "class" is not null and org_id in (select name from asked_orgs) '
            "group by 1 having days > 0",
            [population.of],
        )


def _span(population: Population, period: Period) -> Span:
    """First and last day on which members are counted."""
    before = period.start - timedelta(days=1)
    spans = {
        "served": (period.start, period.last),
        "end": (period.last, period.last),
        "before": (before, before),
    }
    return spans[population.at]


def _records(register: Register, first: date, last: date) -> str:
    """The reference rows begun by ``last``, or the contracts in force on any of the days."""
    if register is _CONTRACTS:
        ends = f"coalesce(ends_on, date '{EVER}') >= date '{first}'"
        return f"select * from subscription where started_on <= date '{last}' and {ends}"
    begun = f"coalesce(valid_from, date '{ALWAYS}') <= date '{last}'"
    return f'select * from "{register.table}" where {begun}'


@lru_cache(maxsize=8)
def _changes(stocks: str, *, dated: bool) -> str:
    """SQL of the daily changes of a group of populations, a member's id in place of its class.

    So the expressions that stocks are published by also tell who is in them. ``dated`` takes those
    without an opening date as open ever since.
    """
    customers, orgs = compiled.table("customer_version"), compiled.table("org_version")
    if dated:
        opened = customers.opened_on.fill_null(ibis.literal(ALWAYS))
        customers = customers.mutate(opened_on=opened)
    named = customers.mutate(usage_category=customers.customer_id)
    if stocks == "usage_points":
        found = references.point_stocks(*_owned(customers), orgs)
    elif stocks == "subscribers":
        found = references.subscriber_stocks(compiled.table("subscription"), named, orgs)
    else:
        found = references.customer_stocks(named, orgs)
    return str(ibis.to_sql(found, dialect=DIALECT))


def _owned(customers: ir.Table) -> tuple[ir.Table, ir.Table]:
    """Usage points, and their customers once more for each, with the point's id as their class.

    A point without a known customer gets one of whom nothing is known.
    """
    points = compiled.table("usage_point_version")
    pair = points.usage_point_id + _APART + points.customer_id.fill_null("")
    points = points.mutate(owner=points.customer_id, customer_id=pair)
    owned = points.select("usage_point_id", "owner", pair=points.customer_id).distinct()
    met = owned.left_join(customers, owned.owner == customers.customer_id)
    return points.drop("owner"), met.select(
        customer_id=met.pair,
        org_id=met.org_id,
        usage_category=met.usage_point_id,
        opened_on=met.opened_on,
        closed_on=met.closed_on,
        from_day=met.from_day.fill_null(ibis.literal(ALWAYS)),
        to_day=met.to_day.fill_null(ibis.literal(EVER)),
        current=met.current.fill_null(ibis.literal(value=True)),
    )
