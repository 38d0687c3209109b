"""Formulas of derived measures: arithmetic over names, nothing else."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from powercx.analytics.definitions.catalogue import MeasureFile
from powercx.analytics.definitions.measures import DerivedMeasure
from powercx.base.errors import DefinitionError
from powercx.base.identifiers import suggestion

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
DAYS, BENCHMARK = "days", "benchmark_best"


@dataclass(frozen=True, slots=True)
class Term:
    """What a name of a formula stands for: ``what`` of a measure, here or a year ``before``.

    ``what`` is ``numerator``, ``denominator`` or ``value``. ``days`` and ``benchmark_best`` name no
    measure.
    """

    name: str
    measure: str
    what: str
    before: bool

    @classmethod
    def of(cls, name: str) -> Term:
        """Read a name such as ``complaint_rate_numerator_before``."""
        stem = name.removesuffix("_before")
        if name in {DAYS, BENCHMARK}:
            return cls(name, "", "value", before=False)
        measure, _, what = stem.rpartition("_")
        return cls(name, measure or stem, what, before=stem != name)


_WHATS = ("numerator", "denominator", "value")


def check(file: MeasureFile, measure: DerivedMeasure, known: Collection[str]) -> None:
    """Hold a formula against the measures there are.

    :raises DefinitionError: it is no arithmetic, or a name of it stands for nothing.
    """
    where = {"file": file.path, "key": "formula"}
    try:
        terms = [Term.of(name) for name in names(measure.formula)]
    except ValueError as error:
        raise DefinitionError("measure.no_formula", **where, text=measure.formula) from error
    for term in terms:
        if term.name == BENCHMARK and measure.benchmark is None:
            raise DefinitionError("measure.no_benchmark", **where)
        if term.measure and (term.measure not in known or term.what not in _WHATS):
            every = [f"{key}_{what}" for key in known for what in _WHATS]
            near = suggestion(term.name, every)
            raise DefinitionError("measure.unknown_part", **where, name=term.name, nearest=near)


def names(formula: str) -> list[str]:
    """The names a formula uses, in order.

    :raises ValueError: it is no arithmetic expression.
    """
    try:
        tree = ast.parse(formula, mode="eval")
    except SyntaxError as error:
        raise ValueError(str(error.msg)) from error
    found = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    _evaluate(tree.body, dict.fromkeys(found, 1.0))
    return list(dict.fromkeys(found))


def evaluate(formula: str, values: Mapping[str, float | None]) -> float | None:
    """The formula's value; None when a name has none or something is divided by zero.

    >>> evaluate("a / b - 1", {"a": 3.0, "b": 2.0})
    0.5
    >>> evaluate("a / b", {"a": 3.0, "b": 0.0}) is None
    True
    """
    try:
        return _evaluate(ast.parse(formula, mode="eval").body, values)
    except (ZeroDivisionError, TypeError):
        return None


def _evaluate(node: ast.expr, values: Mapping[str, float | None]) -> float:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)](_evaluate(left, values), _evaluate(right, values))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_evaluate(operand, values)
        case ast.Constant(value=int() | float() as constant):
            return float(constant)
        case ast.Name(id=name):
            known = values[name]
            if known is None:
                raise TypeError(name)
            return known
        case _:
            raise ValueError(ast.unparse(node))
