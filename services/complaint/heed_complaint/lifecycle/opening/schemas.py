"""How complaints come in and are shown."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StrictBool, ValidationInfo, field_validator

from heed_common.batches import MAX_ITEMS
from heed_common.contracts.complaint import CaseKind, Severity
from heed_common.fields import (
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
from heed_complaint.core.attachments import MAX_ATTACHMENTS, AttachmentIn
from heed_complaint.core.rules import Channel
from heed_complaint.core.tables import HistoryEntry
from heed_complaint.lifecycle.opening.rules import NewComplaint

NEVER_EMPTY = (
    *("customer_id", "kind", "channel", "category", "severity", "description", "currency"),
    *("occurred_at", "received_at", "confidential", "regulator", "attachments"),
)
Attachments = Annotated[tuple[AttachmentIn, ...], Field(max_length=MAX_ATTACHMENTS), at_most(MAX_ATTACHMENTS)]


class ComplaintIn(RequestModel):
    """A complaint to be opened; the customer may be unknown, or known to the customer service only."""

    external_id: ExternalId | None = None
    customer_id: UUID | None = None
    """Null while the complainant is unknown; an id that was merged into another one means the survivor."""
    customer_external_id: ExternalId | None = None
    """Your own id of the customer, instead of `customer_id`; the customer must be registered."""
    kind: CaseKind = CaseKind.COMPLAINT
    """Kind of case; all kinds have the same flow, only complaints count as dissatisfaction."""
    channel: Channel
    category: ShortText
    severity: Severity
    description: LongText
    """The customer's words, in free text; never in an event."""
    occurred_at: Moment
    received_at: Moment | None = None
    """When the organization learned of it; null: now. Deadlines count from it."""
    dispatch_received_at: Moment | None = None
    service_point_id: ShortText | None = None
    product: ShortText | None = None
    purchase_id: UUID | None = None
    amount_at_stake: Money | None = None
    currency: CurrencyThen | None = None
    """ISO 4217 code of `amount_at_stake`; null: the organization's."""
    quality_side: Code | None = None
    responsible_unit: ShortText | None = None
    confidential: StrictBool = False
    regulator: StrictBool = False
    attachments: Attachments = ()

    @field_validator("customer_external_id")
    @classmethod
    def _names_one_customer(cls, value: str | None, info: ValidationInfo) -> str | None:
        customer_id: UUID | None = info.data.get("customer_id")
        if value is not None and customer_id is not None:
            raise validation_error("one_customer", "cannot be given together with customer_id")
        return value

    def as_new(self) -> NewComplaint:
        """Return the complaint; a customer that is named by an external id has to be looked up."""
        given = {name: getattr(self, name) for name in ComplaintIn.model_fields if name != "customer_external_id"}
        return NewComplaint(**given | {"attachments": tuple(each.as_reference() for each in self.attachments)})


class ComplaintBatchIn(RequestModel):
    items: list[Any] = Field(
        description="At most 1000 complaints, each as in a single call.",
        json_schema_extra={"maxItems": MAX_ITEMS, "items": {"$ref": "#/components/schemas/ComplaintIn"}},
    )


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


class HistoryEntryOut(ResponseModel):
    """An action with its author and moment; `by` is null for scheduled jobs."""

    complaint_id: UUID
    """This one, or one that is merged into it."""
    at: Moment
    """When it was recorded."""
    by: str | None
    """Caller who did it; null for rules and scheduled jobs."""
    action: str
    """A move such as `accept`, or another change such as `amend`, `assign` or `remedy`."""
    note: str | None
    """What the agent noted, for the desk only; null if nothing."""
    reason: str | None
    """Reason that the move required; null for others."""
    before: dict[str, Any]
    """Old values of the changed fields."""
    after: dict[str, Any]
    """New values of the changed fields."""

    @classmethod
    def of(cls, entry: HistoryEntry) -> "HistoryEntryOut":
        stored = {name: getattr(entry, name) for name in cls.model_fields.keys() - {"at", "by"}}
        return cls.model_validate(stored | {"at": entry.recorded_at, "by": entry.actor})
