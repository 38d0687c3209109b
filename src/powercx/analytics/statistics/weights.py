"""Weights of a composite index: by hand, by pairwise judgement (AHP), by entropy."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from powercx.base.errors import UserError

# Mean consistency index of random matrices of 1..15 things: Saaty (1980), The Analytic Hierarchy
# Process, McGraw-Hill, p. 21.
RANDOM_INDEX = (
    *(0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49),
    *(1.51, 1.48, 1.56, 1.57, 1.59),
)
MOST_INCONSISTENT = 0.1
# People write 0.33 for 1/3 and 0.14 for 1/7: the product with 3 or 7 may miss 1 by this much.
ROUNDING = 0.025
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """Weights that add up to 1, and how well the judgements behind them agree."""

    weights: dict[str, float]
    consistency_ratio: float
    principal_eigenvalue: float


def by_hand(wishes: Mapping[str, float]) -> dict[str, float]:
    """Return ``wishes`` scaled to a sum of 1; each must be a positive number.

    :raises UserError: ``weights.none`` for no wish at all, ``weights.not_positive``.
    >>> by_hand({"connection_time": 3, "csat": 1})
    {'connection_time': 0.75, 'csat': 0.25}
    """
    if not wishes:
        raise UserError("weights.none")
    for name, wish in wishes.items():
        if not (math.isfinite(wish) and wish > 0):
            raise UserError("weights.not_positive", name=name, value=wish)
    total = math.fsum(wishes.values())
    return {name: wish / total for name, wish in wishes.items()}


def ahp(names: Sequence[str], judgements: Sequence[Sequence[float]]) -> Judged:
    """Return the weights of pairwise judgements: the principal eigenvector, scaled to a sum of 1.

    ``judgements[i][j]`` says how many times as important ``names[i]`` is as ``names[j]`` (Saaty's
    scale runs from 1/9 to 9, any positive number is taken); the diagonal is 1 and each judgement
    the reciprocal of its mirror image, rounding as in 0.33 for 1/3 allowed.

    :raises UserError: ``weights.none``, ``weights.twice`` (a name given twice),
        ``weights.too_many`` (over 15), ``weights.not_square``, ``weights.bad_judgement``,
        ``weights.not_reciprocal``, or ``weights.inconsistent`` when the consistency ratio is above
        0.1; the last names the judgement that fits the others least.
    Source: Saaty (1980), The Analytic Hierarchy Process; least fitting = largest deviation of
    a_ij w_j / w_i from 1 as a ratio, Saaty (2003), EJOR 145:85-91.
    >>> ahp(["a", "b"], [[1, 3], [1 / 3, 1]]).weights
    {'a': 0.75, 'b': 0.25}
    """
    matrix = _reciprocal(names, judgements)
    eigenvalue, weights = _principal(matrix)
    judged = Judged(
        weights=dict(zip(names, weights.tolist(), strict=True)),
        consistency_ratio=_consistency_ratio(eigenvalue, len(names)),
        principal_eigenvalue=eigenvalue,
    )
    if judged.consistency_ratio > MOST_INCONSISTENT:
        raise _inconsistent(names, matrix, weights, judged.consistency_ratio)
    return judged


def entropy(names: Sequence[str], scaled: Sequence[Sequence[float]] | Array) -> dict[str, float]:
    """Return weights by how unevenly each indicator is spread over the units.

    ``scaled`` has a row per unit and a column per name, each value scaled to 0-1. An indicator on
    which all units agree tells nothing and weighs 0; the weights add up to 1.

    :raises UserError: ``weights.none``, ``weights.twice``, ``weights.not_scaled`` for a value
        outside 0-1 or missing, ``weights.constant`` when no indicator differs between units (or
        there is one unit only).
    Source: entropy method, Hwang and Yoon (1981), Multiple Attribute Decision Making, 3.1.2.
    >>> entropy(["a", "b"], [[1.0, 0.5], [0.0, 0.5]])
    {'a': 1.0, 'b': 0.0}
    """
    matrix = _scaled(names, scaled)
    if len(matrix) == 0 or not (varying := np.ptp(matrix, axis=0) > 0).any():
        raise UserError("weights.constant", units=len(matrix))
    # A column that varies has a sum above 0; the others are given 1 and dropped below.
    shares = matrix / np.where(varying, matrix.sum(axis=0), 1.0)
    logs = np.log(np.where(shares > 0, shares, 1.0))
    told = 1 + (shares * logs).sum(axis=0) / math.log(len(matrix))
    # Spread below what a double can tell may come out a hair under 0.
    told = np.where(varying, np.maximum(told, np.finfo(np.float64).tiny), 0.0)
    return dict(zip(names, (told / told.sum()).tolist(), strict=True))


def _check_names(names: Sequence[str]) -> None:
    if not names:
        raise UserError("weights.none")
    for name, count in Counter(names).items():
        if count > 1:
            raise UserError("weights.twice", name=name)


def _reciprocal(names: Sequence[str], judgements: Sequence[Sequence[float]]) -> Array:
    """Check the judgements and return them exactly reciprocal."""
    _check_names(names)
    size = len(names)
    if size > len(RANDOM_INDEX):
        raise UserError("weights.too_many", count=size, most=len(RANDOM_INDEX))
    if len(judgements) != size or any(len(row) != size for row in judgements):
        raise UserError("weights.not_square", count=size)
    matrix = np.asarray(judgements, dtype=np.float64)
    for i, j in np.argwhere(~(np.isfinite(matrix) & (matrix > 0))):
        raise UserError("weights.bad_judgement", row=names[i], column=names[j], value=matrix[i, j])
    for i, j in np.argwhere(abs(matrix * matrix.T - 1) > ROUNDING):
        raise UserError(
            "weights.not_reciprocal",
            row=names[i],
            column=names[j],
            value=f"{matrix[i, j]:g}",
            mirror=f"{matrix[j, i]:g}",
        )
    # Of two mirror images the larger is what was judged, the smaller its rounded reciprocal.
    return np.where(matrix > matrix.T, matrix, np.where(matrix < matrix.T, 1 / matrix.T, 1.0))


def _principal(matrix: Array) -> tuple[float, Array]:
    """Return the largest eigenvalue (real, by Perron) and its vector, scaled to a sum of 1."""
    values, vectors = np.linalg.eig(matrix)
    first = int(np.argmax(values.real))
    vector = np.abs(vectors[:, first].real)
    return float(values[first].real), vector / vector.sum()


def _consistency_ratio(eigenvalue: float, size: int) -> float:
    chance = RANDOM_INDEX[size - 1]
    if not chance:
        return 0.0
    # The eigenvalue is never below the size; rounding may put it there.
    return max((eigenvalue - size) / (size - 1) / chance, 0.0)


def _inconsistent(names: Sequence[str], matrix: Array, weights: Array, ratio: float) -> UserError:
    implied = weights[:, None] / weights[None, :]
    worst = int(np.argmax(np.triu(np.abs(np.log(matrix / implied)), k=1)))
    i, j = divmod(worst, len(names))
    return UserError(
        "weights.inconsistent",
        ratio=f"{ratio:.2f}",
        most=f"{MOST_INCONSISTENT:g}",
        row=names[i],
        column=names[j],
        value=f"{matrix[i, j]:.3g}",
        implied=f"{implied[i, j]:.3g}",
    )


def _scaled(names: Sequence[str], scaled: Sequence[Sequence[float]] | Array) -> Array:
    _check_names(names)
    matrix = np.asarray(scaled, dtype=np.float64).reshape(-1, len(names))
    for i, j in np.argwhere(~((matrix >= 0) & (matrix <= 1))):
        raise UserError(
            "weights.not_scaled", unit=int(i) + 1, name=names[j], value=f"{matrix[i, j]:g}"
        )
    return matrix
