"""Thresholds that people act on, and which of them a new score has crossed. Pure."""

from typing import Any, NamedTuple

from heed_measures.loyalty import CLASSES
from heed_scoring.engine.churn.churn import BANDS
from heed_scoring.engine.score import Score

RISING_CLASSES = {
    "churn_risk": tuple(band for _, band in reversed(BANDS)),
    "value": ("D", "C", "B", "A"),
    "loyalty": CLASSES,
}
"""Bands, tiers and classes of each score, in rising order."""


class ThresholdCrossing(NamedTuple):
    """A change of band, tier or class."""

    score: str
    before: str
    after: str

    @property
    def direction(self) -> str:
        steps = RISING_CLASSES[self.score]
        return "up" if steps.index(self.after) > steps.index(self.before) else "down"


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
