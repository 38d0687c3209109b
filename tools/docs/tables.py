"""Every lake table: its grain, key and columns, out of ``analytics/lake``."""

from __future__ import annotations

from powercx.analytics.lake.catalogue import FACTS, REFERENCES
from powercx.analytics.lake.schema import Column, LakeTable, Type
from tools.docs.markdown import code, document, heading, table

INTRODUCTION = """\
`powercx load` 接受的每张表、每一列。
文件里的列可以用标识、中文名或列出的同义词命名；其他名字在映射里说明。
带 † 的列是个人信息，只加密存入业务库，从不进入数据湖；带 ‡ 的文字先脱敏再入湖。

Every table and column that `powercx load` takes. A file may call a column by its identifier, its
Chinese label or one of the synonyms; any other name is said in a mapping. Columns with † are
personal: they are kept encrypted in the operational database and never enter the lake. Text with ‡
is masked before it does."""
TYPES = {
    Type.ID: "编号 id",
    Type.CODE: "代码 code",
    Type.TEXT: "文字 text",
    Type.INTEGER: "整数 integer",
    Type.NUMBER: "数 number",
    Type.ENERGY: "电量 energy, kWh, DECIMAL(12,3)",
    Type.MONEY: "金额 money, CNY, DECIMAL(14,2)",
    Type.BOOLEAN: "是/否 true/false",
    Type.DATE: "日期 date",
    Type.MONTH: "月份 month",
    Type.TIME: "时间 instant",
    Type.PERIOD: "期间 period",
}
HEAD = (
    "列 column",
    "中文",
    "English",
    "类型 type",
    "必填 required",
    "取值 values",
    "同义词 synonyms",
)


def page() -> str:
    return document(
        "数据表 · Tables",
        INTRODUCTION,
        "## 参照表 · Reference tables",
        *(_section(each) for each in REFERENCES),
        "## 事实表 · Facts",
        *(_section(each) for each in FACTS),
    )


def _section(lake_table: LakeTable) -> str:
    facts = [f"粒度 grain: {lake_table.grain}", f"键 key: {', '.join(map(code, lake_table.key))}"]
    if lake_table.date_column:
        facts.append(f"日期 dated by: {code(lake_table.date_column)}")
    made = [f"{code(derived.name)} ← {code(derived.of)}" for derived in lake_table.local_dates]
    if made:
        facts.append(f"自动生成 made on loading (local day): {', '.join(made)}")
    if lake_table.aliases:
        facts.append(f"别名 also named: {', '.join(map(code, lake_table.aliases))}")
    title = heading(3, lake_table.name, f"`{lake_table.name}` {lake_table.zh} · {lake_table.en}")
    columns = table(HEAD, (_column(column) for column in lake_table.columns))
    return "\n\n".join([title, "\n".join(f"* {fact}" for fact in facts), columns])


def _column(column: Column) -> tuple[str, ...]:
    mark = "†" if column.personal else "‡" if column.masked else ""
    return (
        code(column.name) + mark,
        column.zh,
        column.en,
        TYPES[column.type],
        "是 yes" if column.required else "",
        _values(column),
        "、".join(column.synonyms),
    )


def _values(column: Column) -> str:
    said = []
    if column.codes:
        said.append(f"[{column.codes}](codes.md#{column.codes})")
        if column.open_codes:
            said.append("或其他 or any other")
    if column.references:
        said.append(f"→ [{column.references}](#{column.references})")
    low, high = (_number(bound) for bound in (column.low, column.high))
    if low or high:
        said.append(f"{low or '-∞'} … {high or '∞'}")
    return " ".join(said)


def _number(bound: float | None) -> str:
    return "" if bound is None else f"{bound:g}"
