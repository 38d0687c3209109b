"""Rule sets: dated service limits of an issuing body, each falling back to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from powercx.analytics.definitions.measures import Strict, Text
from powercx.base.errors import UserError
from powercx.base.identifiers import suggestion


class Limit(Strict):
    """One commitment: a number per class, as an average or as a bound of every case."""

    unit: Literal["working_days", "minutes", "hours", "days", "share", "seconds"]
    form: Literal["not_exceed", "at_least", "average"]
    values: dict[str, float]
    source: str
    confirmed: bool = True


class RuleSet(Strict):
    """A body's limits, valid from a date to a date (excluded)."""

    key: str
    name: Text
    body: Text
    document: str
    valid_from: date
    valid_to: date | None = None
    falls_back_to: str | None = None
    limits: dict[str, Limit]


@dataclass(frozen=True, slots=True)
class LimitInForce:
    """A limit and the rule set that spoke."""

    item: str
    limit: Limit
    ruleset: str


def limits_in_force(rulesets: Mapping[str, RuleSet], chosen: str) -> dict[str, LimitInForce]:
    """The limits of ``chosen``, and of the sets it falls back to where it is silent.

    :raises UserError: ``ruleset.unknown``, or ``ruleset.circle``.
    """
    found: dict[str, LimitInForce] = {}
    seen: list[str] = []
    name: str | None = chosen
    while name is not None:
        if name not in rulesets:
            raise UserError("ruleset.unknown", key=name, nearest=suggestion(name, rulesets))
        if name in seen:
            raise UserError("ruleset.circle", key=name)
        seen.append(name)
        for item, limit in rulesets[name].limits.items():
            found.setdefault(item, LimitInForce(item, limit, name))
        name = rulesets[name].falls_back_to
    return found
