"""Every list of codes, out of ``catalog/taxonomy/codes``."""

from __future__ import annotations

from powercx.analytics.definitions.catalogue import SHIPPED
from powercx.analytics.definitions.codes import FOLDER, CodeList, code_list
from powercx.analytics.lake.catalogue import TABLES
from tools.docs.markdown import code, document, heading, table

INTRODUCTION = """\
文件里可以写代码、中文名、英文名或同义词；别的写法会被隔离，除非映射另有说明（注明可用其他值的列除外）。
`$POWERCX_HOME/catalog/taxonomy/codes/` 里的同名文件可以增加代码或改名。

A file may use the code, either label or a synonym. Any other word is quarantined unless a mapping
says what it means, except in columns that take any other value too. A file of the same name in
`$POWERCX_HOME/catalog/taxonomy/codes/` adds codes or renames them."""


def page() -> str:
    lists = [code_list(path.stem) for path in sorted((SHIPPED / FOLDER).glob("*.yaml"))]
    return document("代码 · Codes", INTRODUCTION, *(_section(each) for each in lists))


def _section(codes: CodeList) -> str:
    used = ", ".join(
        f"[{lake_table.name}.{column.name}](tables.md#{lake_table.name})"
        for lake_table in TABLES.values()
        for column in lake_table.columns
        if column.codes == codes.name
    )
    rows = (
        (code(key), names.zh, names.en, "、".join(names.synonyms))
        for key, names in codes.codes.items()
    )
    parts = [heading(2, codes.name, f"`{codes.name}`")]
    parts += [f"用于 used by: {used}"] if used else []
    parts.append(table(("代码 code", "中文", "English", "同义词 synonyms"), rows))
    return "\n\n".join(parts)
