"""Churn risk learned from outcomes: logistic regression, calibrated by isotonic regression.

Fitted with scipy alone; the parameters are plain numbers, so a model is stored as readable JSON. Time without
a purchase never lowers the risk: what grows with time has weights of 0 or more, and the table only rises.
Everything on a row is element-wise: a customer alone has the same bits as the same customer among a million.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from heed_measures.arrays import Floats, Integers, as_floats
from heed_measures.deterministic_math import log
from heed_measures.errors import InvalidInput

FEATURES: Mapping[str, bool] = {
    "base_log_odds": True,
    "log_weeks_since_last": True,
    "log_weeks_since_first": True,
    "log_repeats": False,
    "log_weeks_first_to_last": False,
    "log_amount": False,
}
"""The columns of `purchase_features`, and whether each grows while nothing is bought."""
STORED_NAMES = {"predicted": "said", "observed": "happened"}
"""Fields that stored models, and so the names of their versions, hold under their first names."""
FIELD_NAMES = {stored: name for name, stored in STORED_NAMES.items()}
PROBABILITY_EPSILON = 1e-9
RIDGE = 1.0
FOLDS = 5
MAX_KNOTS = 100
MIN_PER_KNOT = 50


@dataclass(frozen=True, slots=True)
class ClassifierParameters:
    """Weights (k,) of the features less `centre` over `scale`; then the table from predicted to observed shares (j,).

    `lowest` and `highest` are the range of the training data: features are clipped to it.
    """

    features: tuple[str, ...]
    lowest: tuple[float, ...]
    highest: tuple[float, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    predicted: tuple[float, ...]
    observed: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain numbers, lists and strings."""
        return {
            STORED_NAMES.get(name, name): list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }


def from_json(stored: Mapping[str, Any]) -> ClassifierParameters:
    """Return the parameters that `to_json` has written."""
    values: dict[str, Any] = {
        FIELD_NAMES.get(name, name): tuple(value) if isinstance(value, list) else value
        for name, value in stored.items()
    }
    return ClassifierParameters(**values)


def purchase_features(
    base_probability: ArrayLike, x: ArrayLike, tx: ArrayLike, T: ArrayLike, amount: ArrayLike
) -> Floats:
    """Return the classifier's features of a purchase history, (n, 6), columns `FEATURES`.

    Shapes: (n,) each. `base_probability` of no purchase from the purchase model; x repeat purchase days, tx and T
    in weeks; `amount` the mean of a purchase day, below 0 counts as 0. Errors: none. Source: †.
    """
    repeats, last, age = as_floats(x), as_floats(tx), as_floats(T)
    base = np.clip(as_floats(base_probability), PROBABILITY_EPSILON, 1 - PROBABILITY_EPSILON)
    counted = (age - last, age, repeats, last, np.maximum(as_floats(amount), 0.0))
    return np.column_stack([logit(base), *(log(1.0 + column) for column in counted)])


def fit(
    features: ArrayLike,
    observed: ArrayLike,
    *,
    rising: Mapping[str, bool] = FEATURES,
    ridge: float = RIDGE,
    folds: int = FOLDS,
) -> ClassifierParameters:
    """Fit weights to all customers, and the table to out-of-fold forecasts.

    Shapes: features (n, k), observed (n,) of 0 and 1; `rising` names the k columns, those that are true get weights of
    0 or more. The table is learned on `folds` folds (rows in turn), each forecast by the weights of the others.
    Errors: `InvalidInput` for other shapes, numbers that are not finite, outcomes that are all the same in some fold.
    Source: logistic regression with a ridge on the weights; Zadrozny & Elkan 2002; out-of-fold as in Platt 1999.
    """
    seen, outcome = _checked(features, observed, columns=len(rising), folds=folds)
    bounded = np.array(list(rising.values()))
    turn = np.arange(len(outcome)) % folds
    predicted = np.empty(len(outcome))
    for fold in range(folds):
        others = turn != fold
        predicted[~others] = _logistic(_fit_logistic(seen[others], outcome[others], bounded, ridge), seen[~others])
    centre, scale, weights, intercept = _fit_logistic(seen, outcome, bounded, ridge)
    knots, shares = _fit_isotonic_table(predicted, outcome)
    return ClassifierParameters(
        features=tuple(rising),
        lowest=tuple(seen.min(axis=0).tolist()),
        highest=tuple(seen.max(axis=0).tolist()),
        centre=tuple(centre.tolist()),
        scale=tuple(scale.tolist()),
        weights=tuple(weights.tolist()),
        intercept=intercept,
        predicted=tuple(knots.tolist()),
        observed=tuple(shares.tolist()),
    )


def probability(parameters: ClassifierParameters, features: ArrayLike) -> Floats:
    """Return the calibrated probability of the outcome, (n,).

    Shape: features (n, k). Between the knots of the table the line joins them, so that different forecasts stay
    different. Errors: none. Source: as `fit`; the line †.
    """
    return _interpolate(parameters, uncalibrated(parameters, features))


def uncalibrated(parameters: ClassifierParameters, features: ArrayLike) -> Floats:
    """Return the probability of the logistic regression alone, (n,), with features clipped to the training range.

    Where all training customers were a year old and more, a straight line extrapolates to any risk for a customer of
    last week. Shape: features (n, k). Errors: none. Source: as `fit`; the ends †.
    """
    weights = (
        as_floats(parameters.centre),
        as_floats(parameters.scale),
        as_floats(parameters.weights),
        parameters.intercept,
    )
    return _logistic(weights, np.clip(as_floats(features), parameters.lowest, parameters.highest))


LogisticWeights = tuple[Floats, Floats, Floats, float]
"""Centre, scale and weight of each feature, and the intercept."""


def _checked(features: ArrayLike, observed: ArrayLike, *, columns: int, folds: int) -> tuple[Floats, Floats]:
    seen, outcome = as_floats(features), as_floats(observed)
    if seen.ndim != 2 or seen.shape[1] != columns or outcome.shape != (len(seen),):
        raise InvalidInput("One row of features for each outcome is needed, with a column for each name.")
    if not np.isfinite(seen).all() or not np.isin(outcome, (0.0, 1.0)).all():
        raise InvalidInput("Features must be finite and outcomes 0 or 1.")
    turn = np.arange(len(outcome)) % folds
    if folds < 2 or any(len(np.unique(outcome[turn != fold])) < 2 for fold in range(folds)):
        raise InvalidInput("All outcomes are equal: there is nothing to learn.")
    return seen, outcome


def _fit_logistic(seen: Floats, outcome: Floats, bounded: Integers, ridge: float) -> LogisticWeights:
    # Slow import, needed for fits only.
    from scipy.optimize import minimize

    centre, spread = seen.mean(axis=0), seen.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    standard, n = (seen - centre) / scale, len(outcome)

    def objective(guess: Floats) -> tuple[float, Floats]:
        odds = guess[0] + standard @ guess[1:]
        wrong = expit(odds) - outcome
        loss = float(np.sum(np.logaddexp(0.0, odds) - outcome * odds)) + 0.5 * ridge * float(guess[1:] @ guess[1:])
        return loss / n, np.append(wrong.sum(), standard.T @ wrong + ridge * guess[1:]) / n

    bounds = [(None, None), *((0.0 if rises else None, None) for rises in bounded)]
    found = minimize(objective, np.zeros(1 + seen.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds)
    return centre, scale, found.x[1:], float(found.x[0])


def _logistic(weights: LogisticWeights, seen: Floats) -> Floats:
    centre, scale, slopes, intercept = weights
    odds = np.full(len(seen), intercept)
    # Added one by one: a matrix product gives other bits for one row than for many.
    for column in range(len(slopes)):
        odds = odds + slopes[column] * ((seen[:, column] - centre[column]) / scale[column])
    return as_floats(expit(odds))


def _fit_isotonic_table(predicted: Floats, outcome: Floats) -> tuple[Floats, Floats]:
    """Return knots from 0 to 1: groups of similar forecasts, neighbours joined until the shares rise."""
    from scipy.optimize import isotonic_regression

    groups = int(np.clip(len(predicted) // MIN_PER_KNOT, 1, MAX_KNOTS))
    parts = np.array_split(np.argsort(predicted, kind="stable"), groups)
    sizes = np.array([len(part) for part in parts], dtype=float)
    forecast = np.array([predicted[part].mean() for part in parts])
    # Half a customer on either side, so that no share is 0 or 1 and no forecast is certain.
    share = np.array([(outcome[part].sum() + 0.5) / (len(part) + 1) for part in parts])
    joined = isotonic_regression(share, weights=sizes)
    starts = joined.blocks[:-1]
    knots = np.add.reduceat(forecast * sizes, starts) / np.add.reduceat(sizes, starts)
    # Equal forecasts make one knot; the outermost ones lead to 0 and to 1, so that the order holds there too.
    is_inner = (np.diff(knots, prepend=0.0) > 0) & (knots < 1)
    return np.r_[0.0, knots[is_inner], 1.0], np.r_[0.0, joined.x[starts][is_inner], 1.0]


def _interpolate(parameters: ClassifierParameters, predicted: Floats) -> Floats:
    # Not np.interp: with steps and slopes from the table alone, no row can depend on how many there are.
    knots, shares = as_floats(parameters.predicted), as_floats(parameters.observed)
    slopes = np.diff(shares) / np.diff(knots)
    index = np.clip(np.searchsorted(knots, predicted, side="right") - 1, 0, len(slopes) - 1)
    return np.minimum(shares[index] + slopes[index] * (predicted - knots[index]), shares[index + 1])
