"""Natural Chinese from a grammar held as data (`catalog/simulation/phrases*.yaml`).

A text is a frame filled with clauses of its matter, whose slots are filled in turn; then it may be
given dialect words, fillers, slips of the pen, a telephone number or a name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from powercx.analytics.simulate.arrays import Rng
from powercx.analytics.simulate.strengths import Strengths, catalogue

NEGATIVE, NEUTRAL, POSITIVE = -1, 0, 1
_MOODS = {NEGATIVE: "negative", NEUTRAL: "neutral", POSITIVE: "positive"}
_SLOT = re.compile(r"\{([a-z_]+)(?::(\d+)-(\d+))?\}")
_STORE = 65_536


@cache
def phrases() -> Mapping[str, Any]:
    """Slots, frames, dialect and slips."""
    return dict(catalogue("phrases"))


@cache
def matters() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Clauses by matter (kind of order, or ``complaint/<second level>``) and polarity."""
    return dict(catalogue("matters"))


def polarities(matter: str) -> list[int]:
    """The polarities in which people speak of a matter."""
    return [number for number, name in _MOODS.items() if name in matters()[matter]]


class Writer:
    """Writes texts; the same generator gives the same texts."""

    def __init__(self, rng: Rng, strengths: Strengths) -> None:
        self._rng = rng
        self._numbers = strengths.group("text")
        self._store: list[int] = []

    def write(self, matter: str, polarity: int, other: str | None = None) -> str:
        """One utterance about ``matter``; ``other`` is a second matter it brings up."""
        mood = _MOODS[polarity]
        clauses = matters()[matter][mood]
        frame = self._choice(phrases()["frames"][mood])
        first = self._choice(clauses)
        second = self._choice(clauses)
        if second == first:
            second = self._choice(phrases()["slots"][f"after_{mood}"])
        text = frame.replace("{core}", first).replace("{more}", second)
        if other:
            text += self._choice(phrases()["turns"]) + self._choice(_any_clauses(other))
        return self._colour(self._fill(text), mood)

    def comment(self, polarity: int) -> str:
        """A short answer to an open question."""
        matter = self._choice(phrases()["comment_matters"])
        if polarity not in polarities(matter):
            polarity = polarities(matter)[0]
        mood = _MOODS[polarity]
        return self._colour(self._fill(self._choice(matters()[matter][mood])), mood)

    def _fill(self, text: str) -> str:
        slots = phrases()["slots"]

        def one(found: re.Match[str]) -> str:
            name, low, high = found.groups()
            if low is not None:
                return str(int(low) + self._next() % (int(high) - int(low) + 1))
            return str(self._choice(slots[name]))

        while "{" in text:
            text = _SLOT.sub(one, text)
        return text

    def _colour(self, text: str, mood: str) -> str:
        """Fillers, dialect, slips, and personal details to be masked."""
        words = phrases()
        if self._chance("filler"):
            text = self._choice(words["fillers"]) + text
        if self._chance("surname"):
            text = self._fill(self._choice(words["introductions"])) + "，" + text
        if self._chance("phone"):
            text += self._fill(self._choice(words["numbers"]))
        text += self._choice(words["endings"][mood])
        if self._chance("dialect"):
            text = self._dialect(text)
        if self._chance("typo"):
            text = self._slip(text)
        return text

    def _dialect(self, text: str) -> str:
        for standard, spoken in phrases()["dialect"]:
            if standard in text and self._next() % 4:
                text = text.replace(standard, spoken)
        spoken_end = str(self._choice(phrases()["dialect_endings"]))
        return text.rstrip("。！…") + spoken_end

    def _slip(self, text: str) -> str:
        """A wrong character, or commas left out."""
        fitting = [(right, wrong) for right, wrong in phrases()["slips"] if right in text]
        if not fitting or self._next() % 3 == 0:
            return text.replace("，", "")
        right, wrong = self._choice(fitting)
        return text.replace(right, wrong, 1)

    def _chance(self, name: str) -> bool:
        return self._next() / 2**32 < self._numbers[name]

    def _choice(self, options: Sequence[Any]) -> Any:  # noqa: ANN401  # an option of any kind
        return options[self._next() % len(options)]

    def _next(self) -> int:
        if not self._store:
            self._store = self._rng.integers(0, 2**32, _STORE).tolist()
        return self._store.pop()


@cache
def _any_clauses(matter: str) -> Sequence[str]:
    return [clause for clauses in matters()[matter].values() for clause in clauses]
