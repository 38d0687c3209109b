"""Whether a number can be what it says it is: identity, credit code, telephone."""

from __future__ import annotations

import re
from datetime import date

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

_LENGTH = 18
_OLDEST = date(1880, 1, 1)
_MOBILE = re.compile(r"(?:\+?(?:00)?86)?1[3-9][0-9]{9}")
_LANDLINE = re.compile(
    r"(?:\+?(?:00)?86)?(?:0(?:10|2[0-9])[2-8][0-9]{7}|0[3-9][0-9]{2}[2-8][0-9]{6,7})"
    r"(?:(?:转|ext\.?|x)[0-9]{1,6})?"
)
_SEPARATORS = re.compile(r"[ \-－—–()（）]+")


def is_resident_id(number: str, *, on: date) -> bool:
    """Whether ``number`` is an 18-digit resident identity number as of ``on``.

    Checked: the check character of GB 11643 (ISO 7064 MOD 11-2) and a birthday that is a day and
    not after ``on``. The region is not looked up: codes come and go.

    >>> is_resident_id("11010519491231002X", on=date(2025, 3, 1))
    True
    >>> is_resident_id("110105194912310021", on=date(2025, 3, 1))
    False
    """
    number = "".join(number.split()).upper()
    if len(number) != _LENGTH or not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", number):
        return False
    try:
        born = ric.get_birth_date(number)
    except ValidationError:
        return False
    return _OLDEST <= born <= on and ric.calc_check_digit(number) == number[-1]


def is_credit_code(number: str) -> bool:
    """Whether ``number`` is a unified social credit code: form and check character of GB 32100.

    >>> is_credit_code("91350100M000100Y43"), is_credit_code("91350100M000100Y44")
    (True, False)
    """
    return bool(uscc.is_valid(number))


def is_mobile(number: str) -> bool:
    """Whether ``number`` is a mainland mobile number, separators and +86 allowed.

    >>> is_mobile("+86 138-1234-5678"), is_mobile("12812345678")
    (True, False)
    """
    return _MOBILE.fullmatch(_SEPARATORS.sub("", number)) is not None


def is_landline(number: str) -> bool:
    """Whether ``number`` is a mainland landline with its area code, an extension allowed.

    >>> is_landline("(0755) 8345 6789"), is_landline("010-62345678转12"), is_landline("83456789")
    (True, True, False)
    """
    return _LANDLINE.fullmatch(_SEPARATORS.sub("", number)) is not None


def is_phone(number: str) -> bool:
    """Whether ``number`` is a mobile or a landline."""
    return is_mobile(number) or is_landline(number)
