"""Masking of personal data in free text, before it is stored.

What is masked, in Chinese and English text: telephones, identity and bank card numbers, mail and
WeChat addresses, plates, names behind the words that announce them, addresses from the house
number down. Nothing of a masked value stays. Rules can miss what nobody announces (a bare name);
they are a net, not a proof.
"""

from __future__ import annotations

import re

from powercx.analytics.engine.workspace import literal
from powercx.analytics.privacy.patterns.names import NAME_RULES
from powercx.analytics.privacy.patterns.numbers import NUMBER_RULES
from powercx.analytics.privacy.patterns.parts import EDGE, HOLD, Rule
from powercx.analytics.privacy.patterns.places import PLACE_RULES

MASK_RULES: list[Rule] = [*NUMBER_RULES, *PLACE_RULES, *NAME_RULES]

_COMPILED = [(re.compile(rule.pattern), rule.replacement) for rule in MASK_RULES]


def mask_text(text: str) -> str:
    """``text`` without the personal data found in it; the same as ``mask_sql`` gives.

    >>> mask_text("我叫王小明，电话138 1234 5678，工单号2025030112345678")
    '我叫[姓名]，电话[电话]，工单号2025030112345678'
    """
    masked = f"{EDGE}{_clean(text)}{EDGE}"
    for pattern, replacement in _COMPILED:
        masked = pattern.sub(replacement, masked)
    return _clean(masked)


def mask_sql(column: str) -> str:
    """The DuckDB expression that masks the text expression ``column``; null stays null."""
    masked = f"{literal(EDGE)} || {_clean_sql(column)} || {literal(EDGE)}"
    for rule in MASK_RULES:
        pattern, replacement = literal(rule.pattern), literal(rule.replacement)
        masked = f"regexp_replace({masked}, {pattern}, {replacement}, 'g')"
    return _clean_sql(masked)


def _clean(text: str) -> str:
    return text.replace(HOLD, "").replace(EDGE, "")


def _clean_sql(text: str) -> str:
    return f"replace(replace({text}, {literal(HOLD)}, ''), {literal(EDGE)}, '')"
