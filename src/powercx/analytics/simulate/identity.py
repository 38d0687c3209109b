"""Names, identity numbers, telephone numbers and addresses of nobody.

Numbers are spread by a bijection, so that they are unique in the city without anything being kept.
The checksums are those of GB 11643-1999 (resident identity number, ISO 7064 mod 11-2),
GB 32100-2015 (credit code, mod 31) and GB 11714-1997 (organisation code within it, mod 11).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from powercx.analytics.simulate.arrays import Array, Bools, Ints, Rng, texts
from powercx.analytics.simulate.strengths import catalogue

Letters = NDArray[np.uint8]
_CREDIT = np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRTUWXY", np.uint8)
_CREDIT_VALUE = {chr(letter): value for value, letter in enumerate(_CREDIT)}
_CREDIT_WEIGHTS = 3 ** np.arange(17) % 31
_ORG_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_ID_WEIGHTS = 2 ** np.arange(17, 0, -1) % 11
_ID_CHECK = np.frombuffer(b"10X98765432", np.uint8)
_ZERO = ord("0")
_BIRTHS = 22_000  # days: 1945 to 2005
_LARGE_PRIME = 7_654_321


def _spread(numbers: Array, size: int) -> Ints:
    """A bijection of 0..size-1 that scatters neighbours (the factor shares no divisor)."""
    factor = _LARGE_PRIME
    while np.gcd(factor, size) != 1:
        factor += 1
    return np.asarray(numbers, np.int64) % size * factor % size


def _digits(numbers: Array, width: int) -> Letters:
    powers = 10 ** np.arange(width - 1, -1, -1)
    return (np.asarray(numbers)[:, None] // powers % 10 + _ZERO).astype(np.uint8)


def resident_ids(numbers: Array, wrong: Bools) -> pa.Array:
    """Resident identity numbers of 18 characters; a false check digit where ``wrong``.

    The region is a "municipal district" code under which nobody is registered.
    """
    regions = catalogue("names")["regions"]
    spread = _spread(numbers, len(regions) * _BIRTHS * 1000)
    rest, sequence = np.divmod(spread, 1000)
    region, birth = np.divmod(rest, _BIRTHS)
    heads = np.array([[ord(c) for c in code] for code in regions], np.uint8)
    days = np.datetime64("1945-01-01") + birth
    year, month = days.astype("datetime64[Y]"), days.astype("datetime64[M]")
    stamp = (
        (year.astype(np.int64) + 1970) * 10_000
        + (month.astype(np.int64) % 12 + 1) * 100
        + (days - month).astype(np.int64)
        + 1
    )
    body = np.hstack([heads[region], _digits(stamp, 8), _digits(sequence, 3)])
    check = (body.astype(np.int64) - _ZERO) @ _ID_WEIGHTS + wrong
    return texts(np.hstack([body, _ID_CHECK[check % 11][:, None]]))


def credit_codes(numbers: Array, wrong: Bools) -> pa.Array:
    """Unified social credit codes of 18 characters; a false check character where ``wrong``."""
    organisation = _digits(_spread(numbers, 100_000_000), 8)
    checked = (11 - (organisation.astype(np.int64) - _ZERO) @ _ORG_WEIGHTS % 11) % 11
    head = np.frombuffer(b"91440301", np.uint8)
    body = np.hstack(
        [
            np.tile(head, (len(organisation), 1)),
            organisation,
            np.where(checked == 10, ord("X"), checked + _ZERO).astype(np.uint8)[:, None],  # noqa: PLR2004  # GB 11714
        ]
    )
    values = np.zeros(128, np.int64)
    for letter, value in _CREDIT_VALUE.items():
        values[ord(letter)] = value
    check = (31 - values[body] @ _CREDIT_WEIGHTS % 31 + wrong) % 31
    return texts(np.hstack([body, _CREDIT[check][:, None]]))


def phones(numbers: Array, missing: Bools) -> pa.Array:
    """Mobile numbers of a range that is not given out; null where ``missing``."""
    prefix = np.frombuffer(catalogue("names")["phone_prefix"].encode(), np.uint8)
    tail = _digits(_spread(numbers, 100_000_000), 8)
    return texts(np.hstack([np.tile(prefix, (len(tail), 1)), tail]), missing)


def _words(words: Sequence[str], rng: Rng, count: int) -> pa.Array:
    return pa.array(list(words)).take(pa.array(rng.integers(0, len(words), count)))


def _join(*parts: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def person_names(rng: Rng, count: int) -> pa.Array:
    """Surname and one or two given characters."""
    names = catalogue("names")
    surnames = [*names["surnames"].replace("欧阳", ""), "欧阳"]
    seconds = [*names["given"], *[""] * (len(names["given"]) // 3)]
    return _join(
        _words(surnames, rng, count),
        _words(list(names["given"]), rng, count),
        _words(seconds, rng, count),
    )


def firm_names(rng: Rng, trade: Array, place: pa.Array) -> pa.Array:
    """District, fancy word, trade and legal form; ``trade`` indexes the trades."""
    names, count = catalogue("names"), len(trade)
    trades = pa.array(names["firm_trades"]).take(pa.array(trade))
    return _join(
        place,
        _words(names["firm_words"], rng, count),
        trades,
        _words(names["firm_forms"], rng, count),
    )


def addresses(rng: Rng, bureau: Array) -> pa.Array:
    """District of the bureau, street and number, estate and flat."""
    names, count = catalogue("names"), len(bureau)
    district = pa.array(names["districts"]).take(pa.array(bureau % len(names["districts"])))

    def number(high: int) -> pa.Array:
        return pa.array(rng.integers(1, high, count)).cast(pa.string())

    comma = pa.array([""] * count)
    return _join(
        district,
        _words(names["streets"], rng, count),
        number(400),
        pa.array(["号"] * count),
        _words(names["estates"], rng, count),
        number(20),
        pa.array(["栋"] * count),
        number(32),
        pa.array(["0"] * count),
        number(7),
        pa.array(["房"] * count),
        comma,
    )
