"""Derived facts as SQL text."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from threading import Lock

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from powercx.analytics.facts import placing, references
from powercx.analytics.facts.calendar import working_calendar
from powercx.analytics.facts.inputs import Asked, Inputs
from powercx.analytics.facts.registry import SHARED, DerivedFact
from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import PARTITION
from powercx.analytics.results.contracts import SCHEMAS

KNOWN = pa.schema(
    [
        ("name", pa.string()),
        ("until", pa.date32()),
        ("ends_at", pa.timestamp("us", tz="UTC")),
    ]
)
# In the order in which one is made from another.
PLACING = ("unit_number", "class_number", "place", "customer_place", "point_place")
CALENDAR, KNOWN_NAME = "working_calendar", "known_days"


@dataclass(frozen=True, slots=True)
class Rules:
    """What derived facts depend on besides data; hashable."""

    limits: tuple[tuple[str, tuple[tuple[str, float], ...]], ...]
    online: tuple[str, ...]
    assisted: tuple[str, ...]

    @classmethod
    def of(
        cls,
        limits: Mapping[str, Mapping[str, float]],
        online: tuple[str, ...],
        assisted: tuple[str, ...],
    ) -> Rules:
        """Rules from mappings."""
        items = tuple((k, tuple(sorted(v.items()))) for k, v in sorted(limits.items()))
        return cls(items, online, assisted)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A query and the columns it gives; ``dates`` are those that hold days."""

    sql: str
    columns: tuple[str, ...]
    dates: tuple[str, ...]


_MAKERS = ("ibis-framework", "sqlglot")
_REMEMBERED: dict[str, Compiled] = {}
_MAKING = Lock()


def stored_schema(table: str) -> pa.Schema:
    """The columns in the files of a lake or published table: all but the partition."""
    if table in TABLES:
        schema = places.schema(TABLES[table])
        return pa.schema([f for f in schema if f.name != PARTITION])
    return SCHEMAS[table]


def table(name: str) -> ir.Table:
    """A table by the name that an engine knows it under."""
    return ibis.table(ibis.Schema.from_pyarrow(stored_schema(name)), name=name)


class Statements:
    """Derived facts and populations as SQL text, remembered in this process and on disk.

    Making the text takes longer than running it on a day's rows. What is remembered holds for the
    sources of this version alone (``source_digest``); anything else, or none, is made anew.
    """

    def __init__(self, folder: Path, rules: Rules, dialect: str) -> None:
        self._folder = folder
        self._rules = rules
        self._dialect = dialect
        self._about = hashlib.sha256(repr((rules, dialect)).encode()).hexdigest()[:16]

    def fact(
        self,
        fact: DerivedFact,
        asked: Asked = None,
        hints: Collection[str] = (),
        *,
        numbered: bool = False,
    ) -> Compiled:
        """The rows of a derived fact; ``asked``, ``hints`` and ``numbered`` as in ``Inputs``."""
        name = f"fact {fact.name} {_listed(asked)} {_listed(hints)} {numbered=}"
        return self._made(name, lambda: fact.build(self.inputs(asked, hints, numbered=numbered)))

    def shared(
        self, name: str, asked: Asked = None, *, part: bool = False, numbered: bool = False
    ) -> Compiled:
        """Rows that several derived facts stand on; the rest as in ``Inputs``."""
        about = f"shared {name} {_listed(asked)} {part=} {numbered=}"
        return self._made(
            about, lambda: SHARED[name](self.inputs(asked, part=part, numbered=numbered))
        )

    def placing(self, name: str) -> Compiled:
        """One of the tables of ``PLACING``."""
        return self._made(f"placing {name}", lambda: _placing(name))

    def spans(self, fact: DerivedFact) -> Compiled:
        """First and last days of a derived fact whose rows stretch over days."""
        if fact.spans is None:
            raise LookupError(fact.name)
        spans = fact.spans
        return self._made(f"spans {fact.name}", lambda: spans(self.inputs(part=True)))

    def versions(self, name: str, key: str, columns: tuple[str, ...]) -> Compiled:
        """The versions of a reference table."""
        return self._made(
            f"versions {name}", lambda: references.versions(table(name), key, columns)
        )

    def stocks(self, name: str) -> Compiled:
        """The daily changes of a group of populations."""
        customers, orgs = table("customer_version"), table("org_version")
        make: dict[str, Callable[[], ir.Table]] = {
            "customers": lambda: references.customer_stocks(customers, orgs),
            "usage_points": lambda: references.point_stocks(
                table("usage_point_version"), customers, orgs
            ),
            "subscribers": lambda: references.subscriber_stocks(
                table("subscription"), customers, orgs
            ),
        }
        return self._made(f"stocks {name}", make[name])

    def inputs(
        self,
        asked: Asked = None,
        hints: Collection[str] = (),
        *,
        part: bool = False,
        numbered: bool = False,
    ) -> Inputs:
        """Tables by name alone; the engine gives them rows."""

        def shared(name: str) -> ir.Table:
            rows = SHARED[name](self.inputs(asked, numbered=numbered))
            return ibis.table(rows.schema(), name=name)

        return Inputs(
            source=table,
            shared=shared,
            asked=asked,
            hints=hints,
            part=part,
            numbered=numbered,
            customers=table("customer_version"),
            orgs=table("org_version"),
            numbers=_numbers(),
            customer_places=_named("customer_place"),
            point_places=_named("point_place"),
            places=_named("place"),
            calendar=ibis.table(ibis.Schema.from_pyarrow(working_calendar().schema), name=CALENDAR),
            known=ibis.table(ibis.Schema.from_pyarrow(KNOWN), name=KNOWN_NAME),
            limits={item: dict(values) for item, values in self._rules.limits},
            online=self._rules.online,
            assisted=self._rules.assisted,
        )

    def _made(self, name: str, build: Callable[[], ir.Table]) -> Compiled:
        key = f"{self._about} {name}"
        with _MAKING:
            found = _REMEMBERED.get(key) or self._on_disk().get(key)
            if found is None:
                expression = build()
                sql = str(ibis.to_sql(expression, dialect=self._dialect))
                dates = (name for name, kind in expression.schema().items() if kind.is_date())
                found = Compiled(sql, tuple(expression.columns), tuple(dates))
                self._put_on_disk(key, found)
            _REMEMBERED[key] = found
        return found

    @property
    def _file(self) -> Path:
        return self._folder / f"statements-{source_digest()}.json"

    def _on_disk(self) -> dict[str, Compiled]:
        """What the file holds; nothing when it is missing or no longer whole."""
        try:
            found = json.loads(self._file.read_text("utf-8"))
            return {
                k: Compiled(v["sql"], tuple(v["columns"]), tuple(v["dates"]))
                for k, v in found.items()
            }
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def _put_on_disk(self, key: str, made: Compiled) -> None:
        """Add one text; the file is replaced whole, and those of other versions go."""
        held = {**self._on_disk(), key: made}
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._folder / f"{uuid.uuid4().hex}.part"
        fresh.write_text(json.dumps({k: asdict(v) for k, v in held.items()}), "utf-8")
        fresh.replace(self._file)
        for other in self._folder.glob("statements-*.json"):
            if other != self._file:
                other.unlink(missing_ok=True)


def _placing(name: str) -> ir.Table:
    orgs, customers = table("org_version"), table("customer_version")
    made: dict[str, Callable[[], ir.Table]] = {
        "unit_number": lambda: placing.unit_number(orgs),
        "class_number": lambda: placing.class_number(customers),
        "place": lambda: placing.place(_numbers()),
        "customer_place": lambda: placing.customer_place(customers, _numbers()),
        "point_place": lambda: placing.point_place(table("usage_point_version"), _numbers()),
    }
    return made[name]()


@cache
def _named(name: str) -> ir.Table:
    return ibis.table(_placing(name).schema(), name=name)


def _numbers() -> placing.Numbers:
    return placing.Numbers(_named("unit_number"), _named("class_number"))


def _listed(asked: Asked) -> str:
    return "*" if asked is None else ",".join(sorted(asked))


@cache
def source_digest() -> str:
    """A digest of all that the text is made from: our modules and the libraries' versions."""
    digest = hashlib.sha256(" ".join(map(version, _MAKERS)).encode())
    root = Path(str(files("powercx"))) / "analytics"
    for folder in ("definitions", "facts", "lake", "measures", "results", "statistics"):
        for path in sorted((root / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
