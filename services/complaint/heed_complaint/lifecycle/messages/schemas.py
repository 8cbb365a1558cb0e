"""Schemas of messages."""

from uuid import UUID

from heed_common.contracts.message import ContactChannel
from heed_common.fields import LongText, Moment, RequestModel, ResponseModel
from heed_common.messages.tables import MessageState
from heed_complaint.core.attachments import AttachmentOut
from heed_complaint.lifecycle.messages.repository import DeliveredMessage
from heed_complaint.lifecycle.messages.rules import Author, Visibility, author
from heed_complaint.lifecycle.notifications.rules import MessageKind


class MessageIn(RequestModel):
    """An internal note, or a message to the customer."""

    visibility: Visibility
    """`internal` for agents only, or `customer`: sent, and shown on the status page."""
    text: LongText
    """As plain text."""


class DeliveryOut(ResponseModel):
    """How far a message to the customer has got."""

    state: MessageState
    """`queued`, `sent` once a transport accepted it, `failed`, `bounced` or `suppressed` by the permit."""
    reason: str | None
    """Why it was not sent: `no_contact`, `opted_out`, `expired`, …"""
    kind: MessageKind
    """Which message of the complaint's correspondence it is."""
    template: str
    channel: ContactChannel
    changed_at: Moment


class MessageOut(ResponseModel):
    id: UUID
    complaint_id: UUID
    """The complaint, or one that is merged into it."""
    at: Moment
    """When it was written or received."""
    author: Author
    """`desk` for the organisation, or `customer`."""
    by: str | None
    """The caller; empty for messages of the customer."""
    visibility: Visibility
    text: str
    attachments: list[AttachmentOut]
    """References to the attachments of a mail."""
    delivery: DeliveryOut | None
    """Of messages that were sent to the customer; null for notes, and where no transport or address exists."""

    @classmethod
    def from_domain(cls, row: DeliveredMessage) -> "MessageOut":
        message, delivery, text = row
        derived = {"author": author(message.by), "delivery": delivery, "text": text}
        stored = {name: getattr(message, name) for name in cls.model_fields.keys() - derived}
        return cls.model_validate(stored | derived)
