"""Schemas of promises."""

from uuid import UUID

from pydantic import Field

from heed_common.fields import LongText, Moment, RequestModel, ResponseModel
from heed_complaint.sla.promises.rules import ComplaintPromiseState, PromiseKind
from heed_complaint.sla.promises.tables import Promise


class ComplaintPromiseIn(RequestModel):
    """A promise and its moment."""

    what: LongText
    """What is promised, in free text."""
    promised_by: Moment
    """Deadline of the promise; whether it was met is recorded automatically."""
    kind: PromiseKind = PromiseKind.OTHER
    """What kind of thing is promised; reports group by it."""


class RenegotiationIn(RequestModel):
    """Apology to the customer, and the moment that is promised instead."""

    apology: LongText
    """Sent to the customer, before the old moment has passed."""
    promised_by: Moment
    """The new moment; it makes a new promise that replaces the old one."""


class ComplaintPromiseOut(ResponseModel):
    id: UUID
    kind: PromiseKind
    what: str = Field(validation_alias="description")
    promised_by: Moment
    made_at: Moment
    """When it was promised."""
    made_by: str
    state: ComplaintPromiseState
    """`void` if the complaint ended otherwise, so that it binds no more."""
    settled_at: Moment | None
    told_before: bool = Field(validation_alias="customer_notified")
    """Whether the customer was notified, with an apology, before it was broken."""
    apology: str | None
    """What was written to the customer; null without a renegotiation."""
    replaces: UUID | None
    """The earlier promise that was renegotiated; null for the first one."""

    @classmethod
    def of(cls, promise: Promise) -> "ComplaintPromiseOut":
        return cls.model_validate(promise)
