"""Requests and responses of look-ups."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from heed_common.fields import Amount, ExternalId, RequestModel, ResponseModel, Visible, validation_error
from heed_customer.records.customers.schemas import CustomerOut
from heed_customer.search.lookup.rules import Criterion, LookupQuery

Value = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), Visible]


class LookupIn(RequestModel):
    """Exactly one criterion, in a body, because URLs are logged."""

    phone: Value | None = Field(None, examples=["138 0013 8000"])
    """In any notation; compared in normal form (E.164)."""
    mail: Value | None = Field(None, examples=["ana@example.com"])
    """Compared in normal form, without regard to case."""
    external_id: ExternalId | None = None
    id_number: Value | None = Field(None, description="Needs `profiles:sensitive:read`; the look-up is logged.")

    @model_validator(mode="after")
    def _has_one(self) -> "LookupIn":
        if sum(getattr(self, criterion) is not None for criterion in Criterion) != 1:
            raise validation_error("one_criterion", "must have exactly one of phone, mail, external_id and id_number")
        return self

    def to_domain(self) -> LookupQuery:
        given = {criterion: getattr(self, criterion) for criterion in Criterion}
        criterion, value = next((name, value) for name, value in given.items() if value is not None)
        return LookupQuery(criterion, value)


class CustomerScoreOut(ResponseModel):
    """The newest score that was published for the customer."""

    tier: str
    churn_band: str
    """Band of the churn risk: low, elevated, high or critical."""
    value_at_risk: Amount
    currency: str


class FoundCustomer(ResponseModel):
    """A customer with what a service desk needs at once."""

    customer: CustomerOut
    """The customer; of a merged one the survivor."""
    matched_by: Criterion
    """The criterion of the request."""
    contact_id: UUID | None = Field(description="The contact by which the customer was found.")
    open_complaints: int
    open_promises: int
    """Number of open promises to the customer."""
    score: CustomerScoreOut | None
    """Null while the customer has no score."""


class LookupOut(ResponseModel):
    items: list[FoundCustomer]
