"""The rows of a fact that a figure counts, those it leaves out and why."""

from __future__ import annotations

from dataclasses import replace

from powercx.analytics.definitions.catalogue import Catalogue
from powercx.analytics.definitions.measures import FactMeasure
from powercx.analytics.engine.workspace import Workspace, literal
from powercx.analytics.facts.inputs import ALWAYS
from powercx.analytics.facts.registry import DERIVED, DerivedFact
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.measures import plan as planning
from powercx.analytics.measures.evaluate import Evaluator
from powercx.analytics.measures.explanation import MOST_LOADS, Record, Rows
from powercx.analytics.measures.figures import Figure
from powercx.analytics.measures.members import CUSTOMERS, Registers
from powercx.analytics.measures.outside import Outside
from powercx.analytics.results.tree import OrgTree

_JUDGED = "judged"
Only = tuple[str, str]


class CountedRows:
    """Looks at the rows behind figures, in the data versions of one refresh."""

    def __init__(
        self,
        catalogue: Catalogue,
        evaluator: Evaluator,
        tree: OrgTree,
        outside: Outside,
        registers: Registers,
        work: Workspace,
    ) -> None:
        self._catalogue = catalogue
        self._evaluator = evaluator
        self._tree = tree
        self._outside = outside
        self._registers = registers
        self._work = work

    def rows(
        self, measure: FactMeasure, figure: Figure, rows: int, *, only: Only | None = None
    ) -> Rows:
        """The rows of ``figure`` with a sample of at most ``rows``; ``only`` = (column, value).

        :raises LookupError: a data version is gone.
        """
        fact = DERIVED[measure.fact]
        found = Rows(versions=self._registers.versions(*(fact.sources or (CUSTOMERS.table,))))
        columns = self._judge(measure, figure, only)
        self._count(found, fact, columns)
        if fact.sources:
            found.sample = self._sample(measure, fact, columns, rows)
        else:
            self._customers(found, figure, rows)
        return found

    def _judge(self, measure: FactMeasure, figure: Figure, only: Only | None) -> list[str]:
        """Name the rows that the measure is about, each with ``why`` it is left out; the columns.

        Of ratings those before the period count too, and only of the organisation itself.
        """
        latest = measure.rollup == "latest"
        period = replace(figure.period, start=ALWAYS) if latest else figure.period
        orgs = [figure.org] if latest else self._tree.subtree(figure.org)
        table, columns = self._outside.rows(measure.fact, period, orgs)
        planned = planning.plan(self._catalogue.measures[measure.key], columns)
        within = f'"{only[0]}" = {literal(only[1])}' if only else "true"
        self._work.run(
            f"create or replace temp view {_JUDGED} as select * replace ("
            f"case when why is not null then why {self._further(measure, figure)} end as why) "
            f"from ({planning.judged(planned, table, period)}) as found where {within}"
        )
        return columns

    def _further(self, measure: FactMeasure, figure: Figure) -> str:
        """Reasons that hold for the measure as a whole, as branches of a CASE."""
        reasons = ""
        if measure.distinct:
            reasons += f" when \"{measure.distinct}\" is null then 'null:{measure.distinct}'"
        days = self._evaluator.major_event_days(measure, figure.period)
        if days:
            listed = ", ".join(f"date '{day}'" for day in days)
            reasons += f" when \"{measure.when}\" in ({listed}) then 'major_event_day'"
        if measure.rollup == "latest":
            order = f'"{measure.when}" desc, "{measure.dimensions[0]}" desc'
            place = f"row_number() over (partition by why is null order by {order})"
            reasons += f" when {place} > 1 then 'earlier'"
        return reasons

    def _count(self, found: Rows, fact: DerivedFact, columns: list[str]) -> None:
        load = "load_id" if "load_id" in columns else "null::varchar"
        groups = self._work.rows(
            f"select why, {load}, count(*) from {_JUDGED} group by all order by 3 desc, 1"
        )
        found.counted = sum(int(n) for why, _, n in groups if why is None)
        left_out: dict[str, int] = {}
        for why, _, n in groups:
            if why is not None:
                left_out[str(why)] = left_out.get(str(why), 0) + int(n)
        found.left_out = left_out
        loads = {str(load) for why, load, _ in groups if why is None and load is not None}
        if "load_id" not in columns:
            loads = self._source_loads(fact)
        found.loads = sorted(loads, reverse=True)[:MOST_LOADS]

    def _source_loads(self, fact: DerivedFact) -> set[str]:
        """The loads of the source rows on the days at hand, where rows do not carry their own."""
        tables = [table for table in fact.sources if table in TABLES]
        each = " union ".join(f'select load_id from "{table}"' for table in tables)
        return {str(row[0]) for row in self._work.rows(each)} if tables else set()

    def _sample(
        self, measure: FactMeasure, fact: DerivedFact, columns: list[str], rows: int
    ) -> list[Record]:
        """Rows counted, first days first; of ratings the one that counts, then earlier ones."""
        latest = measure.rollup == "latest"
        named = ", ".join(f'"{name}"' for name in _shown(measure, fact, columns))
        if latest:
            query = (
                f'select {named}, why from {_JUDGED} order by why nulls first, "{measure.when}" '
            )
            return self._work.records(f"{query} desc, {named} limit ?", [rows])
        query = f'select {named} from {_JUDGED} where why is null order by "{measure.when}", '
        return self._work.records(f"{query}{named} limit ?", [rows])

    def _customers(self, found: Rows, figure: Figure, rows: int) -> None:
        """Records of customers where the fact is made of nothing else."""
        self._registers.name_customers()
        self._work.run(
            "create or replace temp table in_stock as "
            f"select customer_id as id from {_JUDGED} where why is null"
        )
        span = (figure.period.start, figure.period.last)
        self._registers.show(found, CUSTOMERS, span, rows)


def _shown(measure: FactMeasure, fact: DerivedFact, columns: list[str]) -> list[str]:
    """The columns that lead to the record, and those that the measure speaks of.

    A row made of several records has none of its own: all of its columns are shown.
    """
    keys = {key for table in fact.sources for key in _key(table)}
    if not keys & set(columns):
        return [c for c in columns if c not in {"load_id", "left_out"}]
    wanted = {*keys, "source", "source_key", "customer_id", "org_id", "class"}
    wanted |= {measure.when, *measure.dimensions}
    return [c for c in columns if c in wanted or _mentions(measure, c)]


def _key(table: str) -> tuple[str, ...]:
    return TABLES[table].key if table in TABLES else ("feedback_id",)


def _mentions(measure: FactMeasure, column: str) -> bool:
    texts = (measure.numerator, measure.denominator, measure.value, measure.filter)
    return any(column in text for text in texts if text)
