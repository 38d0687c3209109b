"""Weights against Saaty's and Hwang and Yoon's published examples."""

from __future__ import annotations

import numpy as np
import pytest

from powercx.analytics.statistics.weights import ahp, by_hand, entropy
from powercx.base.errors import UserError
from powercx.base.messages import use_language

DRINKS = ["coffee", "wine", "tea", "beer", "sodas", "milk", "water"]
DRINK_JUDGEMENTS = [
    [1, 9, 5, 2, 1, 1, 1 / 2],
    [1 / 9, 1, 1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9],
    [1 / 5, 3, 1, 1 / 3, 1 / 4, 1 / 3, 1 / 9],
    [1 / 2, 9, 3, 1, 1 / 2, 1, 1 / 3],
    [1, 9, 4, 2, 1, 2, 1 / 2],
    [1, 9, 3, 1, 1 / 2, 1, 1 / 3],
    [2, 9, 9, 3, 2, 3, 1],
]
HOUSE = [
    "size",
    "transport",
    "neighbourhood",
    "age",
    "yard",
    "facilities",
    "condition",
    "financing",
]
HOUSE_JUDGEMENTS = [
    [1, 5, 3, 7, 6, 6, 1 / 3, 1 / 4],
    [1 / 5, 1, 1 / 3, 5, 3, 3, 1 / 5, 1 / 7],
    [1 / 3, 3, 1, 6, 3, 4, 6, 1 / 5],
    [1 / 7, 1 / 5, 1 / 6, 1, 1 / 3, 1 / 4, 1 / 7, 1 / 8],
    [1 / 6, 1 / 3, 1 / 3, 3, 1, 1 / 2, 1 / 5, 1 / 6],
    [1 / 6, 1 / 3, 1 / 4, 4, 2, 1, 1 / 5, 1 / 6],
    [3, 5, 1 / 6, 7, 5, 5, 1, 1 / 2],
    [4, 7, 5, 8, 6, 6, 2, 1],
]


def refusal(call, *args) -> tuple[str, dict[str, object]]:
    with pytest.raises(UserError) as caught:
        call(*args)
    for language in ("zh", "en"):
        with use_language(language):
            assert str(caught.value)
    return caught.value.code, caught.value.params


def test_ahp_gives_the_published_weights():
    """Consumption of drinks, Saaty (2008), Int. J. Services Sciences 1:83-98, table 2."""
    told = ahp(DRINKS, DRINK_JUDGEMENTS)

    assert [round(weight, 3) for weight in told.weights.values()] == [
        *(0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327)
    ]
    assert round(told.consistency_ratio, 3) == 0.022


def test_ahp_refuses_the_house_and_names_the_judgement_saaty_names():
    """Buying a house, Saaty (1990), EJOR 48:9-26: eigenvalue 9.669, ratio 0.169.

    Neighbourhood over condition = 6 is found the most inconsistent in Saaty (2003), EJOR 145:85-91.
    """
    code, params = refusal(ahp, HOUSE, HOUSE_JUDGEMENTS)

    assert code == "weights.inconsistent"
    assert params == {
        "ratio": "0.17",
        "most": "0.1",
        "row": "neighbourhood",
        "column": "condition",
        "value": "6",
        "implied": "1.13",
    }


def test_ahp_takes_reciprocals_as_people_round_them():
    told = ahp(["a", "b", "c"], [[1, 3, 7], [0.33, 1, 2], [0.14, 0.5, 1]])

    assert told.weights == pytest.approx({"a": 0.682, "b": 0.216, "c": 0.103}, abs=0.001)


def test_ahp_of_one_and_of_two_is_always_consistent():
    assert ahp(["a"], [[1]]).weights == {"a": 1.0}
    assert ahp(["a", "b"], [[1, 4], [0.25, 1]]).weights == pytest.approx({"a": 0.8, "b": 0.2})


@pytest.mark.parametrize(
    ("names", "judgements", "code"),
    [
        ([], [], "weights.none"),
        (["a", "a"], [[1, 2], [0.5, 1]], "weights.twice"),
        ([str(i) for i in range(16)], [[1] * 16] * 16, "weights.too_many"),
        (["a", "b"], [[1, 2]], "weights.not_square"),
        (["a", "b"], [[1, 2], [0.5]], "weights.not_square"),
        (["a", "b"], [[1, 0], [2, 1]], "weights.bad_judgement"),
        (["a", "b"], [[1, float("nan")], [2, 1]], "weights.bad_judgement"),
        (["a", "b"], [[1, 2], [2, 1]], "weights.not_reciprocal"),
        (["a", "b"], [[2, 2], [0.5, 1]], "weights.not_reciprocal"),
    ],
)
def test_ahp_refuses(names, judgements, code):
    assert refusal(ahp, names, judgements)[0] == code


def test_entropy_gives_the_published_weights():
    """Choice of a fighter aircraft, Hwang and Yoon (1981), Multiple Attribute Decision Making.

    The book rounds the shares before it goes on, hence the tolerance.
    """
    aircraft = np.array(
        [
            [2.0, 1500, 20000, 5.5, 5, 9],
            [2.5, 2700, 18000, 6.5, 3, 5],
            [1.8, 2000, 21000, 4.5, 7, 7],
            [2.2, 1800, 20000, 5.0, 5, 5],
        ]
    )

    told = entropy(list("abcdef"), aircraft / aircraft.max(axis=0))

    published = [0.0649, 0.2055, 0.0133, 0.0829, 0.3570, 0.2764]
    assert list(told.values()) == pytest.approx(published, abs=0.002)


def test_entropy_by_hand():
    """Shares (1, 0) hold no entropy, (1/4, 3/4) hold 0.811278 bits of the possible 1."""
    told = entropy(["a", "b"], [[1.0, 0.25], [0.0, 0.75]])

    assert told == pytest.approx({"a": 1 / 1.188722, "b": 0.188722 / 1.188722}, rel=1e-5)


def test_entropy_gives_nothing_to_what_does_not_vary():
    told = entropy(["same", "zero", "varies"], [[0.4, 0, 0.1], [0.4, 0, 0.9], [0.4, 0, 0.3]])

    assert told == {"same": 0.0, "zero": 0.0, "varies": 1.0}


@pytest.mark.parametrize(
    ("names", "scaled", "code"),
    [
        ([], [], "weights.none"),
        (["a", "a"], [[0.1, 0.9], [0.2, 0.3]], "weights.twice"),
        (["a", "b"], [], "weights.constant"),
        (["a", "b"], [[0.1, 0.9]], "weights.constant"),
        (["a", "b"], [[0.1, 0.9], [0.1, 0.9]], "weights.constant"),
        (["a", "b"], [[0.1, 1.1], [0.1, 0.9]], "weights.not_scaled"),
        (["a", "b"], [[0.1, float("nan")], [0.1, 0.9]], "weights.not_scaled"),
    ],
)
def test_entropy_refuses(names, scaled, code):
    assert refusal(entropy, names, scaled)[0] == code


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({}, "weights.none"),
        ({"a": 0}, "weights.not_positive"),
        ({"a": 1, "b": -1}, "weights.not_positive"),
        ({"a": float("inf")}, "weights.not_positive"),
        ({"a": float("nan")}, "weights.not_positive"),
    ],
)
def test_by_hand_refuses(wishes, code):
    assert refusal(by_hand, wishes)[0] == code
