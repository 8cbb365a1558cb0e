"""Requests and responses of promises."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from heed_common.fields import LongText, Moment, RequestModel, ResponseModel, ShortText
from heed_customer.commitments.promises.rules import NewPromise, PromiseState


class PromiseIn(RequestModel):
    description: LongText
    """What is promised, in free text; never in an event."""
    due_at: Annotated[Moment, Field(description="The moment until which it can be kept.")]
    made_by: Annotated[ShortText | None, Field(description="Who promised it; by default the caller.")] = None
    made_to: Annotated[ShortText | None, Field(description="The person to whom it was promised.")] = None

    def to_domain(self) -> NewPromise:
        return NewPromise(description=self.description, due_at=self.due_at, made_by=self.made_by, made_to=self.made_to)


class SettlementIn(RequestModel):
    kept: bool
    """Whether the promise was kept; false: broken."""
    note: LongText | None = None
    """How it was settled, in free text; null if nothing."""


class PromiseOut(ResponseModel):
    id: UUID
    customer_id: UUID
    """The customer that it was made to, possibly a duplicate."""
    description: str
    due_at: Moment
    made_by: str
    made_to: str | None
    """Person to whom it was promised; null if it is not recorded."""
    state: PromiseState
    """`open`, `kept` or `broken`; an overdue one becomes `broken` automatically."""
    recorded_at: Moment
    recorded_by: str
    settled_at: Moment | None
    settled_by: str | None
    """Caller who settled it; null while it is open, and if time did."""
    settlement_note: str | None
    """How it was settled; null if nothing is noted."""
