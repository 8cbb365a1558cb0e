"""The status as programs read it; pages are in `pages.py`."""

from heed_common.contracts.complaint import CaseKind, ComplaintStatus
from heed_common.fields import Moment, ResponseModel
from heed_common.languages import Language
from heed_complaint.intake.status_links.rules import IN_THEIR_WORDS, Link, Standing
from heed_complaint.intake.status_links.service import Status
from heed_complaint.lifecycle.messages.rules import Author, author


class LinkOut(ResponseModel):
    """It is shown this once."""

    status_link: str
    expires_at: Moment

    @classmethod
    def of(cls, link: Link) -> "LinkOut":
        return cls(status_link=link.path, expires_at=link.expires_at)


class WrittenOut(ResponseModel):
    at: Moment
    author: Author
    text: str


class StatusOut(ResponseModel):
    """Of a confidential complaint only the state is there."""

    state: ComplaintStatus | Standing
    label: str
    language: Language
    handled_together: bool
    """With another report about the same matter."""
    kind: CaseKind | None
    category: str | None
    received_at: Moment | None
    promise: str | None
    promised_by: Moment | None
    messages: list[WrittenOut]

    @classmethod
    def of(cls, status: Status, *, language: Language) -> "StatusOut":
        told = status.complaint
        names = ("kind", "received_at", "promise", "promised_by")
        return cls(
            state=status.standing,
            label=IN_THEIR_WORDS[status.standing][language],
            language=language,
            handled_together=status.together,
            category=status.category and status.category[language],
            messages=[WrittenOut(at=each.at, author=author(each.by), text=each.text) for each in status.messages],
            **{name: told and getattr(told, name) for name in names},
        )
