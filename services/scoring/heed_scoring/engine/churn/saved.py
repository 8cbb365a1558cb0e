"""What handling an open complaint well is worth: an association seen in many customers, not a proven effect of it.

Easy cases are resolved quickly, so part of what looks saved would have stayed anyway. Measured hold-outs answer that.
"""

from collections.abc import Sequence
from typing import NamedTuple

from heed_scoring.engine.decimal_text import PROBABILITY_DIGITS, amount, half_even, probability

MAX_COMPLAINTS = 100
"""So many open complaints of one customer are told, those with most at stake: an event has an end."""


class ComplaintScenario(NamedTuple):
    """The risk of its customer if only this complaint ended otherwise, in millionths."""

    complaint_id: str
    resolved_quickly: int
    unresolved: int


class ValueSaved(NamedTuple):
    """As printed: both risks, and the potential value that lies between them."""

    complaint_id: str
    risk_if_resolved_quickly: str
    risk_if_unresolved: str
    expected_value_saved: str


def value_saved(outlooks: Sequence[ComplaintScenario], *, potential: str, digits: int) -> tuple[ValueSaved, ...]:
    """Potential value as printed × what quick resolution takes from the risk, exact from these printed numbers."""
    if not outlooks:
        return ()
    worth = max(int(potential.replace(".", "")), 0)
    return tuple(
        ValueSaved(
            outlook.complaint_id,
            probability(outlook.resolved_quickly),
            probability(outlook.unresolved),
            amount(half_even(worth * (outlook.unresolved - outlook.resolved_quickly), 10**PROBABILITY_DIGITS), digits),
        )
        for outlook in _most_at_stake(outlooks)
    )


def _most_at_stake(outlooks: Sequence[ComplaintScenario]) -> Sequence[ComplaintScenario]:
    if len(outlooks) <= MAX_COMPLAINTS:
        return outlooks
    return sorted(outlooks, key=lambda one: (one.resolved_quickly - one.unresolved, one.complaint_id))[:MAX_COMPLAINTS]
