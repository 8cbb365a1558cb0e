"""Schemas of corrective actions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import field_validator

from heed_common.contracts.complaint import ComplaintStatus
from heed_common.fields import Code, LongText, Moment, RequestModel, ResponseModel, ShortText, validation_error
from heed_complaint.reporting.corrective_actions import rules
from heed_complaint.reporting.corrective_actions.rules import CONFIDENCE_LEVEL, Effect, Progress, Trend, WindowCounts
from heed_complaint.reporting.corrective_actions.service import Complainant, NewCorrectiveAction
from heed_complaint.reporting.corrective_actions.tables import CorrectiveAction

DIGITS = 6


class CorrectiveActionIn(RequestModel):
    """Scope, measure, owner and due time."""

    cause: Code | None = None
    category: ShortText | None = None
    product: ShortText | None = None
    measure: LongText
    """What is changed so that the cause does not return, in free text."""
    owner: ShortText
    """Who sees to it."""
    due_at: Moment
    """When it is to be done."""

    def to_domain(self) -> NewCorrectiveAction:
        return NewCorrectiveAction(**{name: getattr(self, name) for name in type(self).model_fields})


class CorrectiveActionPatch(RequestModel):
    """Changes. The scope cannot change, because the counts are of that scope."""

    measure: LongText | None = None
    owner: ShortText | None = None
    due_at: Moment | None = None
    done_at: Moment | None = None

    @field_validator("measure", "owner", "due_at")
    @classmethod
    def _is_never_empty(cls, value: object) -> object:
        if value is None:
            raise validation_error("never_empty", "cannot be empty")
        return value

    def changes(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.model_fields_set}


class CorrectiveActionOut(ResponseModel):
    id: UUID
    cause: str | None
    category: str | None
    product: str | None
    measure: str
    owner: str
    due_at: Moment
    done_at: Moment | None
    opened_by: str
    opened_at: Moment
    progress: Progress
    """`overdue` after `due_at` without `done_at`; derived at the time of reading."""

    @classmethod
    def of(cls, row: CorrectiveAction, *, now: datetime) -> "CorrectiveActionOut":
        progress = rules.progress(due_at=row.due_at, done_at=row.done_at, now=now)
        stored = {name: getattr(row, name) for name in cls.model_fields if name != "progress"}
        return cls.model_validate(stored | {"progress": progress})


class WindowCountsOut(ResponseModel):
    """Complaints and purchases in an interval of time."""

    since: Moment
    """Beginning of the window, inclusive."""
    until: Moment
    """End of the window, exclusive; never later than now."""
    weeks: float
    """Length of the window in weeks, with fractions."""
    complaints: int
    """Complaints in the action's scope that were received in the window."""
    per_week: float | None
    """Complaints for each week; null for an empty window."""
    purchases: int | None
    """Empty if they are not recorded from the beginning."""
    per_1000_purchases: float | None
    """Complaints for each 1000 purchases; null if these are unknown or none."""
    without_cause: int
    """Complaints whose cause is not known yet: some of them may be in scope."""

    @classmethod
    def of(cls, counted: WindowCounts) -> "WindowCountsOut":
        return cls(
            since=counted.window.since,
            until=counted.window.until,
            weeks=round(counted.window.weeks, DIGITS),
            complaints=counted.complaints,
            per_week=_rounded(counted.per_week),
            purchases=counted.purchases,
            per_1000_purchases=_rounded(counted.per_1000_purchases),
            without_cause=counted.without_cause,
        )


class RateRatioOut(ResponseModel):
    """Ratio of the rates after and before; 1 is no change."""

    ratio: float | None
    """Rate after divided by rate before; null if there were none before."""
    low: float
    """Lower end of the interval of the ratio."""
    high: float | None
    """Upper end of the interval of the ratio; null if it is unbounded."""
    level: float = CONFIDENCE_LEVEL
    """Probability with which the interval holds, 0.95."""
    p_value: float
    """Probability of such a difference by chance alone, if nothing had changed."""


class CorrectiveActionEffectOut(ResponseModel):
    before: WindowCountsOut
    """Counts in the window that ends when the action was done."""
    after: WindowCountsOut
    """Counts in the window that begins when the action was done."""
    per: str
    """Unit of the rates: `purchase` if purchases are recorded in both windows, else `week`."""
    rate_ratio: RateRatioOut | None
    """Comparison of both rates; null while a window is shorter than a day."""
    verdict: Trend
    """`fell` or `rose` if chance is unlikely, else `unclear`."""

    @classmethod
    def of(cls, effect: Effect) -> "CorrectiveActionEffectOut":
        rates = effect.rates
        shown = None
        if rates is not None:
            names = ("ratio", "low", "high", "p_value")
            shown = RateRatioOut.model_validate({name: _rounded(getattr(rates, name)) for name in names})
        before, after = WindowCountsOut.of(effect.before), WindowCountsOut.of(effect.after)
        return cls(before=before, after=after, per=effect.per, rate_ratio=shown, verdict=effect.trend)


class ComplainantOut(ResponseModel):
    complaint_id: UUID
    received_at: Moment
    state: ComplaintStatus
    """State of that complaint now."""
    told_at: Moment | None
    """When this customer was notified of the correction; null if not yet."""

    @classmethod
    def of(cls, complainant: Complainant) -> "ComplainantOut":
        complaint = complainant.complaint
        return cls(
            complaint_id=complaint.id,
            received_at=complaint.received_at,
            state=ComplaintStatus(complaint.state),
            told_at=complainant.notified_at,
        )


class NotificationIn(RequestModel):
    """Message to the earlier complainants."""

    text: LongText
    """What was changed, for the customers; sent as a message on each complaint."""


class NotificationProgressOut(ResponseModel):
    told: int
    """Customers notified by this call."""
    remaining: int
    """Call again until it is 0."""


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, DIGITS)
