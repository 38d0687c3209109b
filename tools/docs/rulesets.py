"""Every rule set with its limits, out of ``catalog/rulesets``."""

from __future__ import annotations

from powercx.analytics.definitions.catalogue import Catalogue
from powercx.analytics.definitions.rulesets import Limit, RuleSet
from tools.docs.markdown import code, document, heading, table

INTRODUCTION = """\
规则集是某个机构发布的服务时限，一个文件一套，带日期。
`config.yaml` 里的 `ruleset` 选用哪一套；它没有规定的，依次取它所指的后备规则集。
`powercx measures explain` 会写明每个时限出自哪一套。

A rule set holds the service limits of one issuing body, dated, one file each. `ruleset` in
`config.yaml` chooses the one in force; where it is silent, the sets it falls back to speak, in
order. `powercx measures explain` prints which set spoke."""
FORMS = {
    "not_exceed": "每件不超过 each at most",
    "average": "平均不超过 on average at most",
    "at_least": "不低于 at least",
}
HEAD = ("项目 item", "类别 class", "限值 limit", "单位 unit", "形式 form", "出处 source")


def page() -> str:
    sets = Catalogue().rulesets.values()
    return document("规则集 · Rule sets", INTRODUCTION, *(_section(each) for each in sets))


def _section(ruleset: RuleSet) -> str:
    until = ruleset.valid_to or "…"
    facts = [
        f"发布机构 issued by: {ruleset.body.zh} · {ruleset.body.en}",
        f"文件 document: {ruleset.document}",
        f"有效期 valid: {ruleset.valid_from} – {until}",
    ]
    if back := ruleset.falls_back_to:
        facts.append(f"后备 falls back to: [{back}](#{back})")
    title = f"`{ruleset.key}` {ruleset.name.zh} · {ruleset.name.en}"
    rows = [row for item, limit in ruleset.limits.items() for row in _limit(item, limit)]
    listed = "\n".join(f"* {fact}" for fact in facts)
    return "\n\n".join([heading(2, ruleset.key, title), listed, table(HEAD, rows)])


def _limit(item: str, limit: Limit) -> list[tuple[str, ...]]:
    doubt = "" if limit.confirmed else "（待核实 to be confirmed）"
    return [
        (
            code(item),
            code(name),
            f"{value:g}",
            limit.unit,
            FORMS[limit.form],
            limit.source + doubt,
        )
        for name, value in limit.values.items()
    ]
