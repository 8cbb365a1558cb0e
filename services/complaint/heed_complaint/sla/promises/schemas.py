"""How promises come in and are shown."""

from uuid import UUID

from heed_common.fields import LongText, Moment, RequestModel, ResponseModel
from heed_complaint.sla.promises.rules import PromiseKind, PromiseState
from heed_complaint.sla.promises.tables import Promise


class PromiseIn(RequestModel):
    """What is promised, and by when."""

    what: LongText
    promised_by: Moment
    kind: PromiseKind = PromiseKind.OTHER


class RenegotiationIn(RequestModel):
    """It cannot be kept: what the customer was told, and what is promised instead."""

    apology: LongText
    promised_by: Moment


class PromiseOut(ResponseModel):
    id: UUID
    kind: PromiseKind
    what: str
    promised_by: Moment
    made_at: Moment
    made_by: str
    state: PromiseState
    settled_at: Moment | None
    told_before: bool
    apology: str | None
    replaces: UUID | None

    @classmethod
    def of(cls, promise: Promise) -> "PromiseOut":
        return cls.model_validate(promise)
