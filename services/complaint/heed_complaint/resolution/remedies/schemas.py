"""Schemas of remedies."""

from decimal import Decimal
from uuid import UUID

from pydantic import StrictBool

from heed_common.contracts.complaint import RemedyKind
from heed_common.fields import Amount, Currency, LongText, Moment, Money, RequestModel, ResponseModel
from heed_complaint.resolution.remedies.rules import RemedyRequest, RemedyState


class RemedyIn(RequestModel):
    kind: RemedyKind
    amount: Money = Decimal(0)
    """Value to the customer."""
    currency: Currency | None = None
    """Defaults to the complaint's currency."""
    cost: Money | None = None
    """Cost to the organisation, if it differs from the amount."""
    note: LongText | None = None
    request_approval: StrictBool = False
    """If it exceeds the limits: leave it pending for a second person instead of refusing it."""

    def to_domain(self) -> RemedyRequest:
        return RemedyRequest(**{name: getattr(self, name) for name in type(self).model_fields})


class DecisionIn(RequestModel):
    note: LongText | None = None


NO_COMMENT = DecisionIn()
"""Decision without a body."""


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
