"""Events of remedies: one for each customer under whom the complaint was filed."""

from collections.abc import Sequence
from datetime import datetime

from heed_common.contracts.complaint import RemedyGranted
from heed_common.outbox import StagedEvent
from heed_complaint.core.tables import Complaint
from heed_complaint.resolution.remedies.tables import Remedy
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.event_factory import tell


def build_granted_events(
    complaint: Complaint, clocks: Clocks, remedies: Sequence[Remedy], *, now: datetime
) -> list[StagedEvent]:
    """Return a `RemedyGranted` for each remedy.

    It occurred when it was decided, also if it is published again later for another customer.
    """
    return [
        tell(
            RemedyGranted,
            complaint,
            clocks,
            occurred_at=remedy.decided_at or now,
            remedy_id=remedy.id,
            kind=remedy.kind,
            case_kind=complaint.kind,
            currency=remedy.currency,
            amount=remedy.amount,
            cost=remedy.cost,
        )
        for remedy in remedies
    ]
