"""Every measure with its definition, out of ``catalog/measures``."""

from __future__ import annotations

import json
from typing import Any

import yaml

from powercx.analytics.definitions.catalogue import SHIPPED, Catalogue, MeasureFile
from powercx.analytics.definitions.measures import Kind, MeasureBase
from tools.docs.markdown import code, document, heading, table

INTRODUCTION = """\
内置的全部指标，一个文件一个指标；文件就是定义、计算和解释。自己的指标写成同样的文件，放在
`$POWERCX_HOME/catalog/measures/`，键相同者以自己的为准。

All built-in measures. One file is one measure: its definition, computation and explanation. Your
own measures are files of the same form in `$POWERCX_HOME/catalog/measures/`; a file with the key of
a built-in measure replaces it."""
KINDS = {
    Kind.INTERACTION: "互动指标 · Interaction measures",
    Kind.PERCEPTION: "感知指标 · Perception measures",
    Kind.BEHAVIOUR: "行为指标 · Behaviour measures",
    Kind.OUTCOME: "结果指标 · Outcome measures",
}
SHOWN_ELSEWHERE = {
    "key",
    "name",
    "why",
    "note",
    "clause",
    "kind",
    "unit",
    "better",
    "source",
    "selection",
}
CONSIDERATIONS = {
    "objective": "合乎目标 objective",
    "perception": "反映感知 perception",
    "operations": "关联运营 operations",
    "measurable": "可以衡量 measurable",
    "available": "可以取得 available",
}
LABELS = {
    "fact": "事实 fact",
    "table": "数据表 table",
    "when": "计入日期 counted on",
    "filter": "范围 rows",
    "numerator": "分子 numerator",
    "denominator": "分母 denominator",
    "value": "数值 value",
    "quantile": "分位 quantile",
    "population": "基数 population",
    "stock": "存量 stock",
    "formula": "公式 formula",
    "benchmark": "对标 benchmark",
    "distinct": "去重 distinct",
    "counted_until": "计至（期末后天数）counted until, days after the period",
    "lookahead": "暂定天数 days provisional",
    "dimensions": "维度 dimensions",
    "rollup": "汇总 roll-up",
    "interval": "区间 interval",
    "scale": "倍数 scale",
    "target": "目标 target",
    "components": "构成 components",
    "weights": "权重 weights",
    "owner": "负责人 owner",
    "without_major_event_days": "剔除重大事件日 without major event days",
}


def page() -> str:
    found = Catalogue().measures.values()
    blocks = [INTRODUCTION]
    for kind, title in KINDS.items():
        files = sorted((f for f in found if f.measure.kind is kind), key=lambda f: f.measure.key)
        blocks += [f"## {title}", _overview(files), *(_section(each) for each in files)]
    return document("指标 · Measures", *blocks, _effects())


def _effects() -> str:
    """The seven aspects of effect, each with its measures."""
    aspects = yaml.safe_load((SHIPPED / "effects.yaml").read_text("utf-8"))
    rows = (
        (
            aspect["name"]["zh"],
            aspect["name"]["en"],
            aspect["clause"],
            " ".join(f"[{key}](#{key})" for key in aspect["measures"]),
        )
        for aspect in aspects.values()
    )
    head = ("中文", "English", "条款 clause", "指标 measures")
    return "## 成效的七个方面 · Seven aspects of effect\n\n" + table(head, rows)


def _overview(files: list[MeasureFile]) -> str:
    arrows = {"higher": "↑", "lower": "↓"}
    rows = (
        (
            f"[{m.key}](#{m.key})",
            m.name.zh,
            m.name.en,
            m.clause,
            m.unit,
            arrows[m.better],
        )
        for m in (file.measure for file in files)
    )
    head = ("键 key", "中文", "English", "条款 clause", "单位 unit", "优 better")
    return table(head, rows)


def _section(file: MeasureFile) -> str:
    measure = file.measure
    title = heading(3, measure.key, f"`{measure.key}` {measure.name.zh} · {measure.name.en}")
    told = [f"{text.zh} {text.en}" for text in (measure.why, measure.note) if text]
    said = measure.model_dump(mode="json", exclude_defaults=True)
    rows = [(label, _value(said[field])) for field, label in LABELS.items() if field in said]
    rows.append(("出处 source", measure.source))
    rows.append(("文件 file", code(f"catalog/{file.path.relative_to(SHIPPED)}")))
    unnamed = said.keys() - LABELS.keys() - SHOWN_ELSEWHERE
    if unnamed:
        raise KeyError(*unnamed)
    return "\n\n".join([title, *told, table(("", ""), rows), *_selection(measure)])


def _selection(measure: MeasureBase) -> list[str]:
    """The considerations of clause 8.8 that the file answers."""
    answers = [
        f"* {label}: {text.zh} {text.en}"
        for field, label in CONSIDERATIONS.items()
        if (text := getattr(measure.selection, field))
    ]
    return (
        ["选取考虑（8.8）Considerations of the choice:\n\n" + "\n".join(answers)] if answers else []
    )


def _value(value: Any) -> str:  # noqa: ANN401 - whatever a definition holds
    if isinstance(value, dict):
        return " ".join(code(f"{key}: {_plain(part)}") for key, part in value.items())
    if isinstance(value, list):
        return "<br>".join(_value(part) for part in value)
    return code(value)


def _plain(value: Any) -> str:  # noqa: ANN401 - whatever a definition holds
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
