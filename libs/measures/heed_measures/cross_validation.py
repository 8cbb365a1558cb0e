"""How good the learned churn risk is for customers whom it has not seen: each fold is forecast by the others."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from heed_measures import churn_classifier, mbg_nbd
from heed_measures.arrays import DAYS_PER_WEEK, Floats, as_floats
from heed_measures.purchase_log import Cohort


class OutOfFold(NamedTuple):
    """Risk of no purchase per customer (k,): by the logistic regression alone, and after the isotonic table."""

    logistic: Floats
    calibrated: Floats


def out_of_fold(
    cohort: Cohort, happened: ArrayLike, *, days: int, penalty: float = 1.0, folds: int = churn_classifier.FOLDS
) -> OutOfFold:
    """The risk of each customer by the purchase model, the weights and the table that the other folds teach.

    Shapes: `happened` (k,), 1 for whoever did not buy in the `days` days after the cut. Folds are rows in turn.
    Errors: those of the fits. Source: k-fold cross-validation (Stone 1974).
    """
    outcome = as_floats(happened)
    logistic, calibrated = np.empty(len(outcome)), np.empty(len(outcome))
    turn = np.arange(len(outcome)) % folds
    for fold in range(folds):
        here = turn == fold
        history = (cohort.x[~here], cohort.tx[~here], cohort.T[~here])
        fitted = mbg_nbd.fit(*history, penalty=penalty)
        risk = mbg_nbd.probability_no_purchase(fitted, days / DAYS_PER_WEEK, cohort.x, cohort.tx, cohort.T)
        seen = churn_classifier.purchase_features(risk, cohort.x, cohort.tx, cohort.T, cohort.own_amount)
        learned = churn_classifier.fit(seen[~here], outcome[~here])
        logistic[here] = churn_classifier.uncalibrated(learned, seen[here])
        calibrated[here] = churn_classifier.probability(learned, seen[here])
    return OutOfFold(logistic, calibrated)
