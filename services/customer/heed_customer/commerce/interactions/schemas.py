"""Requests and responses of interactions and referrals."""

from typing import Literal
from uuid import UUID

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
)
from heed_customer.commerce.interactions.rules import NewInteraction, NewReferral

Channel = Literal["phone", "visit", "web", "mail", "letter", "chat", "social", "call_centre", "other"]


class InteractionIn(RequestModel):
    external_id: ExternalId | None = None
    customer_id: UUID
    kind: Code
    """Code of your own, such as `visit` or `newsletter`."""
    channel: Channel
    occurred_at: Moment
    cost: Money | None = None
    """What it cost the organization, in `currency`; null if it is not known."""
    currency: CurrencyThen | None = None
    """ISO 4217 code of the cost; null: the organization's."""
    campaign: ShortText | None = None
    promise: LongText | None = None
    """What was promised on that occasion, in free text; null if nothing."""

    def to_domain(self) -> NewInteraction:
        return NewInteraction(**dict(self))


class InteractionOut(ResponseModel):
    id: UUID
    external_id: str | None
    customer_id: UUID
    kind: str
    channel: str
    occurred_at: Moment
    cost: Amount | None
    currency: str
    campaign: str | None
    promise: str | None
    recorded_at: Moment


class ReferralIn(RequestModel):
    external_id: ExternalId | None = None
    customer_id: UUID
    referred_customer_id: UUID | None = None
    occurred_at: Moment

    def to_domain(self) -> NewReferral:
        return NewReferral(**dict(self))


class ReferralOut(ResponseModel):
    id: UUID
    external_id: str | None
    customer_id: UUID
    referred_customer_id: UUID | None
    occurred_at: Moment
    recorded_at: Moment
