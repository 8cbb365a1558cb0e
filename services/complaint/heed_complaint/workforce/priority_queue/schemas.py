"""How the queue is shown."""

from datetime import datetime

from heed_common.fields import Amount, Moment, ResponseModel
from heed_complaint.core.customers.tables import Outlook
from heed_complaint.core.priority_rank import rules
from heed_complaint.core.priority_rank.rules import Reason
from heed_complaint.sla.case import Case
from heed_complaint.sla.schemas import ComplaintOut
from heed_complaint.workforce.priority_queue.service import Queued


class QueuedOut(ResponseModel):
    """A complaint with what its place depends on."""

    priority: float
    """log2(weight) - days left: one point more is a day less, or twice the weight."""
    weight: float
    """(Value saved + 1) x severity x regulator."""
    expected_value_saved: Amount | None
    """Null until scoring has said something; the weight then takes 20, 50 or 100 by severity."""
    value_currency: str | None
    next_due_at: Moment | None
    """The next deadline of what is owed; null where no clock runs, which counts as 30 days from the receipt."""
    slack_seconds: int
    """What is left until then, or until a day after the customer wrote; negative where it is late."""
    reason: Reason | None
    """`customer_wrote`: no agent has answered since `complaint.customer_wrote_at`."""
    complaint: ComplaintOut

    @classmethod
    def of(cls, queued: Queued, *, now: datetime) -> "QueuedOut":
        place, outlook = queued.place, queued.outlook
        return cls(
            priority=round(rules.priority(place.key, now=now), 4),
            weight=place.weight,
            expected_value_saved=outlook and outlook.expected_value_saved,
            value_currency=outlook and outlook.currency,
            next_due_at=place.due_at,
            slack_seconds=int((place.counts_until - now).total_seconds()),
            reason=Reason.CUSTOMER_WROTE if place.customer_wrote_at else None,
            complaint=ComplaintOut.of(queued.case, now=now),
        )


class ListedOut(ComplaintOut):
    """A complaint with what is expected to be saved by it; null where scoring has said nothing."""

    expected_value_saved: Amount | None
    value_currency: str | None

    @classmethod
    def of_listed(cls, case: Case, outlook: Outlook | None, *, now: datetime) -> "ListedOut":
        shown = ComplaintOut.of(case, now=now)
        return cls(
            **{name: getattr(shown, name) for name in ComplaintOut.model_fields},
            expected_value_saved=outlook and outlook.expected_value_saved,
            value_currency=outlook and outlook.currency,
        )
