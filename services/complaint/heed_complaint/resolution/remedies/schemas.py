"""Schemas of remedies."""

from decimal import Decimal
from uuid import UUID

from pydantic import StrictBool

from heed_common.contracts.complaint import RemedyKind
from heed_common.fields import Amount, Currency, LongText, Moment, Money, RequestModel, ResponseModel
from heed_complaint.resolution.remedies.rules import RemedyRequest, RemedyState


class RemedyIn(RequestModel):
    kind: RemedyKind
    """What the customer gets."""
    amount: Money = Decimal(0)
    """Value to the customer."""
    currency: Currency | None = None
    """Defaults to the complaint's currency."""
    cost: Money | None = None
    """Cost to the organisation, if it differs from the amount."""
    note: LongText | None = None
    """For the desk only."""
    request_approval: StrictBool = False
    """If it exceeds the limits: leave it pending for a second person instead of refusing it."""

    def to_domain(self) -> RemedyRequest:
        return RemedyRequest(**{name: getattr(self, name) for name in type(self).model_fields})


class DecisionIn(RequestModel):
    note: LongText | None = None
    """Reason of the decision, for the desk only; null if none."""


NO_COMMENT = DecisionIn()
"""Decision without a body."""


class RemedyOut(ResponseModel):
    id: UUID
    complaint_id: UUID
    kind: RemedyKind
    """What the customer gets."""
    amount: Amount
    """Value to the customer, in `currency`."""
    currency: str
    cost: Amount | None
    """Cost to the organization, in `currency`; null if it equals the amount."""
    note: str | None
    """For the desk only; null if nothing."""
    state: RemedyState
    """`pending` while it needs an approval, `granted`, or `rejected`; only granted ones are published."""
    over_limit: bool
    """Whether it exceeds what the requester may grant alone."""
    playbook: str | None
    """Name of the playbook whose limits applied; null: the general ones."""
    guarantee: str | None
    """Name of the broken guarantee that pays it; null if an agent granted it."""
    requested_by: str | None
    """Caller who requested it; null for guarantees."""
    requested_at: Moment
    decided_by: str | None
    decided_at: Moment | None
    decision_note: str | None
    """Reason of the approval or refusal; null if none."""
