"""How personal values are shown to those who need not see them in full."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from powercx.analytics.privacy.mask import mask_text
from powercx.analytics.privacy.surnames import COMPOUND

_STARS = "****"


def shown(column: str, value: str | None) -> str | None:
    """``value`` of a personal column as a page shows it by default; null stays null.

    A column without a form of its own shows its first character alone.

    >>> shown("phone", "13812345678"), shown("id_number", "11010519491231002X")
    ('138****5678', '110****2X')
    >>> shown("name", "欧阳锋"), shown("address", "深南大道100号3栋501室")
    ('欧阳*', '深南大道[地址]')
    """
    return None if value is None else _FORMS.get(column, _first)(value.strip())


def _phone(value: str) -> str:
    kept = "".join(character for character in value if character.isdigit())
    return _between(kept, 3, 4)


def _identity(value: str) -> str:
    return _between(value, 3, 2)


def _name(value: str) -> str:
    if value[:2] in COMPOUND and len(value) > len("欧阳"):
        return f"{value[:2]}*"
    return _first(value)


def _first(value: str) -> str:
    return f"{value[:1]}*" if value else ""


def _address(value: str) -> str:
    masked = mask_text(value)
    return masked if masked != value else _first(value)


def _between(value: str, first: int, last: int) -> str:
    """The ends of ``value``; of one that hides fewer than four characters the first alone."""
    if len(value) < first + last + len(_STARS):
        return _first(value)
    return f"{value[:first]}{_STARS}{value[-last:]}"


_FORMS: Mapping[str, Callable[[str], str]] = {
    "phone": _phone,
    "name": _name,
    "id_number": _identity,
    "address": _address,
}
