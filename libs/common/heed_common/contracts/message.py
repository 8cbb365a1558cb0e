"""Events of messages to customers, without content; each service that sends messages has them on its own topic."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from heed_common.contracts.event import Event


class ContactPurpose(StrEnum):
    """What a message or call is for; customers consent by purpose."""

    SERVICE = "service"
    SURVEY = "survey"
    MARKETING = "marketing"
    PROFILING = "profiling"


class ContactChannel(StrEnum):
    """How a customer is reached; customers consent by channel."""

    PHONE = "phone"
    MAIL = "mail"
    SMS = "sms"
    POST = "post"
    WECOM = "wecom"


class MessageOutcome(StrEnum):
    """Why a message did not reach the customer."""

    FAILED = "failed"
    """The transport refused it, it expired, or nothing could transport it."""
    BOUNCED = "bounced"
    """It was sent and came back."""
    SUPPRESSED = "suppressed"
    """The customer service did not permit it, or its sender cancelled it."""


class MessageSubject(BaseModel):
    """The resource that a message is about."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: str
    """Kind of resource, such as `complaint`."""
    id: UUID
    """Id of that resource."""


class MessageEvent(Event):
    """One message to a customer, or to an address that wrote to the service."""

    version: ClassVar[Literal[1]] = 1

    message_id: UUID
    customer_id: UUID | None = None
    """Null while the recipient is unidentified."""
    purpose: ContactPurpose
    """What the message is for."""
    channel: ContactChannel
    template: str
    about: MessageSubject | None = None
    """What the message is about; null: nothing in particular."""
    contact_id: UUID | None = None
    """The contact of the customer that was used; null for an address that wrote to the service."""
    permit_id: UUID | None = None

    @property
    def subject(self) -> UUID:
        return self.message_id

    @property
    def key(self) -> UUID:
        return self.customer_id or self.message_id


class MessageSent(MessageEvent):
    """The transport accepted the message."""

    type: ClassVar[Literal["heed.message.sent"]] = "heed.message.sent"


class MessageFailed(MessageEvent):
    """The message did not reach the customer and is not sent again."""

    type: ClassVar[Literal["heed.message.failed"]] = "heed.message.failed"

    outcome: MessageOutcome
    """How it failed to reach the customer."""
    reason: str
    """A code: the reason of the permit (opted_out, budget, …), or expired, no_transport, refused, undeliverable, ….

    New codes may be added.
    """
    bounced: bool = False
    """The address does not exist or accepts nothing: the contact should be marked."""


class CustomerMessageSent(MessageSent):
    topic: ClassVar[str] = "heed.customer"


class CustomerMessageFailed(MessageFailed):
    topic: ClassVar[str] = "heed.customer"


class ComplaintMessageSent(MessageSent):
    topic: ClassVar[str] = "heed.complaint"


class ComplaintMessageFailed(MessageFailed):
    topic: ClassVar[str] = "heed.complaint"


class SurveyMessageSent(MessageSent):
    topic: ClassVar[str] = "heed.survey"


class SurveyMessageFailed(MessageFailed):
    topic: ClassVar[str] = "heed.survey"


SENT_BY_SERVICE: Mapping[str, type[MessageSent]] = MappingProxyType(
    {"customer": CustomerMessageSent, "complaint": ComplaintMessageSent, "survey": SurveyMessageSent}
)
FAILED_BY_SERVICE: Mapping[str, type[MessageFailed]] = MappingProxyType(
    {"customer": CustomerMessageFailed, "complaint": ComplaintMessageFailed, "survey": SurveyMessageFailed}
)
