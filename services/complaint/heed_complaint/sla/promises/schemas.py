"""Schemas of promises."""

from uuid import UUID

from pydantic import Field

from heed_common.fields import LongText, Moment, RequestModel, ResponseModel
from heed_complaint.sla.promises.rules import ComplaintPromiseState, PromiseKind
from heed_complaint.sla.promises.tables import Promise


class ComplaintPromiseIn(RequestModel):
    """A promise and its moment."""

    what: LongText
    promised_by: Moment
    kind: PromiseKind = PromiseKind.OTHER


class RenegotiationIn(RequestModel):
    """Apology to the customer, and the moment that is promised instead."""

    apology: LongText
    promised_by: Moment


class ComplaintPromiseOut(ResponseModel):
    id: UUID
    kind: PromiseKind
    what: str = Field(validation_alias="description")
    promised_by: Moment
    made_at: Moment
    made_by: str
    state: ComplaintPromiseState
    settled_at: Moment | None
    told_before: bool = Field(validation_alias="customer_notified")
    apology: str | None
    replaces: UUID | None

    @classmethod
    def of(cls, promise: Promise) -> "ComplaintPromiseOut":
        return cls.model_validate(promise)
