"""Links, the status and replies as JSON."""

from typing import Annotated

from pydantic import StringConstraints

from heed_common.contracts.complaint import CaseKind, ComplaintStatus
from heed_common.fields import LongText, Moment, ResponseModel
from heed_common.http.negotiation import FormModel
from heed_common.languages import Language
from heed_complaint.intake.status_links.rules import Link, PublicStatus
from heed_complaint.intake.status_links.service import Status
from heed_complaint.intake.status_links.texts import STATUS_TEXTS
from heed_complaint.lifecycle.messages.rules import Author

ReplyKey = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{8,255}$")]
"""Only the holder of the private link can use it, so it need not be a secret."""


class ReplyIn(FormModel):
    """A message of the customer over the private link."""

    text: LongText
    """What the customer writes to the desk."""
    key: ReplyKey | None = None
    """Random, chosen by the client: a repeated message with this key is stored once."""


class LinkOut(ResponseModel):
    """Shown only in this response."""

    status_link: str
    """Path of the customer's status page; it is the secret, and grants access without a login."""
    expires_at: Moment

    @classmethod
    def from_domain(cls, link: Link) -> "LinkOut":
        return cls(status_link=link.path, expires_at=link.expires_at)


class StatusMessageOut(ResponseModel):
    at: Moment
    """When it was written."""
    author: Author
    """`desk` for the organisation, or `customer`."""
    text: str
    """As plain text; internal notes are never shown."""


class StatusOut(ResponseModel):
    """Of a confidential complaint only the state is given."""

    state: ComplaintStatus | PublicStatus
    """That of the complaint, or in its place `waiting_for_you` and `message_received`."""
    label: str
    """The state in `language`."""
    language: Language
    handled_together: bool
    """With another report about the same matter."""
    kind: CaseKind | None
    """Kind of case; null for a confidential complaint."""
    category: str | None
    received_at: Moment | None
    """When the organization learned of it; null for a confidential complaint."""
    promise: str | None
    """What the organisation promised last; null without a promise, or if confidential."""
    promised_by: Moment | None
    """Deadline of the promise; null without one."""
    messages: list[StatusMessageOut]
    """Messages between customer and desk, without internal notes."""

    @classmethod
    def from_domain(cls, status: Status, *, language: Language) -> "StatusOut":
        names = ("kind", "received_at", "promise", "promised_by")
        return cls(
            state=status.state,
            label=STATUS_TEXTS[status.state][language],
            language=language,
            handled_together=status.handled_together,
            category=status.category and status.category[language],
            messages=[StatusMessageOut(at=each.at, author=each.author, text=each.text) for each in status.messages],
            **{name: status.complaint and getattr(status.complaint, name) for name in names},
        )
