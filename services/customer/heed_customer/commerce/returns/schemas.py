"""Requests and responses of returns."""

from uuid import UUID

from pydantic import Field

from heed_common.contracts.customer import ReturnReason
from heed_common.fields import Amount, ExternalId, LongText, Moment, Quantity, RequestModel, ResponseModel
from heed_customer.commerce.purchases.schemas import MAX_LINES, Sku
from heed_customer.commerce.returns.rules import NewReturn, ReturnedLine


class ReturnedLineIn(RequestModel):
    sku: Sku
    quantity: Quantity


class ReturnIn(RequestModel):
    external_id: ExternalId
    """Your own id. Sending the same content under it again changes nothing; other content is a conflict."""
    occurred_at: Moment
    lines: list[ReturnedLineIn] = Field(min_length=1, max_length=MAX_LINES)
    """What came back, at most what the purchase has left."""
    reason: ReturnReason
    """Why; a `correction` undoes a wrong record and is no return of goods."""
    note: LongText | None = None
    """In free text; never in an event."""

    def to_domain(self, purchase_id: UUID) -> NewReturn:
        return NewReturn(
            purchase_id=purchase_id,
            external_id=self.external_id,
            occurred_at=self.occurred_at,
            lines=tuple(ReturnedLine(line.sku, line.quantity) for line in self.lines),
            reason=self.reason,
            note=self.note,
        )


class ReturnedLineOut(ResponseModel):
    sku: str
    quantity: Amount


class ReturnOut(ResponseModel):
    id: UUID
    external_id: str
    purchase_id: UUID
    occurred_at: Moment
    lines: list[ReturnedLineOut]
    reason: ReturnReason
    note: str | None
    units: Amount
    """Sum of the quantities that came back, positive."""
    gross: Amount
    margin: Amount
    recorded_at: Moment
