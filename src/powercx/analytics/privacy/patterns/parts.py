"""Pieces that several patterns are made of."""

from __future__ import annotations

from typing import NamedTuple

HOLD = "\ue000"
EDGE = "\ue001"


class Rule(NamedTuple):
    """One replacement everywhere in the text; it names groups by backslash and number."""

    name: str
    pattern: str
    replacement: str


def wide(digits: str) -> str:
    """A class of the given digits, half and full width.

    >>> wide("12")
    '[12１２]'
    """
    return f"[{digits}{''.join(chr(ord(digit) - ord('0') + ord('０')) for digit in digits)}]"


D = "[0-9０-９]"
HAN = "[一-鿿㐀-䶿]"
DASH = "[ \u3000\\-－—–·]"
SEP = f"{DASH}{{0,2}}"
LEFT = f"([^0-9０-９{HOLD}])"
RIGHT = "([^0-9０-９])"
