"""Lifecycle stage of a customer relation, and the rule that found it: exploration, formation, stability, decline.

Pure: from the purchase days and the day alone. The bounds are Heed's own †.
"""

from typing import NamedTuple

from heed_measures.rhythm import BROKEN_FROM, MIN_REPEATS
from heed_scoring.engine.features.features import Features

STABLE_REPEATS = 3
STABLE_DAYS = 182
INACTIVE_DAYS = 365


class Lifecycle(NamedTuple):
    """The stage, and the code of the rule that found it."""

    stage: str
    reason: str


def lifecycle(customer: Features) -> Lifecycle:
    """Return the stage of the first rule that matches."""
    repeats, inactive_days = customer.purchase_days - 1, customer.age - customer.first_to_last
    if repeats < 0:
        return Lifecycle("exploration", "not_bought_yet")
    # The gap against the mean interval, multiplied out: whole days, exact at the border.
    if repeats >= MIN_REPEATS and inactive_days * repeats > BROKEN_FROM * customer.first_to_last:
        return Lifecycle("decline", "rhythm_broken")
    if inactive_days > INACTIVE_DAYS:
        return Lifecycle("decline", "silent_for_a_year")
    if repeats == 0:
        return Lifecycle("exploration", "bought_once")
    if repeats >= STABLE_REPEATS and customer.first_to_last >= STABLE_DAYS:
        return Lifecycle("stability", "comes_back_steadily")
    return Lifecycle("formation", "comes_back")


STAGES = ("exploration", "formation", "stability", "decline")
REASONS = ("not_bought_yet", "bought_once", "comes_back", "comes_back_steadily", "rhythm_broken", "silent_for_a_year")
