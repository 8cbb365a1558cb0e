"""The message policy as JSON."""

from typing import Annotated, Any, Self

from pydantic import Field, StrictBool, StrictInt, model_validator

from heed_common.contracts.message import ContactChannel
from heed_common.fields import LongText, RequestModel, ResponseModel, validation_error
from heed_complaint.lifecycle.notifications.rules import TIMED, MessageKind
from heed_complaint.lifecycle.notifications.tables import MessagePolicyRow

MAX_DAYS = 90
WRITTEN = frozenset({ContactChannel.MAIL, ContactChannel.SMS, ContactChannel.WECOM})

Channels = Annotated[tuple[ContactChannel, ...], Field(min_length=1, max_length=len(WRITTEN))]


class KindIn(RequestModel):
    """One kind of message: whether it is sent, and over which channels, the most preferred first."""

    enabled: StrictBool
    channels: Channels = (ContactChannel.MAIL,)
    after_days: Annotated[StrictInt, Field(ge=1, le=MAX_DAYS)] | None = None
    """Working days since the last news (progress), or since the completion (call_back); for these only."""

    @model_validator(mode="after")
    def _check_channels(self) -> Self:
        if len(set(self.channels)) < len(self.channels) or not WRITTEN.issuperset(self.channels):
            raise validation_error("channels", "must be different channels out of mail, sms and wecom")
        return self


class RecourseIn(RequestModel):
    """Where customers can turn who disagree with a decision, in both languages."""

    en: LongText
    zh: LongText


class MessagePolicyIn(RequestModel):
    """The whole policy. Nothing is sent where no transport exists, or the customer has no address."""

    acknowledgement: KindIn
    """Sent when a complaint is opened."""
    progress: KindIn
    """Sent when the customer has heard nothing for `after_days` working days."""
    decision: KindIn
    """Sent when it is resolved, declined or referred, with the reason."""
    remedy: KindIn
    """Sent when a remedy is granted."""
    call_back: KindIn
    """Asks whether it is solved, `after_days` after the completion, where no survey asks."""
    closed: KindIn
    """Sent when it is closed."""
    reply: KindIn
    """Messages that agents write to the customer."""
    recourse: RecourseIn | None = None
    """Where customers can turn who disagree with a decision; null: the messages name nothing."""

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        for kind in MessageKind:
            if (getattr(self, kind).after_days is not None) is not (kind in TIMED):
                raise validation_error("after_days", "after_days belongs to progress and call_back, and only there")
        return self

    def to_columns(self) -> dict[str, Any]:
        kinds = {kind.value: getattr(self, kind).model_dump(mode="json", exclude_none=True) for kind in MessageKind}
        return {"kinds": kinds, "recourse": self.recourse.model_dump() if self.recourse else {}}


class KindOut(ResponseModel):
    enabled: bool
    channels: tuple[ContactChannel, ...]
    after_days: int | None = None
    """Working days since the last news (`progress`) or the completion (`call_back`); else null."""


class RecourseOut(ResponseModel):
    en: str
    zh: str


class MessagePolicyOut(ResponseModel):
    """The policy, and the channels over which this installation can send."""

    acknowledgement: KindOut
    progress: KindOut
    decision: KindOut
    remedy: KindOut
    call_back: KindOut
    closed: KindOut
    reply: KindOut
    recourse: RecourseOut | None
    transports: tuple[ContactChannel, ...]
    """Channels for which this installation has a transport; others are never used."""

    @classmethod
    def from_domain(cls, row: MessagePolicyRow) -> "MessagePolicyOut":
        values = {"recourse": row.recourse or None, "transports": row.transports}
        return cls.model_validate(dict(row.kinds) | values)
