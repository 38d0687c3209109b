"""What pydantic finds wrong with a definition, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from powercx.base.errors import UserError

_BOUNDS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤", "min_length": "≥", "max_length": "≤"}
_KINDS = {
    "string": "definition.text",
    "int": "definition.whole_number",
    "float": "definition.number",
    "finite": "definition.number",
    "bool": "definition.truth",
    "date": "definition.date",
    "list": "definition.list",
}


def first_fault(error: ValidationError) -> ErrorDetails:
    """The fault to tell of: a misspelt key also makes the right one missing, and comes first."""
    return min(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")


def reason_of(fault: ErrorDetails) -> UserError:
    """What would be right, as a text to put into an error; a validator's own code comes as it is.

    Meant for faults other than an unknown key.
    """
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "value_error":
        return UserError(str(context["error"]), value=fault["input"])
    if kind == "missing":
        return UserError("definition.missing")
    if kind == "string_pattern_mismatch":
        return UserError("definition.pattern", pattern=context["pattern"])
    if kind in {"literal_error", "enum"}:
        return UserError("definition.one_of", words=context["expected"].replace(" or ", ", "))
    if bounds := _bounds(list(context.items())):
        return UserError("definition.bounds", bounds=bounds)
    return UserError(_KINDS.get(kind.split("_")[0], "definition.mapping"))


def _bounds(context: Sequence[tuple[str, object]]) -> str:
    return ", ".join(f"{_BOUNDS[name]} {value}" for name, value in context if name in _BOUNDS)
