"""What must hold between the columns of one row."""

from __future__ import annotations

from dataclasses import dataclass

IMPOSSIBLE_ORDER = "impossible_order"
OUT_OF_RANGE = "out_of_range"


@dataclass(frozen=True, slots=True)
class Rule:
    """``broken`` is SQL over typed columns, NULL or false where the row is right.

    ``column`` is the one that is shown, ``needs`` are all columns the rule reads.
    """

    column: str
    reason: str
    broken: str
    needs: tuple[str, ...]


def _after(column: str, earlier: str) -> Rule:
    return Rule(column, IMPOSSIBLE_ORDER, f'"{column}" < "{earlier}"', needs=(column, earlier))


def _scale(kind: str, low: int, high: int) -> Rule:
    value = f'("value" NOT BETWEEN {low} AND {high} OR "value" <> trunc("value"))'
    broken = f"item_kind = '{kind}' AND {value}"
    return Rule("value", OUT_OF_RANGE, broken, needs=("item_kind", "value"))


# A meter rounds each register by itself, so the parts may exceed the whole a little. The limit is
# no threshold of any figure, so doubles will do; they are several times as fast here.
_PARTS = Rule(
    "kwh",
    OUT_OF_RANGE,
    "coalesce(CAST(peak_kwh AS DOUBLE), 0) + coalesce(CAST(flat_kwh AS DOUBLE), 0)"
    " + coalesce(CAST(valley_kwh AS DOUBLE), 0)"
    " > CAST(kwh AS DOUBLE) * CAST(1.001 AS DOUBLE) + CAST(0.01 AS DOUBLE)",
    needs=("kwh", "peak_kwh", "flat_kwh", "valley_kwh"),
)
_MINUTES = Rule(
    "minutes_over",
    OUT_OF_RANGE,
    "minutes_over + minutes_under > minutes_monitored",
    needs=("minutes_over", "minutes_under", "minutes_monitored"),
)
_VALIDITY = Rule(
    "valid_to", IMPOSSIBLE_ORDER, "valid_to <= valid_from", needs=("valid_to", "valid_from")
)

RULES: dict[str, tuple[Rule, ...]] = {
    "org_unit": (_VALIDITY,),
    "customer": (_VALIDITY, _after("closed_on", "opened_on")),
    "usage_point": (_VALIDITY, _after("closed_on", "opened_on")),
    "channel_identity": (_VALIDITY,),
    "provider": (_VALIDITY,),
    "usage_daily": (_PARTS,),
    "interruption": (_after("restored_at", "started_at"),),
    "voltage_month": (_MINUTES,),
    "asset": (_after("to", "from"),),
    "service_order": (
        _after("completed_at", "accepted_at"),
        _after("arrived_at", "accepted_at"),
    ),
    "survey_answer": (_scale("nps", 0, 10), _scale("csat", 1, 5), _scale("ces", 1, 7)),
    "survey_invitation": (_after("completed_at", "at"),),
    "subscription": (_after("ends_on", "started_on"),),
}
"""By table. Sources: the scales are those of the guideline's measures; the rest is arithmetic."""
