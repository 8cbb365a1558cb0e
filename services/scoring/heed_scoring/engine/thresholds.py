"""Borders that people act on: which of them a customer's new numbers have crossed. Pure."""

from typing import Any, NamedTuple

from heed_measures.loyalty import CLASSES
from heed_scoring.engine.churn.churn import BANDS
from heed_scoring.engine.score import Score

RISING_CLASSES = {
    "churn_risk": tuple(band for _, band in reversed(BANDS)),
    "value": ("D", "C", "B", "A"),
    "loyalty": CLASSES,
}
"""The bands, tiers and classes of each score from its least to its most."""


class ThresholdCrossing(NamedTuple):
    """From one side of a border to the other."""

    score: str
    before: str
    after: str

    @property
    def direction(self) -> str:
        steps = RISING_CLASSES[self.score]
        return "up" if steps.index(self.after) > steps.index(self.before) else "down"


def crossed_thresholds(before: dict[str, Any] | None, after: Score) -> list[ThresholdCrossing]:
    """What has crossed since these numbers were told. What is known for the first time has crossed nothing."""
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
