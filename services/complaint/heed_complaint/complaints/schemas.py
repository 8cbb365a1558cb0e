"""How complaints come in and are shown."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import field_validator

from heed_common.contracts.complaint import ComplaintStatus, Milestone, Severity
from heed_common.fields import Body, Currency, ExternalId, LongText, Moment, Money, Reply, ShortText, wrong
from heed_complaint.complaints.cases import Case
from heed_complaint.complaints.rules import NewComplaint
from heed_complaint.sla import rules as sla
from heed_complaint.sla.schemas import ClockOut, in_flow_order
from heed_complaint.tables import HistoryEntry


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


class ComplaintIn(Body):
    """A complaint as it is received; the customer may be one that only the customer service knows."""

    external_id: ExternalId | None = None
    customer_id: UUID
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
    currency: Currency | None = None

    def as_new(self) -> NewComplaint:
        return NewComplaint(**{name: getattr(self, name) for name in type(self).model_fields})


class ComplaintPatch(Body):
    """Corrections; what is not named stays. Only what a complaint may lack can be emptied."""

    customer_id: UUID | None = None
    channel: Channel | None = None
    category: ShortText | None = None
    severity: Severity | None = None
    description: LongText | None = None
    dispatch_received_at: Moment | None = None
    service_point_id: ShortText | None = None
    product: ShortText | None = None
    purchase_id: UUID | None = None
    amount_at_stake: Money | None = None
    currency: Currency | None = None

    @field_validator("customer_id", "channel", "category", "severity", "description", "currency")
    @classmethod
    def _is_never_empty(cls, value: object) -> object:
        if value is None:
            raise wrong("never_empty", "cannot be empty")
        return value

    def changes(self) -> dict[str, Any]:
        """What was named, by name."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class ComplaintOut(Reply):
    id: UUID
    external_id: str | None
    customer_id: UUID
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
    amount_at_stake: Money | None
    currency: str
    state: ComplaintStatus
    paused: bool
    opened_at: Moment
    completed_at: Moment | None
    ended_at: Moment | None
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
        """The complaint with its clocks as they stand now."""
        derived = {
            "within_target": sla.within_target(case.clocks),
            "breached": sla.breached(case.clocks),
            "sla": [ClockOut.of(clock, now=now) for clock in in_flow_order(case.clocks)],
        }
        stored = {name: getattr(case.complaint, name) for name in cls.model_fields.keys() - derived}
        return cls.model_validate(stored | derived)


class HistoryEntryOut(Reply):
    """Who did what and when; `by` is empty where time did it."""

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
