"""Events about a complaint: each one carries its whole public state."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from heed_common.contracts.complaint import CaseKind, ComplaintEvent
from heed_common.outbox import StagedEvent
from heed_complaint.core.tables import Complaint
from heed_complaint.sla.clock import milestones as sla
from heed_complaint.sla.clock.milestones import Clocks


def build_event(
    kind: Callable[..., ComplaintEvent],
    complaint: Complaint,
    clocks: Clocks,
    /,
    *,
    occurred_at: datetime,
    **more: object,
) -> StagedEvent:
    """Build the next event about the complaint. The caller holds its row lock and stages the event."""
    complaint.version += 1
    event = kind(
        occurred_at=occurred_at,
        complaint_id=complaint.id,
        customer_id=complaint.customer_id,
        former_customer_ids=_former_customers(complaint),
        severity=complaint.severity,
        state=complaint.state,
        category=complaint.category,
        opened_at=complaint.opened_at,
        received_at=complaint.received_at,
        completed_at=complaint.completed_at,
        ended_at=complaint.ended_at,
        within_target=sla.within_target(clocks),
        solved=complaint.solved,
        breached=sla.breached(clocks),
        paused=complaint.paused,
        nth=complaint.repeat_number,
        selling_suspended=complaint.kind == CaseKind.COMPLAINT and complaint.ended_at is None,
        merged_into=complaint.merged_into,
        confidential=complaint.confidential,
        # `RemedyGranted` has another `kind`.
        **({"kind": complaint.kind} | more),
    )
    return StagedEvent(event, complaint.version)


def _former_customers(complaint: Complaint) -> tuple[UUID, ...]:
    """Return the former customers; consumers take the first for the partition key of the events."""
    if complaint.opening_customer_id is None:
        return ()
    return (complaint.opening_customer_id, *complaint.former_customer_ids)
