"""An explanation as the page shows it: sections of words, each with its rows, down to the parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from powercx.analytics.measures.explanation import Explanation, Members, Record, Rows
from powercx.analytics.measures.words import Words
from powercx.base import units
from powercx.base.messages import say

Fact = tuple[str, str]


@dataclass(frozen=True)
class Counted:
    """Rows behind a number: how many, those left out and why, the data they stand in, a sample."""

    counted: int | None
    left_out: Sequence[tuple[str, int]]
    versions: Sequence[tuple[str, int]]
    loads: Sequence[str]
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __bool__(self) -> bool:
        return bool(self.counted is not None or self.left_out or self.rows or self.versions)


@dataclass(frozen=True)
class Section:
    """One figure or population; ``facts`` are pairs of a label and a text."""

    id: str
    heading: str
    value: str
    facts: Sequence[Fact]
    counted: Counted
    beneath: Sequence[Section] = field(default_factory=tuple)


def section(found: Explanation, words: Words, place: str = "whole") -> Section:
    """The figure, with its populations and parts beneath it; ``place`` tells sections apart."""
    populations = [
        _population(one, words, f"{place}-p{at}") for at, one in enumerate(found.populations)
    ]
    parts = [section(part, words, f"{place}-{at}") for at, part in enumerate(found.parts)]
    # A share of a stock counts its population, which is shown beneath.
    shared = any(one.rows is found.rows for one in found.populations)
    figure = found.figure
    name = words.text(found.measure.name)
    value = units.figure(figure.value, found.measure.unit)
    return Section(
        place,
        f"{name} · {figure.segment}" if figure.segment else name,
        value if figure.value is not None else say(figure.reason or "figure.no_cases"),
        _facts(found),
        counted_of(Rows() if shared else found.rows, words),
        (*populations, *parts),
    )


def counted_of(rows: Rows, words: Words) -> Counted:
    """Rows in words."""
    columns = list(rows.sample[0]) if rows.sample else []
    return Counted(
        rows.counted,
        [(_reason(code, words), n) for code, n in rows.left_out.items()],
        list(rows.versions.items()),
        rows.loads,
        [words.column(name) for name in columns],
        [[_cell(row, name, words) for name in columns] for row in rows.sample],
    )


def _population(one: Members, words: Words, place: str) -> Section:
    value = "—" if one.value is None else f"{one.value:,.10g}"
    heading = say("explained.population", name=say(f"stock.{one.name}"))
    facts = [
        (say("explained.role"), say(f"measure.{one.role}")),
        (say("explained.at"), say(f"explain.at_{one.at}")),
    ]
    return Section(place, heading, value, facts, counted_of(one.rows, words))


def _facts(found: Explanation) -> list[Fact]:
    figure, measure = found.figure, found.measure
    shares = [(k, s.contribution) for k, s in figure.shares.items() if s.contribution is not None]
    notes = [*figure.notes, *found.notes]
    # Of the figure itself the page shows the definition in full.
    beneath = found.part is not None
    facts = [
        ("formula", found.form if beneath else ""),
        ("filter", (getattr(measure, "filter", None) or "") if beneath else ""),
        ("numerator", _number(figure.numerator)),
        ("denominator", _number(figure.denominator)),
        ("terms", ", ".join(f"{k} = {_number(v) or '—'}" for k, v in figure.terms.items())),
        ("shares", ", ".join(f"{k} {given:.4g}" for k, given in shares)),
        ("part", _part(found)),
        ("rules", "; ".join(_rule(rule) for rule in found.rules)),
        ("source", measure.source if beneath else ""),
        ("version", found.version if beneath else ""),
        ("notes", "; ".join(_note(code) for code in notes)),
    ]
    return [(say(f"explained.{word}"), text) for word, text in facts if text]


def _part(found: Explanation) -> str:
    """What the figure gives to the one that it is a part of."""
    share = found.part.share if found.part else None
    if share is None:
        return ""
    score, given = ("—" if n is None else f"{n:.4g}" for n in (share.score, share.contribution))
    return say("explained.share", weight=f"{share.weight:.4f}", score=score, given=given)


def _rule(rule: Record) -> str:
    return f"{rule['item']}: {rule['values']} {rule['unit']} ({rule['form']}, {rule['ruleset']})"


def _note(code: str) -> str:
    kind, _, year = code.partition(":")
    return say(kind, year=year)


def _reason(code: str, words: Words) -> str:
    kind, _, column = code.partition(":")
    return say(f"left_out.{kind}", column=words.column(column))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.10g}"


def _cell(row: Record, name: str, words: Words) -> str:
    value = row[name]
    if value is None:
        return ""
    return _reason(str(value), words) if name == "why" else words.segment(name, str(value))
