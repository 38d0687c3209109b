"""What a lake table is: its columns, grain, keys and rules, said once.

Checks at the door, the documentation, the XLSX templates and the API payloads are all made from
these declarations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class Type(StrEnum):
    """Types of the data dictionary; ``arrow`` types stand in ``lake/arrow.py``."""

    ID = "id"
    CODE = "code"
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    ENERGY = "energy"
    MONEY = "money"
    BOOLEAN = "boolean"
    DATE = "date"
    MONTH = "month"
    TIME = "time"
    PERIOD = "period"


class Kind(StrEnum):
    """Reference tables are kept as versions, facts are events."""

    REFERENCE = "reference"
    FACT = "fact"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: canonical ``name``, labels, type and the rules a value must meet.

    ``codes`` names a list of ``catalog/taxonomy/codes``; with ``open_codes`` other words pass as
    they are; ``references`` is the table whose id the value is; ``low`` and ``high`` are the
    inclusive bounds of a number; ``personal`` columns never enter the lake; ``masked`` text is
    cleared of personal data before it does.
    """

    name: str
    type: Type
    zh: str
    en: str
    required: bool = False
    codes: str | None = None
    open_codes: bool = False
    references: str | None = None
    low: float | None = None
    high: float | None = None
    personal: bool = False
    masked: bool = False
    synonyms: tuple[str, ...] = ()

    @property
    def local_date(self) -> str | None:
        """The stored local day: ``at`` -> ``date``, ``x_at`` -> ``x_on``, a period's first day."""
        if self.type is Type.PERIOD:
            return f"{self.name}_from"
        if self.type is not Type.TIME or self.name == "updated_at":
            return None
        return "date" if self.name == "at" else self.name.removesuffix("_at") + "_on"


@dataclass(frozen=True, slots=True)
class Derived:
    """A column the loader makes itself: the local day of an instant, a period's first day."""

    name: str
    of: str


SOURCE = Column("source", Type.ID, "来源", "source system", synonyms=("来源系统",))
SOURCE_KEY = Column("source_key", Type.ID, "来源键", "key in the source", synonyms=("来源主键",))
UPDATED_AT = Column(
    "updated_at", Type.TIME, "更新时间", "changed at", synonyms=("修改时间", "最后更新时间")
)
DELETED = Column("deleted", Type.BOOLEAN, "已删除", "retracted", synonyms=("删除标志", "作废"))
ORG = Column(
    "org_id",
    Type.ID,
    "供电单位编号",
    "organisation unit",
    references="org_unit",
    synonyms=("单位编号", "供电单位", "组织编号", "机构编号"),
)
VALID_FROM = Column("valid_from", Type.DATE, "生效日期", "valid from", synonyms=("生效日",))
VALID_TO = Column("valid_to", Type.DATE, "失效日期", "valid to (excluded)", synonyms=("失效日",))

PARTITION = "partition_month"
SYSTEM = ("source", "source_key", "updated_at", "load_id")


@dataclass(frozen=True)
class LakeTable:
    """One table of the data dictionary.

    ``key`` are the columns that tell a row from another within its source. ``day`` is the column
    that dates a fact's row (a DATE, a MONTH, or an instant, then its local day counts).
    ``month_from_key`` says that the key contains that date, so that a key can only be found in its
    own month. ``sort`` is the order rows are stored in. ``activity`` are the columns whose latest
    local day is the day until which the fact is known (scheduled days such as ``due_on`` are none).
    """

    name: str
    kind: Kind
    zh: str
    en: str
    grain: str
    own: tuple[Column, ...]
    key: tuple[str, ...]
    day: str | None = None
    month_from_key: bool = False
    sort: tuple[str, ...] = ()
    activity: tuple[str, ...] = ()
    aliases: tuple[str, ...] = field(default=())

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """All columns a source may bring, in order: the own ones and those every table shares."""
        names = {column.name for column in self.own}
        shared: tuple[Column, ...] = (SOURCE, SOURCE_KEY, UPDATED_AT, DELETED)
        if self.kind is Kind.REFERENCE:
            shared = (VALID_FROM, VALID_TO, *shared)
        elif "org_id" not in names and self.name != "benchmark":
            shared = (ORG, *shared)
        return (*self.own, *(column for column in shared if column.name not in names))

    @cached_property
    def stored(self) -> tuple[Column, ...]:
        """The columns that enter the lake: no personal ones, no ``deleted``."""
        return tuple(c for c in self.columns if not c.personal and c.name != "deleted")

    @cached_property
    def personal(self) -> tuple[Column, ...]:
        """The columns that go to the vault instead of the lake."""
        return tuple(c for c in self.columns if c.personal)

    @cached_property
    def local_dates(self) -> tuple[Derived, ...]:
        """The local days stored beside instants and periods."""
        return tuple(Derived(c.local_date, c.name) for c in self.stored if c.local_date)

    @property
    def date_column(self) -> str | None:
        """The stored DATE column by which rows are dated and partitioned."""
        return None if self.day is None else (self.column(self.day).local_date or self.day)

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def column(self, name: str) -> Column:
        """:raises KeyError: the table has no such column."""
        return self._by_name[name]

    def has(self, name: str) -> bool:
        return name in self._by_name
