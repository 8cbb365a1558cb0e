"""Requests and responses of promises."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from heed_common.fields import LongText, Moment, RequestModel, ResponseModel, ShortText
from heed_customer.commitments.promises.rules import NewPromise, PromiseState


class PromiseIn(RequestModel):
    description: LongText
    due_at: Annotated[Moment, Field(description="The moment until which it can be kept.")]
    made_by: Annotated[ShortText | None, Field(description="Who promised it; by default the caller.")] = None
    made_to: Annotated[ShortText | None, Field(description="The person to whom it was promised.")] = None

    def to_domain(self) -> NewPromise:
        return NewPromise(description=self.description, due_at=self.due_at, made_by=self.made_by, made_to=self.made_to)


class SettlementIn(RequestModel):
    kept: bool
    note: LongText | None = None


class PromiseOut(ResponseModel):
    id: UUID
    customer_id: UUID
    """The customer that it was made to, possibly a duplicate."""
    description: str
    due_at: Moment
    made_by: str
    made_to: str | None
    state: PromiseState
    recorded_at: Moment
    recorded_by: str
    settled_at: Moment | None
    settled_by: str | None
    settlement_note: str | None
