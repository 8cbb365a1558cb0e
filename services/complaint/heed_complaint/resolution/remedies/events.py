"""What the others hear of remedies: once for each customer whom the complaint was filed under."""

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
    """That the customer got these. It happened when it was decided, also where it is told again later."""
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
