"""Schemas of guarantees."""

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from heed_common.contracts.complaint import GuaranteeScope, RemedyKind
from heed_common.fields import (
    DECIMAL_OUT,
    Amount,
    Currency,
    LongText,
    Moment,
    Money,
    RequestModel,
    ResponseModel,
    ShortText,
)
from heed_common.languages import Language
from heed_complaint.resolution.guarantees.service import GuaranteeWithClaim
from heed_complaint.resolution.guarantees.tables import Guarantee
from heed_complaint.resolution.playbooks.schemas import ALWAYS, Condition, Translated

Attribute = Literal["acknowledgement", "first_contact", "commitment", "progress", "resolution", "call_back", "promise"]
"""A milestone, or a promise to the customer."""
Share = Annotated[Decimal, Field(gt=0, le=1, decimal_places=4, allow_inf_nan=False, examples=["0.5"]), DECIMAL_OUT]


class PayoutIn(RequestModel):
    """Pay-out: an amount, or a share of the money at stake."""

    kind: RemedyKind
    amount: Money | None = None
    """With a share: the amount that is paid while the amount at stake is not known."""
    currency: Currency | None = None
    """Empty for the organisation's currency."""
    share: Share | None = None
    at_most: Money | None = None


class GuaranteeIn(RequestModel):
    """A guarantee to all customers who match its condition."""

    scope: GuaranteeScope
    manner: Literal["explicit", "implicit"] = "explicit"
    reach: Literal["internal", "external"] = "external"
    when: Condition = ALWAYS
    """Condition on the complaint and its customer."""
    promise: Translated
    attributes: list[Attribute] = Field(default_factory=list, max_length=5)
    broken: Literal["any", "all"] = "any"
    """Whether one broken attribute is enough."""
    payout: PayoutIn | None = None
    promised_by: ShortText
    published_at: list[ShortText] = Field(default_factory=list, max_length=20)
    """Places where customers could read it."""
    valid_from: Moment
    valid_until: Moment | None = None

    def to_content(self, *, currency: str) -> dict[str, Any]:
        """Return the stored content: all but the validity.

        The currency is filled in here, because scheduled jobs do not know the organisation's currency.
        """
        content = self.model_dump(mode="json", exclude={"valid_from", "valid_until"})
        if self.payout is not None:
            content["payout"]["currency"] = self.payout.currency or currency
        return content


class PayoutOut(ResponseModel):
    """Pay-out: an amount, or a share of the money at stake."""

    kind: RemedyKind
    amount: Amount | None = None
    currency: str | None = None
    share: Amount | None = None
    at_most: Amount | None = None


class GuaranteeOut(ResponseModel):
    name: str
    id: UUID
    scope: GuaranteeScope
    manner: str
    reach: str
    when: dict[str, Any]
    promise: Translated
    attributes: list[str]
    broken: str
    payout: PayoutOut | None
    promised_by: str
    published_at: list[str]
    valid_from: Moment
    valid_until: Moment | None

    @classmethod
    def of(cls, row: Guarantee) -> "GuaranteeOut":
        named = {name: getattr(row, name) for name in ("name", "id", "valid_from", "valid_until")}
        return cls.model_validate(named | row.content)


class InvocationIn(RequestModel):
    """Claim of a customer, with a note for the agents."""

    note: LongText | None = None


NO_COMMENT = InvocationIn()


class GuaranteeClaimOut(ResponseModel):
    """Claim on a guarantee."""

    at: Moment
    by: str | None
    broken: list[str]
    remedy_id: UUID | None
    withdrawn_at: Moment | None


class ComplaintGuaranteeOut(ResponseModel):
    """A guarantee that applies to one complaint, with its claim."""

    name: str
    scope: GuaranteeScope
    promise: str
    attributes: list[str]
    triggered: GuaranteeClaimOut | None

    @classmethod
    def of(cls, item: GuaranteeWithClaim, *, language: Language) -> "ComplaintGuaranteeOut":
        row, claim = item
        return cls(
            name=row.name,
            scope=row.content["scope"],
            promise=row.content["promise"][language],
            attributes=row.content["attributes"],
            triggered=None if claim is None else GuaranteeClaimOut.model_validate(claim),
        )
