"""How the queue is shown."""

from datetime import datetime
from typing import Literal

from heed_common.fields import Amount, Moment, Reply
from heed_complaint.complaints.cases import Case
from heed_complaint.complaints.schemas import ComplaintOut
from heed_complaint.customers.tables import Outlook
from heed_complaint.queue import rules
from heed_complaint.queue.repository import Queued


class QueuedOut(Reply):
    """A complaint with what its place depends on."""

    priority: float
    """(Value saved + 1) x severity x regulator / (1 + hours left): money per hour."""
    expected_value_saved: Amount | None
    """Null until scoring has said something; the priority then takes 20, 50 or 100 by severity."""
    currency: str | None
    next_due_at: Moment | None
    """The next deadline of what is owed; null where no clock runs, which counts as seven days."""
    slack_seconds: int
    value_is: Literal["known", "assumed"]
    complaint: ComplaintOut

    @classmethod
    def of(cls, case: Case, queued: Queued, *, now: datetime) -> "QueuedOut":
        return cls(
            priority=queued.priority,
            expected_value_saved=queued.value_saved,
            currency=queued.currency,
            next_due_at=queued.due_at,
            slack_seconds=int(rules.slack(queued.due_at, now=now).total_seconds()),
            value_is="assumed" if queued.value_saved is None else "known",
            complaint=ComplaintOut.of(case, now=now),
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
