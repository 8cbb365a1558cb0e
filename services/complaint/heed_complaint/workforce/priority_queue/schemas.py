"""Response schemas of the priority queue."""

from datetime import datetime

from heed_common.fields import Amount, Moment, ResponseModel
from heed_complaint.core.customers.tables import SavedValueForecast
from heed_complaint.core.priority_rank import rules
from heed_complaint.core.priority_rank.rules import RankReason
from heed_complaint.sla.case import Case
from heed_complaint.sla.schemas import ComplaintOut
from heed_complaint.workforce.priority_queue.service import RankedCase


class QueueItemOut(ResponseModel):
    """A complaint with the inputs of its priority."""

    priority: float
    """log2(weight) - days left: one point more is a day less, or twice the weight."""
    weight: float
    """(Value saved + 1) x severity x regulator."""
    expected_value_saved: Amount | None
    """Null until scoring has sent a forecast; the weight then uses 20, 50 or 100 by severity."""
    value_currency: str | None
    """ISO 4217 code of `expected_value_saved`; null without a forecast."""
    next_due_at: Moment | None
    """The next pending deadline; null where no clock runs, which counts as 30 days from the receipt."""
    slack_seconds: int
    """What is left until then, or until a day after the customer wrote; negative where it is late."""
    reason: RankReason | None
    """`customer_wrote`: no agent has answered since `complaint.customer_wrote_at`."""
    complaint: ComplaintOut
    """The complaint as it is now."""

    @classmethod
    def from_ranked(cls, ranked: RankedCase, *, now: datetime) -> "QueueItemOut":
        rank, forecast = ranked.rank, ranked.forecast
        return cls(
            priority=round(rules.priority(rank.sort_key, now=now), 4),
            weight=rank.weight,
            expected_value_saved=forecast and forecast.expected_value_saved,
            value_currency=forecast and forecast.currency,
            next_due_at=rank.due_at,
            slack_seconds=int((rank.effective_deadline - now).total_seconds()),
            reason=RankReason.CUSTOMER_WROTE if rank.customer_wrote_at else None,
            complaint=ComplaintOut.from_case(ranked.case, now=now),
        )


class ComplaintListItemOut(ComplaintOut):
    """A complaint with the value that it is expected to save; null without a forecast."""

    expected_value_saved: Amount | None
    """Value that a quick resolution is expected to save; null without a forecast."""
    value_currency: str | None
    """ISO 4217 code of `expected_value_saved`; null without a forecast."""

    @classmethod
    def from_case_and_forecast(
        cls, case: Case, forecast: SavedValueForecast | None, *, now: datetime
    ) -> "ComplaintListItemOut":
        shown = ComplaintOut.from_case(case, now=now)
        return cls(
            **{name: getattr(shown, name) for name in ComplaintOut.model_fields},
            expected_value_saved=forecast and forecast.expected_value_saved,
            value_currency=forecast and forecast.currency,
        )
