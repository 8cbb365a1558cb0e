"""A customer's facts as they would be if something happened today. Pure: the facts given are left as they are.

A complaint's public state has no due time, so "resolved quickly" is judged by the default targets of resolution, from
receipt, in calendar time; a target that is known to be missed already stays missed.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from heed_scoring.engine.churn.complaints import complaint_weights
from heed_scoring.engine.features.features import Features
from heed_scoring.ledger.entry import SCALE, LedgerKind, LedgerRow
from heed_scoring.ledger.facts import Facts, from_json, to_json
from heed_scoring.ledger.records import ComplaintState

RESOLUTION_TARGETS = {
    "critical": timedelta(hours=24),
    "major": timedelta(hours=48),
    "minor": timedelta(days=5),
}
SUPPOSED = str(UUID(int=0))
"""Evidence id of hypothetical events."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What is supposed; nothing of it by default."""

    resolve_within: timedelta | None = None
    """From now on."""
    leave_unresolved: bool = False
    complaint_id: UUID | None = None
    """Of several open complaints the one that is meant; else the heaviest."""
    gross: int | None = None
    """Of a purchase today, in 1/10 000 of the model's currency."""
    margin: int = 0
    days_without_purchase: int = 0

    @property
    def concerns_a_complaint(self) -> bool:
        return self.leave_unresolved or self.resolve_within is not None


def target_complaint(customer: Features, requested: UUID | None, *, confidential: bool) -> str | None:
    """Return the named open complaint, or the one with the most weight; None if the caller can see none."""
    weighed = complaint_weights([customer])
    found = [
        (-weight, complaint.complaint_id)
        for (_, complaint), weight in zip(weighed.complaints, weighed.weights, strict=True)
        if complaint.is_open
        and (confidential or not complaint.confidential)
        and requested in {None, UUID(complaint.complaint_id)}
    ]
    return min(found)[1] if found else None


def apply_hypothesis(
    facts: Facts, hypothesis: Hypothesis, *, complaint_id: str | None, currency: str, today: date, now: datetime
) -> Facts:
    """The facts with all that is supposed in them."""
    supposed = from_json(to_json(facts))
    if complaint_id is not None:
        supposed.complaints[complaint_id] = _end(facts.complaints[complaint_id], hypothesis, today=today, now=now)
    if hypothesis.gross is not None:
        supposed.add(_purchase(hypothesis.gross, hypothesis.margin, currency=currency, today=today))
    return supposed


def _end(state: ComplaintState, hypothesis: Hypothesis, *, today: date, now: datetime) -> ComplaintState:
    ended = today.isoformat()
    if hypothesis.resolve_within is None:
        return {**state, "state": "declined", "completed": None, "ended": ended}
    quickly = is_quick(state, hypothesis.resolve_within, now=now)
    return {
        **state,
        "state": "completed",
        "completed": ended,
        "ended": None,
        "within_target": quickly,
        "solved": None,
    }


def is_quick(state: ComplaintState, within: timedelta, *, now: datetime) -> bool:
    """Whether a resolution so long from now would come within the target."""
    consumed = now - datetime.fromisoformat(state["received"])
    return state["within_target"] is not False and consumed + within <= RESOLUTION_TARGETS[state["severity"]]


def _purchase(gross: int, margin: int, *, currency: str, today: date) -> LedgerRow:
    return LedgerRow(
        SUPPOSED, "what_if", LedgerKind.PURCHASE, day=today, currency=currency, units=SCALE, gross=gross, margin=margin
    )
