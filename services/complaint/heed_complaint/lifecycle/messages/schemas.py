"""Schemas of messages."""

from uuid import UUID

from heed_common.fields import LongText, Moment, RequestModel, ResponseModel
from heed_complaint.core.attachments import AttachmentOut
from heed_complaint.lifecycle.messages.rules import Author, Visibility, author
from heed_complaint.lifecycle.messages.tables import Message


class MessageIn(RequestModel):
    """An internal note, or a message to the customer."""

    visibility: Visibility
    text: LongText


class MessageOut(ResponseModel):
    id: UUID
    complaint_id: UUID
    """The complaint, or one that is merged into it."""
    at: Moment
    author: Author
    by: str | None
    """The caller; empty for messages of the customer."""
    visibility: Visibility
    text: str
    attachments: list[AttachmentOut]
    """References to the attachments of a mail."""

    @classmethod
    def of(cls, message: Message) -> "MessageOut":
        stored = {name: getattr(message, name) for name in cls.model_fields if name != "author"}
        return cls.model_validate(stored | {"author": author(message.by)})
