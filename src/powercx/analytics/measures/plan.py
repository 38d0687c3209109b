"""From definitions to statements: which measures share a pass over a fact, and what it selects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from powercx.analytics.definitions.catalogue import MeasureFile
from powercx.analytics.definitions.measures import FactMeasure
from powercx.analytics.engine.workspace import literal
from powercx.analytics.measures.expressions import (
    DIALECT,
    Place,
    only_where,
    parse,
    tested_columns,
)
from powercx.analytics.results.contracts import SLICE
from powercx.analytics.statistics.histogram import LN_GAMMA, SMALLEST, ZERO_BUCKET
from powercx.base.days import Days
from powercx.base.errors import DefinitionError
from powercx.base.identifiers import suggestion
from powercx.base.periods import Period

GRAIN = ("day", "org_id", "class", "channel")
DIMENSIONS = ("dim1", "dim2", "dim3")
_EXACT = "decimal(38, 9)"
_OK = '"ok"'
_NOTHING = "0"
# The number that rows are grouped by; it holds in one run only and is no column of definitions.
PLACE = "place"


@dataclass(frozen=True, slots=True)
class Planned:
    """A fact measure with its checked expressions, as SQL in DuckDB's dialect.

    ``about`` says which rows it is about, ``known`` which of these have what is tested, ``columns``
    all that it looks at, ``named`` that the names of places are among them. Aggregates count the
    rows where a column ``ok`` is true.
    """

    measure: FactMeasure
    version: str
    about: str
    known: str
    tested: tuple[str, ...]
    numerator: str
    denominator: str
    squares: str
    columns: frozenset[str]
    named: bool

    @property
    def key(self) -> str:
        return self.measure.key

    @property
    def dims(self) -> tuple[str, ...]:
        """The columns kept beside the grain: own dimensions, and dates that bound the numerator."""
        return (*self.measure.dimensions, *self.measure.counted_until)


def plan(file: MeasureFile, columns: Sequence[str]) -> Planned:
    """Check the expressions of one measure against its fact's ``columns``.

    :raises DefinitionError: naming file, key and the nearest column.
    """
    measure = file.measure
    if not isinstance(measure, FactMeasure):
        raise TypeError(measure.key)
    for key, names in (
        ("when", [measure.when]),
        ("dimensions", measure.dimensions),
        ("distinct", [measure.distinct] if measure.distinct else []),
        ("counted_until", list(measure.counted_until)),
    ):
        _check_columns(file, key, names, columns)
    return _Planner(file, measure, columns).planned()


def check_days(file: MeasureFile, dates: Sequence[str]) -> None:
    """Check that ``when`` and ``counted_until`` name columns that hold local days.

    A period is compared by days: of an instant the last day would be cut off.

    :raises DefinitionError: naming file, key and the nearest such column.
    """
    measure = file.measure
    if isinstance(measure, FactMeasure):
        for key, names in (("when", [measure.when]), ("counted_until", measure.counted_until)):
            for name in names:
                if name not in dates:
                    near = suggestion(name, dates)
                    raise DefinitionError(
                        "measure.no_day", file=file.path, key=key, column=name, nearest=near
                    )


def _check_columns(
    file: MeasureFile, key: str, names: Iterable[str], columns: Sequence[str]
) -> None:
    for name in names:
        if name not in columns:
            near = suggestion(name, columns)
            raise DefinitionError(
                "measure.unknown_column", file=file.path, key=key, column=name, nearest=near
            )


class _Planner:
    def __init__(self, file: MeasureFile, measure: FactMeasure, columns: Sequence[str]) -> None:
        self._file = file
        self._measure = measure
        self._columns = columns
        self._tested: dict[str, None] = {}
        self._seen = {measure.when}

    def planned(self) -> Planned:
        measure = self._measure
        about = self._row("filter", measure.filter) if measure.filter else "true"
        if measure.value is not None:
            numerator, denominator, squares = self._mean(measure.value)
        elif measure.distinct:
            numerator, denominator, squares = (
                self._tests("numerator", measure.numerator),
                "1",
                _NOTHING,
            )
        else:
            numerator = self._aggregate("numerator", measure.numerator)
            denominator = self._aggregate("denominator", measure.denominator)
            squares = _NOTHING
        tested = tuple(self._tested)
        own = (measure.distinct, *measure.dimensions, *measure.counted_until)
        self._seen |= {name for name in own if name}
        known = " and ".join([f'"{name}" is not null' for name in tested] or ["true"])
        return Planned(
            measure,
            self._file.version,
            about,
            known,
            tested,
            numerator,
            denominator,
            squares,
            frozenset({PLACE, "channel", "left_out"} | self._seen),
            bool(self._seen & {"org_id", "class"}),
        )

    def _row(self, key: str, text: str) -> str:
        return self._parsed(key, text, aggregate=False).sql(dialect=DIALECT)

    def _tests(self, key: str, text: str | None) -> str:
        """A row expression whose columns must be known."""
        found = self._parsed(key, str(text), aggregate=False)
        self._tested |= dict.fromkeys(tested_columns(found))
        return found.sql(dialect=DIALECT)

    def _mean(self, text: str) -> tuple[str, str, str]:
        value = f'case when "ok" then cast({self._tests("value", text)} as double) end'
        return f"sum({value})", f"count({value})", f"sum({value} * {value})"

    def _aggregate(self, key: str, text: str | None) -> str:
        if text is None:
            return "0"
        found = self._parsed(key, text, aggregate=True)
        self._tested |= dict.fromkeys(tested_columns(found))
        return only_where(found, "ok")

    def _parsed(self, key: str, text: str, *, aggregate: bool) -> exp.Expression:
        place = Place(self._file.path, key)
        found = parse(text, self._columns, place, aggregate=aggregate)
        self._seen |= {column.name for column in found.find_all(exp.Column)}
        return found


@dataclass(frozen=True, slots=True)
class Pass:
    """Measures counted in one statement: same fact, same day column, same extra grain.

    ``form`` is ``sum``, ``distinct``, or ``values``: sums of one value with a histogram of it.
    """

    fact: str
    when: str
    dims: tuple[str, ...]
    form: str
    members: tuple[Planned, ...]


def passes(planned: Sequence[Planned]) -> list[Pass]:
    """Put measures together that one statement can count.

    Distinct counts go alone; a mean and percentiles of the same values are counted once.
    """
    spread = {p.measure.part for p in planned if p.measure.rollup == "percentile"}
    groups: dict[tuple[str, ...], dict[str, Planned]] = {}
    for one in planned:
        part = one.measure.part
        form = "values" if part in spread else "sum"
        form = "distinct" if one.measure.distinct else form
        alone = part if form != "sum" else ""
        group = (one.measure.fact, one.measure.when, form, alone, *one.dims)
        groups.setdefault(group, {}).setdefault(part, one)
    return [Pass(k[0], k[1], k[4:], k[2], tuple(v.values())) for k, v in groups.items()]


def statement(one: Pass, table: str, days: Days | None) -> str:
    """The statement that counts a pass on the rows of ``table``; a column group per measure.

    Grain: day, organisation, class, channel, and the pass's dimensions as dim1..dim3. ``days`` are
    the only ones to count; None for all. Rows are grouped by the number of their place, whose names
    come last.
    """
    within = f'"{one.when}" is not null{_only(one.when, days)}{_any_about(one)}'
    if one.form == "distinct":
        return _distinct(one, table, within)
    tests = ", ".join(
        f"coalesce({m.about}, false) as about_{i}, "
        f"coalesce(({m.about}) and ({m.known}) and left_out is null, false) as ok_{i}"
        for i, m in enumerate(one.members)
    )
    counted = ", ".join(_columns(i, m) for i, m in enumerate(one.members))
    dims = [f'cast("{c}" as varchar) as {d}' for c, d in zip(one.dims, DIMENSIONS, strict=False)]
    bucket = [_bucket(one)] if one.form == "values" else []
    grain = [f'"{one.when}" as day', "place", "channel", *dims, *bucket]
    keys = ", ".join(str(n) for n in range(1, len(grain) + 1))
    inner = f'select *, {tests} from "{table}" where {within}'
    return _with_names(
        f"select {', '.join(grain)}, {counted} from ({inner}) as checked group by {keys}"
    )


def _with_names(counted: str) -> str:
    return (
        'select counted.*, place.org_id, place."class" '
        f"from ({counted}) as counted left join place on counted.place = place.place"
    )


def _any_about(one: Pass) -> str:
    """Nothing of a pass is about other rows: they need not be placed nor grouped."""
    tests = [f"({member.about})" for member in one.members]
    return "" if "(true)" in tests else f" and ({' or '.join(tests)})"


def _columns(i: int, one: Planned) -> str:
    def own(text: str) -> str:
        return f"cast(coalesce({text.replace(_OK, f'ok_{i}')}, 0) as {_EXACT})"

    squares = "" if one.squares == _NOTHING else f", {own(one.squares)} as sq_{i}"
    return (
        f"count(case when ok_{i} then 1 end) as n_{i}, "
        f"count(case when about_{i} and not ok_{i} then 1 end) as out_{i}, "
        f"{own(one.numerator)} as num_{i}, {own(one.denominator)} as den_{i}{squares}"
    )


def _bucket(one: Pass) -> str:
    """The bucket of the value; null for rows that are not counted."""
    value = f"cast({one.members[0].measure.value} as double)"
    return (
        f"case when not ok_0 then null when {value} < {SMALLEST!r} then {ZERO_BUCKET} "
        f"else cast(floor(ln({value}) / {LN_GAMMA!r}) as bigint) end as bucket"
    )


def _only(when: str, days: Days | None) -> str:
    if days is None:
        return ""
    tests = [f"\"{when}\" between date '{a}' and date '{b}'" for a, b in days.spans]
    return f" and ({' or '.join(tests)})"


def _distinct(one: Pass, table: str, within: str) -> str:
    [m] = one.members
    who = m.measure.distinct
    return _with_names(
        f'select "{one.when}" as day, place, channel, "{who}" as customer_id, '
        f"max(case when {m.numerator} then 1 else 0 end) as hit "
        f'from "{table}" where {within} and "{who}" is not null '
        f"and left_out is null and ({m.about}) and ({m.known}) group by 1, 2, 3, 4"
    )


def by_customer(one: Planned, table: str, period: Period, segment: str | None) -> str:
    """Numerator ``x`` and denominator ``y`` of each customer in a period, with segment ``part``.

    Rows are told apart by the unit ``asked`` for that they lie in.
    """
    part = f'cast("{segment}" as varchar)' if segment else "cast(null as varchar)"
    within = f"\"{one.measure.when}\" between date '{period.start}' and date '{period.last}'"
    inner = (
        f"select *, coalesce(({one.about}) and ({one.known}) and left_out is null, false) as ok "
        f'from "{table}" where {within}'
    )
    return (
        f"select asked, customer_id, {part} as part, "
        f"cast(coalesce({one.numerator}, 0) as double) as x, "
        f"cast(coalesce({one.denominator}, 0) as double) as y from ({inner}) as checked "
        "where ok group by 1, 2, 3"
    )


def judged(one: Planned, table: str, period: Period) -> str:
    """The rows a measure is about in a period, each with ``why`` it is not counted, else null."""
    gaps = "".join(f" when \"{name}\" is null then 'null:{name}'" for name in one.tested)
    when = one.measure.when
    return (
        f"select *, case when left_out is not null then left_out{gaps} end as why "
        f'from "{table}" where coalesce({one.about}, false) '
        f"and \"{when}\" between date '{period.start}' and date '{period.last}'"
    )


def parts(one: Pass, counted: str) -> str:
    """The rows of ``measure_part`` from the counted table of a pass; all but its slice."""
    missing = [f"cast(null as varchar) as {d}" for d in DIMENSIONS[len(one.dims) :]]
    dims = ", ".join([*DIMENSIONS[: len(one.dims)], *missing])
    bucket = "bucket" if one.form == "values" else "cast(null as bigint) as bucket"
    return " union all ".join(
        f'select {literal(m.measure.part)} as measure, cast(day as date) as day, org_id, "class", '
        f"channel, {dims}, {bucket}, "
        f"cast(n_{i} as bigint) as n, num_{i} as numerator, den_{i} as denominator, "
        f"cast(n_{i} as {_EXACT}) as sum_w2, "
        f"cast({_NOTHING if m.squares == _NOTHING else f'sq_{i}'} as {_EXACT}) as sum_wx2, "
        f"cast(out_{i} as bigint) as left_out, "
        f"'{one.fact}.' || strftime(day, '%Y-%m') as {SLICE} "
        f'from "{counted}" where n_{i} > 0 or out_{i} > 0'
        for i, m in enumerate(one.members)
    )


def customer_days(one: Pass, counted: str) -> str:
    """The rows of ``customer_day`` from the counted table of a distinct pass."""
    [m] = one.members
    return (
        f"select '{m.key}' as measure, cast(day as date) as day, org_id, \"class\", channel, "
        f"customer_id, hit = 1 as hit, '{one.fact}.' || strftime(day, '%Y-%m') as {SLICE} "
        f'from "{counted}"'
    )
