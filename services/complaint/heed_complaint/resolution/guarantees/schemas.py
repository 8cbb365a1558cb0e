"""How guarantees are written and shown."""

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from heed_common.contracts.complaint import GuaranteeScope, RemedyKind
from heed_common.fields import DECIMAL_OUT, Currency, LongText, Moment, Money, RequestModel, ResponseModel, ShortText
from heed_common.languages import Language
from heed_complaint.resolution.guarantees.service import GuaranteeWithClaim
from heed_complaint.resolution.guarantees.tables import Guarantee, GuaranteeClaim
from heed_complaint.resolution.playbooks.schemas import ALWAYS, Condition, Translated

Attribute = Literal["first_contact", "commitment", "resolution", "call_back", "promise"]
"""The milestones, and the word given to the customer."""
Share = Annotated[Decimal, Field(gt=0, le=1, decimal_places=4, allow_inf_nan=False, examples=["0.5"]), DECIMAL_OUT]


class PayoutIn(RequestModel):
    """What is paid: an amount, or a share of the money at stake."""

    kind: RemedyKind
    amount: Money | None = None
    """With a share: what is paid where it is not known how much is at stake."""
    currency: Currency | None = None
    """Empty for the house currency."""
    share: Share | None = None
    at_most: Money | None = None


class GuaranteeIn(RequestModel):
    """A service promise."""

    scope: GuaranteeScope
    manner: Literal["explicit", "implicit"] = "explicit"
    reach: Literal["internal", "external"] = "external"
    when: Condition = ALWAYS
    """For whom it holds: asked of the complaint and its customer."""
    promise: Translated
    attributes: list[Attribute] = Field(default_factory=list, max_length=5)
    broken: Literal["any", "all"] = "any"
    """Whether one broken attribute is enough."""
    payout: PayoutIn | None = None
    promised_by: ShortText
    published_at: list[ShortText] = Field(default_factory=list, max_length=20)
    """Where customers could read it."""
    valid_from: Moment
    valid_until: Moment | None = None

    def content(self, *, currency: str) -> dict[str, Any]:
        """All but the validity, as it is kept. The currency is settled now: timers know of no house."""
        said = self.model_dump(mode="json", exclude={"valid_from", "valid_until"})
        if self.payout is not None:
            said["payout"]["currency"] = self.payout.currency or currency
        return said


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
    payout: PayoutIn | None
    promised_by: str
    published_at: list[str]
    valid_from: Moment
    valid_until: Moment | None

    @classmethod
    def of(cls, row: Guarantee) -> "GuaranteeOut":
        named = {name: getattr(row, name) for name in ("name", "id", "valid_from", "valid_until")}
        return cls.model_validate(named | row.content)


class InvocationIn(RequestModel):
    """What the customer said; for the desk."""

    note: LongText | None = None


NO_COMMENT = InvocationIn()


class GuaranteeClaimOut(ResponseModel):
    """How it was triggered."""

    at: Moment
    by: str | None
    broken: list[str]
    remedy_id: UUID | None
    withdrawn_at: Moment | None


class ComplaintGuaranteeOut(ResponseModel):
    """A guarantee on one complaint."""

    name: str
    scope: GuaranteeScope
    promise: str
    attributes: list[str]
    triggered: GuaranteeClaimOut | None

    @classmethod
    def of(cls, applied: GuaranteeWithClaim, *, language: Language) -> "ComplaintGuaranteeOut":
        return cls.made(applied.row, applied.call, language=language)

    @classmethod
    def made(cls, row: Guarantee, call: GuaranteeClaim | None, *, language: Language) -> "ComplaintGuaranteeOut":
        return cls(
            name=row.name,
            scope=row.content["scope"],
            promise=row.content["promise"][language],
            attributes=row.content["attributes"],
            triggered=None if call is None else GuaranteeClaimOut.model_validate(call),
        )
