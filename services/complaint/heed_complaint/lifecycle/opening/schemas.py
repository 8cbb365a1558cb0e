"""How complaints come in and are shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StrictBool, field_validator

from heed_common.contracts.complaint import CaseKind, ComplaintStatus, Milestone, Severity
from heed_common.fields import (
    Amount,
    Code,
    CurrencyThen,
    ExternalId,
    LongText,
    Moment,
    Money,
    RequestModel,
    ResponseModel,
    ShortText,
    at_most,
    validation_error,
)
from heed_complaint.core.case import Case
from heed_complaint.core.tables import HistoryEntry
from heed_complaint.lifecycle.opening.attachments import MAX_ATTACHMENTS, AttachmentIn, AttachmentOut
from heed_complaint.lifecycle.opening.rules import NewComplaint
from heed_complaint.sla.clock import milestones as sla
from heed_complaint.sla.schemas import ClockOut


class Channel(StrEnum):
    PHONE = "phone"
    VISIT = "visit"
    WEB = "web"
    MAIL = "mail"
    LETTER = "letter"
    CHAT = "chat"
    SOCIAL = "social"
    CALL_CENTRE = "call_centre"
    OTHER = "other"


NEVER_EMPTY = (
    *("customer_id", "kind", "channel", "category", "severity", "description", "currency"),
    *("occurred_at", "received_at", "confidential", "regulator", "attachments"),
)
Attachments = Annotated[tuple[AttachmentIn, ...], Field(max_length=MAX_ATTACHMENTS), at_most(MAX_ATTACHMENTS)]


class ComplaintIn(RequestModel):
    """A complaint as it is received; the customer may be one that only the customer service knows, or nobody yet."""

    external_id: ExternalId | None = None
    customer_id: UUID | None = None
    kind: CaseKind = CaseKind.COMPLAINT
    channel: Channel
    category: ShortText
    severity: Severity
    description: LongText
    occurred_at: Moment
    received_at: Moment | None = None
    dispatch_received_at: Moment | None = None
    service_point_id: ShortText | None = None
    product: ShortText | None = None
    purchase_id: UUID | None = None
    amount_at_stake: Money | None = None
    currency: CurrencyThen | None = None
    quality_side: Code | None = None
    responsible_unit: ShortText | None = None
    confidential: StrictBool = False
    regulator: StrictBool = False
    attachments: Attachments = ()

    def as_new(self) -> NewComplaint:
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return NewComplaint(**given | {"attachments": tuple(each.as_reference() for each in self.attachments)})


class ComplaintPatch(RequestModel):
    """Corrections; what is not named stays. Only what a complaint may lack can be emptied."""

    customer_id: UUID | None = None
    kind: CaseKind | None = None
    channel: Channel | None = None
    category: ShortText | None = None
    severity: Severity | None = None
    description: LongText | None = None
    occurred_at: Moment | None = None
    received_at: Moment | None = None
    dispatch_received_at: Moment | None = None
    service_point_id: ShortText | None = None
    product: ShortText | None = None
    purchase_id: UUID | None = None
    amount_at_stake: Money | None = None
    currency: CurrencyThen | None = None
    quality_side: Code | None = None
    responsible_unit: ShortText | None = None
    confidential: StrictBool | None = None
    regulator: StrictBool | None = None
    attachments: Attachments | None = None
    customer_wrote_at: None = None
    """Null: the customer's message needs no answer."""

    @field_validator(*NEVER_EMPTY)
    @classmethod
    def _is_never_empty(cls, value: object) -> object:
        if value is None:
            raise validation_error("never_empty", "cannot be empty")
        return value

    def changes(self) -> dict[str, Any]:
        """What was named, by name."""
        named = {name: getattr(self, name) for name in self.model_fields_set}
        if self.attachments is not None:
            named["attachments"] = [each.model_dump() for each in self.attachments]
        return named


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
        clocks = sla.evaluate(case.clocks, now=now)
        derived = {
            "customer_id": case.complaint.customer_id if case.complaint.customer_is_known else None,
            "within_target": sla.within_target(clocks),
            "breached": sla.breached(clocks),
            "sla": [ClockOut.from_clock(clock, now=now) for clock in sla.in_flow_order(clocks)],
        }
        stored = {name: getattr(case.complaint, name) for name in cls.model_fields.keys() - derived}
        return cls.model_validate(stored | derived)


class HistoryEntryOut(ResponseModel):
    """Who did what and when; `by` is empty where time did it."""

    complaint_id: UUID
    """This one, or one that is merged into it."""
    at: Moment
    by: str | None
    action: str
    note: str | None
    reason: str | None
    before: dict[str, Any]
    after: dict[str, Any]

    @classmethod
    def of(cls, entry: HistoryEntry) -> "HistoryEntryOut":
        return cls.model_validate(entry)
