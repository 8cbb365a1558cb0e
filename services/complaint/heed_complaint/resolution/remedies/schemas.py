"""How remedies are asked for and shown."""

from decimal import Decimal
from uuid import UUID

from pydantic import StrictBool

from heed_common.contracts.complaint import RemedyKind
from heed_common.fields import Amount, Currency, LongText, Moment, Money, RequestModel, ResponseModel
from heed_complaint.resolution.remedies.rules import RemedyRequest, RemedyState


class RemedyIn(RequestModel):
    kind: RemedyKind
    amount: Money = Decimal(0)
    """What it is worth to the customer."""
    currency: Currency | None = None
    """The complaint's where none is named."""
    cost: Money | None = None
    """What it costs the firm, where that is not the amount."""
    note: LongText | None = None
    request_approval: StrictBool = False
    """Where it is too much for one person: keep it for a second one, and do not refuse it."""

    def to_domain(self) -> RemedyRequest:
        return RemedyRequest(**{name: getattr(self, name) for name in type(self).model_fields})


class DecisionIn(RequestModel):
    note: LongText | None = None


NO_COMMENT = DecisionIn()
"""For those who decide without a word, and without a body."""


class RemedyOut(ResponseModel):
    id: UUID
    complaint_id: UUID
    kind: RemedyKind
    amount: Amount
    currency: str
    cost: Amount | None
    note: str | None
    state: RemedyState
    over_limit: bool
    playbook: str | None
    guarantee: str | None
    requested_by: str | None
    requested_at: Moment
    decided_by: str | None
    decided_at: Moment | None
    decision_note: str | None
