"""Scores from features, and the thresholds that a new score crosses.

One customer or a million pass through the same vectorised code and are rounded once.

All functions are element-wise, so that a customer scored alone gets the numbers of the same customer in a batch.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from heed_common.currencies import exponent
from heed_measures.arrays import Floats
from heed_measures.loyalty import CLASSES
from heed_scoring.engine.churn.churn import BANDS, Risk, risk
from heed_scoring.engine.churn.complaints import ValueSaved, value_saved
from heed_scoring.engine.churn.factors import lines as risk_lines
from heed_scoring.engine.explanation import Explanation
from heed_scoring.engine.features.features import Features
from heed_scoring.engine.lifecycle import Lifecycle, lifecycle
from heed_scoring.engine.loyalty.loyalty import Loyalty, loyalty
from heed_scoring.engine.loyalty.loyalty import lines as loyalty_lines
from heed_scoring.engine.model import Model
from heed_scoring.engine.value.value import Value, value
from heed_scoring.engine.value.value import lines as value_lines

RISING_CLASSES = {
    "churn_risk": tuple(band for _, band in reversed(BANDS)),
    "value": ("D", "C", "B", "A"),
    "loyalty": CLASSES,
}
"""Bands, tiers and classes of each score, in rising order."""
MAX_RECENT_SCORES = 100
_RECENT: dict[tuple[str, date, str], "Score"] = {}
"""By facts as stored, day, and version of the model."""


class Score(NamedTuple):
    """Published numbers of a customer on one day, as printed."""

    value: Value
    loyalty: Loyalty
    risk: Risk
    lifecycle: Lifecycle
    saved: tuple[ValueSaved, ...]
    """One for each open complaint."""
    currency: str
    seen: Features

    def explanation(self) -> Explanation:
        """Return the addends of all numbers; those of each number add up to it exactly."""
        return Explanation(
            value_lines(self.seen, self.value),
            loyalty_lines(self.seen, self.loyalty),
            risk_lines(self.seen, self.risk),
            self.value.digits,
        )


class ThresholdCrossing(NamedTuple):
    """A change of band, tier or class."""

    score: str
    before: str
    after: str

    @property
    def direction(self) -> str:
        steps = RISING_CLASSES[self.score]
        return "up" if steps.index(self.after) > steps.index(self.before) else "down"


def score(customers: Sequence[Features], model: Model) -> list[Score]:
    """Return the scores of these customers under one model, in their order."""
    if not customers:
        return []
    x, tx, age = purchase_histories(customers)
    risks = risk(customers, model, x, tx, age)
    loyalties = loyalty(customers, model.loyalty)
    leaving = [numbers.millionths for numbers in risks]
    values = value(customers, model, x, tx, age, loyalties=loyalties, leaving=leaving)
    rows = zip(values, loyalties, risks, customers, strict=True)
    currency = model.money.currency
    digits = exponent(currency)
    return [
        Score(
            worth,
            loyal,
            leaving,
            lifecycle(seen),
            value_saved(leaving.scenarios, potential=worth.potential, digits=digits),
            currency,
            seen,
        )
        for worth, loyal, leaving, seen in rows
    ]


def purchase_histories(customers: Sequence[Features]) -> tuple[Floats, Floats, Floats]:
    """Return the input of purchase models: repeat purchase days, time of the last one and age, in weeks."""
    x = np.array([max(customer.purchase_days - 1, 0) for customer in customers], dtype=float)
    tx = np.array([customer.first_to_last for customer in customers]) / 7
    age = np.array([customer.age for customer in customers]) / 7
    return x, tx, age


def crossed_thresholds(before: dict[str, Any] | None, after: Score) -> list[ThresholdCrossing]:
    """Return the thresholds crossed since the last published numbers; none for a first score."""
    if before is None:
        return []
    sides = (
        ("churn_risk", before["churn_risk"]["band"], after.risk.band),
        ("value", before["value"]["tier"], after.value.tier),
        ("loyalty", before["loyalty"]["class"], after.loyalty.loyalty_class),
    )
    return [
        ThresholdCrossing(name, old, new)
        for name, old, new in sides
        if old != new and old is not None and new is not None
    ]


def remember_score(score: Score, *, facts: str, day: date, model_version: str) -> None:
    """Keep a score that was just calculated; the oldest of many is forgotten.

    A score is a function of facts, day and model, and of nothing else. So what is found by these three is what would be
    calculated again, also if the transaction that has calculated it was rolled back.
    """
    _RECENT[facts, day, model_version] = score
    if len(_RECENT) > MAX_RECENT_SCORES:
        del _RECENT[next(iter(_RECENT))]


def recent_score(facts: str | None, *, day: date, model_version: str) -> Score | None:
    """Return the score of these facts, if it was calculated a moment ago."""
    return None if facts is None else _RECENT.get((facts, day, model_version))
