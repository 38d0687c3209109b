"""Every fact that measures are counted on, with its columns, out of ``analytics/facts``."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType

from powercx.analytics.engine.compute import DIALECT
from powercx.analytics.facts.registry import DERIVED, DerivedFact
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.measures.compiled import Rules, Statements
from powercx.analytics.measures.plan import PLACE
from powercx.analytics.measures.refresh import FACT_MODULES
from tools.docs.markdown import code, document, heading, table

INTRODUCTION = """\
指标文件的 `fact:` 填这里的名字，表达式用这里的列。它们由[数据表](tables.md)算出，从不装入。
每个事实都有 `org_id`（所在单位，不为空）、`class`（客户类别）、`channel`、`customer_id`，
以及 `left_out`：为空的行计入指标，否则写明为何不计。

`fact:` of a measure names one of these, and its expressions use their columns. They are computed
from the [tables](tables.md) and never loaded. Every fact has `org_id` (the row's place, never
null), `class` (of the customer), `channel`, `customer_id` and `left_out`: rows where it is null
count, the others say why they do not."""

PUBLISHED = "参照表的各个版本 versions of the reference tables"


def page() -> str:
    facts = [fact for module in FACT_MODULES for fact in _facts_of(module)]
    sections = [_section(fact) for fact in sorted(facts, key=lambda f: f.name)]
    return document("事实 · Facts of measures", INTRODUCTION, *sections)


def _facts_of(module: ModuleType) -> list[DerivedFact]:
    return [fact for fact in DERIVED.values() if fact.build.__module__ == module.__name__]


def _section(fact: DerivedFact) -> str:
    sources = ", ".join(
        f"[{name}](tables.md#{name})" if name in TABLES else code(name) for name in fact.sources
    )
    facts = [f"粒度 grain: {fact.grain}", f"来自 made from: {sources or PUBLISHED}"]
    schema = fact.build(Statements(Path(), Rules((), (), ()), DIALECT).inputs()).schema()
    rows = ((code(name), str(kind)) for name, kind in sorted(schema.items()) if name != PLACE)
    return "\n\n".join(
        [
            heading(2, fact.name, code(fact.name)),
            "\n".join(f"* {each}" for each in facts),
            inspect.cleandoc(fact.build.__doc__ or "").replace("``", "`"),
            table(("列 column", "类型 type"), rows),
        ]
    )
