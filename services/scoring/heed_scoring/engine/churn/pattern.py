"""Base of the churn risk: the purchase pattern alone."""

from collections.abc import Sequence

import numpy as np

from heed_measures import churn_classifier
from heed_measures.arrays import Floats, as_floats
from heed_measures.beta_geometric import MBG_NBD, BGParameters
from heed_scoring.engine.features.features import Features
from heed_scoring.engine.model import HORIZON_DAYS, PURCHASE_MODELS, Calibrated, Model

PROBABILITY_EPSILON = 1e-9
"""No history makes leaving or staying certain; log-odds must be finite."""


def base_risk(customers: Sequence[Features], model: Model, x: Floats, tx: Floats, age: Floats) -> Floats:
    """Return the probability of no purchase within the horizon, by the purchase pattern alone; time in weeks.

    From the calibrated classifier where the model has one, except for customers without purchases: training has none.
    """
    module = PURCHASE_MODELS[model.algorithm]
    base = module.probability_inactive(model.purchase, HORIZON_DAYS / 7, x, tx, age)
    if model.calibrated is not None:
        bought = np.array([customer.purchase_days > 0 for customer in customers])
        own_margin = np.array([customer.own_margin for customer in customers])
        base = np.where(bought, _calibrated_risk(model.calibrated, x, tx, age, own_margin), base)
    return as_floats(np.clip(base, PROBABILITY_EPSILON, 1 - PROBABILITY_EPSILON))


def purchase_features(purchase: BGParameters, x: Floats, tx: Floats, age: Floats, own_margin: Floats) -> Floats:
    """Return the features of the classifier, the same in training and in scoring."""
    risk = MBG_NBD.probability_inactive(purchase, HORIZON_DAYS / 7, x, tx, age)
    return churn_classifier.purchase_features(risk, x, tx, age, own_margin)


def _calibrated_risk(calibrated: Calibrated, x: Floats, tx: Floats, age: Floats, own_margin: Floats) -> Floats:
    seen = purchase_features(calibrated.purchase, x, tx, age, own_margin)
    return churn_classifier.probability(calibrated.classifier, seen)
