"""How the clocks are shown beside their complaint."""

from datetime import datetime, timedelta
from uuid import UUID

from heed_common.contracts.complaint import CaseKind, ComplaintStatus, Milestone, Severity
from heed_common.fields import Amount, Moment, ResponseModel
from heed_complaint.core.attachments import AttachmentOut
from heed_complaint.core.rules import Channel
from heed_complaint.sla.case import Case
from heed_complaint.sla.clock import milestones as sla
from heed_complaint.sla.clock.clock import Clock, ClockState


class ClockOut(ResponseModel):
    """One milestone; `due_at` is empty while its clock waits or stands."""

    milestone: Milestone
    number: int
    """A reopening may start another clock of the milestone; the last one is that which counts now."""
    due_at: Moment | None
    state: ClockState
    consumed_seconds: int
    paused: bool

    @classmethod
    def of(cls, clock: Clock, *, now: datetime) -> "ClockOut":
        return cls(
            milestone=clock.milestone,
            number=clock.number,
            due_at=clock.due_at,
            state=clock.state(now),
            consumed_seconds=whole_seconds(clock.consumed(now)),
            paused=clock.stands,
        )


def whole_seconds(duration: timedelta) -> int:
    return duration // timedelta(seconds=1)


class ComplaintOut(ResponseModel):
    id: UUID
    external_id: str | None
    customer_id: UUID | None
    """Null while nobody knows who complains."""
    kind: CaseKind
    channel: Channel
    category: str
    severity: Severity
    description: str
    occurred_at: Moment
    received_at: Moment
    dispatch_received_at: Moment | None
    service_point_id: str | None
    product: str | None
    purchase_id: UUID | None
    amount_at_stake: Amount | None
    currency: str
    quality_side: str | None
    responsible_unit: str | None
    confidential: bool
    regulator: bool
    attachments: list[AttachmentOut]
    owner: str | None
    queue: str | None
    escalation: int
    nth: int
    merged_into: UUID | None
    split_from: UUID | None
    follow_up_of: UUID | None
    """The ended complaint whose customer wrote again."""
    incident_id: UUID | None
    state: ComplaintStatus
    paused: bool
    opened_at: Moment
    completed_at: Moment | None
    ended_at: Moment | None
    customer_wrote_at: Moment | None
    """When the customer wrote the first message that no agent has answered."""
    promise: str | None
    promised_by: Moment | None
    resolution: str | None
    cause: str | None
    responsibility: str | None
    solved: bool | None
    pleasant: bool | None
    within_target: bool | None
    breached: tuple[Milestone, ...]
    sla: list[ClockOut]

    @classmethod
    def of(cls, case: Case, *, now: datetime) -> "ComplaintOut":
        """The complaint with its clocks as they stand now, whether or not somebody looked since they passed."""
        clocks = sla.judged(case.clocks, now=now)
        derived = {
            "customer_id": case.complaint.customer_id if case.complaint.customer_is_known else None,
            "within_target": sla.within_target(clocks),
            "breached": sla.breached(clocks),
            "sla": [ClockOut.of(clock, now=now) for clock in sla.in_flow_order(clocks)],
        }
        stored = {name: getattr(case.complaint, name) for name in cls.model_fields.keys() - derived}
        return cls.model_validate(stored | derived)
