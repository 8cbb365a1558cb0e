"""Cross-validation of the learned churn risk: each fold is forecast by a model fitted to the others."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from heed_measures import churn_classifier
from heed_measures.arrays import DAYS_PER_WEEK, Floats, as_floats
from heed_measures.beta_geometric import MBG_NBD
from heed_measures.purchase_log import Cohort


class OutOfFold(NamedTuple):
    """Risk of no purchase per customer (k,): of the logistic regression alone, and after the isotonic table."""

    logistic: Floats
    calibrated: Floats


def out_of_fold(
    cohort: Cohort, observed: ArrayLike, *, days: int, penalty: float = 1.0, folds: int = churn_classifier.FOLDS
) -> OutOfFold:
    """Return the risk of each customer under models fitted to the other folds.

    Shapes: `observed` (k,), 1 for customers without a purchase in the `days` days after the cut. Folds are rows in
    turn.
    Errors: those of the fits. Source: k-fold cross-validation (Stone 1974).
    """
    outcome = as_floats(observed)
    logistic, calibrated = np.empty(len(outcome)), np.empty(len(outcome))
    turn = np.arange(len(outcome)) % folds
    for fold in range(folds):
        here = turn == fold
        history = (cohort.x[~here], cohort.tx[~here], cohort.T[~here])
        fitted = MBG_NBD.fit(*history, penalty=penalty)
        risk = MBG_NBD.probability_inactive(fitted, days / DAYS_PER_WEEK, cohort.x, cohort.tx, cohort.T)
        seen = churn_classifier.purchase_features(risk, cohort.x, cohort.tx, cohort.T, cohort.own_amount)
        learned = churn_classifier.fit(seen[~here], outcome[~here])
        logistic[here] = churn_classifier.uncalibrated(learned, seen[here])
        calibrated[here] = churn_classifier.probability(learned, seen[here])
    return OutOfFold(logistic, calibrated)
