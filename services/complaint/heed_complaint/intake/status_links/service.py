"""Somebody without an account sees how the complaint stands, and answers."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import ComplaintStatus, MessageChannel
from heed_common.languages import Language
from heed_complaint.core import repository as complaints
from heed_complaint.core.errors import ComplaintNotFound
from heed_complaint.core.tables import Complaint
from heed_complaint.intake.customer_messages import service as customer_messages
from heed_complaint.intake.status_links import repository, rules
from heed_complaint.intake.status_links.errors import LinkExpired, LinkUnknown, NotOverThisLink
from heed_complaint.intake.status_links.rules import Link, Standing
from heed_complaint.lifecycle.messages import repository as message_repository
from heed_complaint.lifecycle.messages.tables import Message

MOST_MESSAGES = 100


@dataclass(frozen=True, slots=True)
class Status:
    """What the holder of the link may know; of a confidential complaint only where it stands."""

    standing: ComplaintStatus | Standing
    together: bool
    """It is handled with another complaint, and stands where that one does."""
    complaint: Complaint | None
    category: dict[Language, str] | None
    messages: Sequence[Message]


async def make_link(session: AsyncSession, *, complaint_id: UUID, days: int, now: datetime) -> Link:
    """A new private link; of its token only the hash stays here."""
    if await complaints.load_complaint(session, complaint_id) is None:
        raise ComplaintNotFound
    link = new_link(days=days, now=now)
    repository.add_link(
        session, complaint_id, token_hash=rules.token_hash(link.token), made_at=now, expires_at=link.expires_at
    )
    return link


def new_link(*, days: int, now: datetime) -> Link:
    return Link(secrets.token_urlsafe(rules.TOKEN_BYTES), rules.expiry(now, days=days))


async def end_links(session: AsyncSession, *, complaint_id: UUID, by: str, now: datetime) -> None:
    """All links to the complaint lead nowhere from here on."""
    if await complaints.load_complaint(session, complaint_id) is None:
        raise ComplaintNotFound
    await repository.remove_links(session, complaint_id)
    complaints.append_history(session, complaint_id, at=now, by=by, action="end_links", before={}, after={})


async def behind(session: AsyncSession, *, token: str, now: datetime) -> Complaint:
    """The complaint that the link leads to."""
    link = await repository.link_by_hash(session, rules.token_hash(token))
    if link is None:
        raise LinkUnknown
    if link.expires_at <= now:
        raise LinkExpired
    return await repository.complaint_behind(session, link)


async def look(session: AsyncSession, *, token: str, now: datetime) -> Status:
    """How it stands now, in words for the customer."""
    thread = await repository.complaints_in_thread(session, await behind(session, token=token, now=now))
    complaint = thread[-1]
    handled = await repository.handled_in_its_place(session, complaint)
    standing = rules.standing(
        ComplaintStatus(handled.state), paused=handled.paused, customer_wrote=handled.customer_wrote_at is not None
    )
    together = handled is not complaint
    if any(one.confidential for one in thread):
        return Status(standing, together, None, None, ())
    term = await repository.category_labels(session, complaint.category)
    category: dict[Language, str] | None = None if term is None else {"en": term.en, "zh": term.zh}
    ids = [one.id for one in thread]
    written = await message_repository.latest_customer_messages(session, ids, limit=MOST_MESSAGES)
    return Status(standing, together, complaint, category, written)


async def answer(session: AsyncSession, *, complaint: Complaint, text: str, now: datetime) -> Message:
    """Receive a message over the link. Raises `NotOverThisLink` for a confidential complaint."""
    if any(one.confidential for one in await repository.complaints_in_thread(session, complaint)):
        raise NotOverThisLink
    received = await customer_messages.receive_message(
        session, complaint_id=complaint.id, text=text, channel=MessageChannel.WEB, now=now
    )
    return received.message
