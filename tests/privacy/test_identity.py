from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powercx.analytics.privacy.identity import (
    is_credit_code,
    is_landline,
    is_mobile,
    is_phone,
    is_resident_id,
)

ON = date(2025, 3, 1)
# The examples that GB 11643-1999 itself gives, and one of python-stdnum.
RESIDENT = ["11010519491231002X", "440524188001010014", "360426199101010071"]
# The example of GB 32100-2015 and one of python-stdnum.
CREDIT = ["91350100M000100Y43", "91110000600037341L"]


@pytest.mark.parametrize("number", [*RESIDENT, "11010519491231002x", "110105 19491231 002X"])
def test_resident_identity_numbers_are_known(number):
    assert is_resident_id(number, on=ON)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "110105194912310021",
        "11010519491231002",
        "110105194902300021",
        "11010519491331002X",
        "A1010519491231002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "000000000000000000",
    ],
)
def test_other_numbers_are_no_identity(number):
    assert not is_resident_id(number, on=ON)


def test_nobody_is_born_tomorrow():
    number = "440304202503020019"
    valid = [f"{number[:-1]}{last}" for last in "0123456789X"]

    before = [is_resident_id(each, on=ON) for each in valid]
    after = [is_resident_id(each, on=date(2025, 3, 2)) for each in valid]

    assert (sum(before), sum(after)) == (0, 1)


def weighted_check(first17):
    """The check character of GB 11643 as its annex computes it."""
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    return "10X98765432"[sum(int(d) * w for d, w in zip(first17, weights, strict=True)) % 11]


@given(
    born=st.dates(date(1900, 1, 1), ON),
    region=st.integers(110000, 659999),
    order=st.integers(0, 999),
)
def test_exactly_one_check_character_fits(born, region, order):
    first17 = f"{region}{born:%Y%m%d}{order:03}"

    fitting = [last for last in "0123456789X" if is_resident_id(first17 + last, on=ON)]

    assert fitting == [weighted_check(first17)]


@pytest.mark.parametrize("number", CREDIT)
def test_credit_codes_are_known_and_a_changed_character_is_noticed(number):
    changed = [
        number[:at] + other + number[at + 1 :]
        for at in range(len(number))
        for other in "0123456789ABCDEFGHJKLMNPQRTUWXY"
        if other != number[at]
    ]

    assert is_credit_code(number)
    assert not any(is_credit_code(each) for each in changed)
    assert not is_credit_code("")
    assert not is_credit_code(number[:-1])


@pytest.mark.parametrize(
    ("number", "mobile", "landline"),
    [
        ("13812345678", True, False),
        ("+86 138-1234-5678", True, False),
        ("0086 13812345678", True, False),
        ("12812345678", False, False),
        ("1381234567", False, False),
        ("075583456789", False, True),
        ("(0755) 8345 6789", False, True),
        ("0571-8765432", False, True),
        ("010-62345678转1234", False, True),
        ("+86 021 62345678", False, True),
        ("83456789", False, False),
        ("0755-13456789", False, False),
        ("无", False, False),
        ("", False, False),
    ],
)
def test_telephones(number, mobile, landline):
    assert (is_mobile(number), is_landline(number)) == (mobile, landline)
    assert is_phone(number) == (mobile or landline)
