"""Requests and responses of quotes."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from heed_common.fields import Amount, Currency, LongText, Moment, Money, RequestModel, ResponseModel, ShortText
from heed_customer.commitments.quotes.rules import NewQuote
from heed_customer.commitments.quotes.service import ComparedQuote


class QuoteIn(RequestModel):
    product: ShortText
    """Article or service, by its `sku` or name."""
    price: Money
    """Price that the customer was given, in `currency`."""
    currency: Currency
    valid_from: Annotated[Moment | None, Field(description="By default now.")] = None
    valid_to: Annotated[
        Moment | None, Field(description="The last moment of its validity; by default it has none.")
    ] = None
    quoted_by: Annotated[ShortText | None, Field(description="Who quoted it; by default the caller.")] = None
    note: LongText | None = None
    """Conditions and the like, in free text; null if none."""

    def to_domain(self) -> NewQuote:
        return NewQuote(
            product=self.product,
            price=self.price,
            currency=self.currency,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            quoted_by=self.quoted_by,
            note=self.note,
        )


class QuoteOut(ResponseModel):
    id: UUID
    customer_id: UUID
    product: str
    price: Amount
    currency: str
    valid_from: Moment
    valid_to: Moment | None
    quoted_by: str
    """Who gave the price: a name, or the id of the caller."""
    note: str | None
    recorded_at: Moment
    recorded_by: str
    withdrawn_at: Moment | None
    withdrawn_by: str | None
    """Caller who withdrew it; null while it is not withdrawn."""
    conflicts_with: list[UUID] = Field(
        default_factory=list,
        description="Quotes to the customer with another price for the same product at the same time.",
    )

    @classmethod
    def from_domain(cls, compared: ComparedQuote) -> "QuoteOut":
        conflicts = list(compared.conflicts_with)
        return cls.model_validate(compared.quote).model_copy(update={"conflicts_with": conflicts})
