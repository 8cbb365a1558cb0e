"""Value saved by handling an open complaint well: an association over many customers, not a proven effect.

Easy cases are resolved quickly, so part of the value that looks saved would have stayed anyway. Hold-outs measure that.
"""

from collections.abc import Sequence
from typing import NamedTuple

from heed_scoring.engine.decimal_text import PROBABILITY_DIGITS, amount, half_even, probability

MAX_COMPLAINTS = 100
"""Open complaints in one score, those with most at stake: an event has a maximum size."""


class ComplaintScenario(NamedTuple):
    """Risk of the customer if only this complaint ended otherwise, in millionths."""

    complaint_id: str
    resolved_quickly: int
    unresolved: int


class ValueSaved(NamedTuple):
    """Both risks as printed, and the potential value between them."""

    complaint_id: str
    risk_if_resolved_quickly: str
    risk_if_unresolved: str
    expected_value_saved: str


def value_saved(scenarios: Sequence[ComplaintScenario], *, potential: str, digits: int) -> tuple[ValueSaved, ...]:
    """Return printed potential value × risk reduction by quick resolution, exact from the printed numbers."""
    if not scenarios:
        return ()
    worth = max(int(potential.replace(".", "")), 0)
    return tuple(
        ValueSaved(
            scenario.complaint_id,
            probability(scenario.resolved_quickly),
            probability(scenario.unresolved),
            amount(
                half_even(worth * (scenario.unresolved - scenario.resolved_quickly), 10**PROBABILITY_DIGITS), digits
            ),
        )
        for scenario in _most_at_stake(scenarios)
    )


def _most_at_stake(scenarios: Sequence[ComplaintScenario]) -> Sequence[ComplaintScenario]:
    if len(scenarios) <= MAX_COMPLAINTS:
        return scenarios
    return sorted(
        scenarios, key=lambda scenario: (scenario.resolved_quickly - scenario.unresolved, scenario.complaint_id)
    )[:MAX_COMPLAINTS]
