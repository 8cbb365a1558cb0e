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
    """Kind of the remedy that is granted."""
    amount: Money | None = None
    """With a share: the amount that is paid while the amount at stake is not known."""
    currency: Currency | None = None
    """Empty for the organisation's currency."""
    share: Share | None = None
    """Part of the amount at stake that is paid, above 0; with it `amount` is the substitute."""
    at_most: Money | None = None
    """Upper limit of a share, in `currency`; null: none."""


class GuaranteeIn(RequestModel):
    """A guarantee to all customers who match its condition."""

    scope: GuaranteeScope
    """What is guaranteed: one attribute, several, or satisfaction without a condition."""
    manner: Literal["explicit", "implicit"] = "explicit"
    """Whether it was promised expressly, or is implied."""
    reach: Literal["internal", "external"] = "external"
    """`external` to customers; `internal` between units, which pays nothing out."""
    when: Condition = ALWAYS
    """Condition on the complaint and its customer."""
    promise: Translated
    """The wording of the guarantee, in both languages."""
    attributes: list[Attribute] = Field(default_factory=list, max_length=5)
    """Milestones, or the promise, whose breach breaks it; none for satisfaction."""
    broken: Literal["any", "all"] = "any"
    """Whether one broken attribute is enough."""
    payout: PayoutIn | None = None
    """What the customer gets when it is broken; null for internal guarantees."""
    promised_by: ShortText
    """Who gives the promise, such as a unit or a role."""
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
    """Name in the path; a new version of the same name replaces the old one."""
    id: UUID
    scope: GuaranteeScope
    manner: str
    reach: str
    when: dict[str, Any]
    """Condition on the complaint and its customer."""
    promise: Translated
    attributes: list[str]
    broken: str
    """Whether `any` broken attribute is enough, or `all` must be."""
    payout: PayoutOut | None
    promised_by: str
    published_at: list[str]
    """Places where customers could read it."""
    valid_from: Moment
    valid_until: Moment | None

    @classmethod
    def of(cls, row: Guarantee) -> "GuaranteeOut":
        named = {name: getattr(row, name) for name in ("name", "id", "valid_from", "valid_until")}
        return cls.model_validate(named | row.content)


class InvocationIn(RequestModel):
    """Claim of a customer, with a note for the agents."""

    note: LongText | None = None
    """For the agents, such as the customer's words; null if nothing."""


NO_COMMENT = InvocationIn()


class GuaranteeClaimOut(ResponseModel):
    """Claim on a guarantee."""

    at: Moment
    """When it was triggered."""
    by: str | None
    """Agent who claimed it for the customer; null after a breach."""
    broken: list[str]
    """Attributes that were broken; none if the customer claimed it."""
    remedy_id: UUID | None
    """Remedy that it pays; null for internal guarantees."""
    withdrawn_at: Moment | None


class ComplaintGuaranteeOut(ResponseModel):
    """A guarantee that applies to one complaint, with its claim."""

    name: str
    """Name of the guarantee."""
    scope: GuaranteeScope
    """What is guaranteed."""
    promise: str
    """The wording, in the language that `Accept-Language` prefers."""
    attributes: list[str]
    """What must be broken for it to pay out."""
    triggered: GuaranteeClaimOut | None
    """The claim on this complaint; null while it is not broken."""

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
