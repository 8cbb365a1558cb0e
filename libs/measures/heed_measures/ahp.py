"""Weights from pairwise judgements (analytic hierarchy process); contradictory judgements are rejected."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, as_floats
from heed_measures.errors import InconsistentJudgements, InvalidInput

RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
MAX_CONSISTENCY_RATIO = 0.10


class JudgedWeights(NamedTuple):
    """Weights (n,) that add up to 1, the principal eigenvalue, and the consistency of the judgements."""

    weights: Floats
    eigenvalue: float
    consistency_index: float
    consistency_ratio: float


def weights(judgements: ArrayLike, *, limit: float = MAX_CONSISTENCY_RATIO) -> JudgedWeights:
    """Return the weight of each of n criteria, from pairwise judgements of their importance.

    Shapes: (n, n), positive and reciprocal, 1 ≤ n ≤ 10; row i, column j is how many times i outweighs j.
    ``CI = (λ − n)/(n − 1)``, ``CR = CI/RI``; n ≤ 2 has CR 0.
    Errors: `InvalidInput`; `InconsistentJudgements` when CR > limit, naming the judgement that is farthest (as a ratio)
    from what all together imply. Source: Saaty 1977, Journal of Mathematical Psychology 15(3); RI: Saaty 1980.
    """
    matrix = _checked(judgements)
    n = len(matrix)
    share, eigenvalue = _principal(matrix)
    consistency_index = max((eigenvalue - n) / (n - 1), 0.0) if n > 1 else 0.0
    ratio = consistency_index / RANDOM_INDEX[n - 1] if n > 2 else 0.0
    if ratio > limit:
        raise _inconsistency(matrix, share, ratio)
    return JudgedWeights(share, eigenvalue, consistency_index, ratio)


def matrix_from_upper(judgements: ArrayLike, n: int) -> Floats:
    """Return the whole matrix from its n(n−1)/2 judgements above the diagonal, row by row; the rest are reciprocals.

    Errors: `InvalidInput` for a wrong number of judgements or one that is not positive. Source: Saaty 1977.
    """
    given = as_floats(judgements)
    if given.shape != (n * (n - 1) // 2,) or not (given > 0).all():
        raise InvalidInput("One positive judgement is required for each pair.")
    matrix = np.ones((n, n))
    rows, columns = np.triu_indices(n, 1)
    matrix[rows, columns] = given
    matrix[columns, rows] = 1 / given
    return matrix


def _checked(judgements: ArrayLike) -> Floats:
    matrix = as_floats(judgements)
    n = len(matrix) if matrix.ndim == 2 else 0
    if not 1 <= n <= len(RANDOM_INDEX) or matrix.shape != (n, n):
        raise InvalidInput(f"Judgements must be a square matrix of at most {len(RANDOM_INDEX)} by {len(RANDOM_INDEX)}.")
    if not (np.isfinite(matrix).all() and (matrix > 0).all()):
        raise InvalidInput("Judgements must be positive numbers.")
    # Reciprocals typed with two digits (.33 for 1/3) are accepted.
    if not np.allclose(matrix * matrix.T, 1, rtol=0, atol=0.02):
        raise InvalidInput("The judgement of j against i must be the reciprocal of i against j.")
    return matrix


def _principal(matrix: Floats) -> tuple[Floats, float]:
    values, vectors = np.linalg.eig(matrix)
    largest = int(np.argmax(values.real))
    vector = np.abs(vectors[:, largest].real)
    return vector / vector.sum(), float(values[largest].real)


def _inconsistency(matrix: Floats, share: Floats, ratio: float) -> InconsistentJudgements:
    implied = share[:, np.newaxis] / share
    far = np.abs(np.log(matrix / implied))
    row, column = (int(index) for index in np.unravel_index(np.argmax(np.triu(far, 1)), far.shape))
    suggested = _implied_by_others(matrix, row, column)
    return InconsistentJudgements(
        ratio=ratio, worst=(row, column), given=float(matrix[row, column]), suggested=suggested
    )


def _implied_by_others(matrix: Floats, row: int, column: int) -> float:
    # Harker 1987: a missing judgement is a 0 that is compensated on the diagonal.
    without = matrix.copy()
    without[row, column] = without[column, row] = 0
    without[row, row] = without[column, column] = 2
    share, _ = _principal(without)
    return float(share[row] / share[column])
