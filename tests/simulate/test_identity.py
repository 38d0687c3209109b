from __future__ import annotations

import numpy as np

from powercx.analytics.simulate.identity import credit_codes, phones, resident_ids

NOBODY_WRONG = np.zeros(2000, bool)
SOME = np.arange(2000) * 2477
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def resident_id_is_valid(number):
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], weights, strict=True))
    return number[17] == "10X98765432"[total % 11]


def credit_code_is_valid(code):
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    total = sum(_CREDIT.index(c) * weight for c, weight in zip(code[:17], weights, strict=True))
    return code[17] == _CREDIT[(31 - total % 31) % 31]


def test_the_checks_know_published_numbers():
    assert resident_id_is_valid("11010519491231002X")  # the example of GB 11643-1999
    assert credit_code_is_valid("91350100M000100Y43")  # the example of GB 32100-2015


def test_resident_ids_have_right_checksums_and_are_unique():
    numbers = resident_ids(SOME, NOBODY_WRONG).to_pylist()

    assert all(resident_id_is_valid(number) for number in numbers)
    assert len(set(numbers)) == 2000


def test_credit_codes_have_right_checksums_and_are_unique():
    codes = credit_codes(SOME, NOBODY_WRONG).to_pylist()

    assert all(credit_code_is_valid(code) for code in codes)
    assert len(set(codes)) == 2000


def test_wrong_ones_are_wrong():
    everyone = np.ones(2000, bool)

    assert not any(resident_id_is_valid(n) for n in resident_ids(SOME, everyone).to_pylist())
    assert not any(credit_code_is_valid(c) for c in credit_codes(SOME, everyone).to_pylist())


def test_phones_are_unique_and_of_a_range_that_nobody_has():
    numbers = phones(SOME, SOME == 0).to_pylist()

    assert numbers[0] is None
    assert all(number.startswith("154") and len(number) == 11 for number in numbers[1:])
    assert len(set(numbers)) == 2000


def test_customers_carry_valid_papers_but_for_the_planted_few(rows):
    customers = rows("customer")
    valid = [
        resident_id_is_valid(row["id_number"])
        if row["id_type"] == "居民身份证"
        else credit_code_is_valid(row["id_number"])
        for row in customers
    ]

    assert 0.98 < np.mean(valid) <= 1.0
