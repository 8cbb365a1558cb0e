"""Use cases of private links: create and revoke them, show the status, receive replies."""

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
from heed_complaint.intake.status_links.rules import Link, PublicStatus
from heed_complaint.intake.submissions import repository as submissions
from heed_complaint.intake.submissions.rules import key_hash
from heed_complaint.intake.submissions.service import find_receipt
from heed_complaint.lifecycle.messages import service as messages
from heed_complaint.lifecycle.messages.rules import VisibleMessage
from heed_complaint.reference.taxonomies import service as taxonomies

MAX_MESSAGES = 100


@dataclass(frozen=True, slots=True)
class Status:
    """What the holder of a link can see; of a confidential complaint only the state."""

    state: ComplaintStatus | PublicStatus
    handled_together: bool
    """It is merged into another complaint and has the state of that one."""
    complaint: Complaint | None
    category: dict[Language, str] | None
    messages: Sequence[VisibleMessage]


async def create_link(session: AsyncSession, *, complaint_id: UUID, days: int, now: datetime) -> Link:
    """Create a private link; only the hash of its token is stored. Raises `ComplaintNotFound`."""
    if await complaints.load_complaint(session, complaint_id) is None:
        raise ComplaintNotFound
    link = generate_link(days=days, now=now)
    repository.add_link(
        session, complaint_id, token_hash=rules.token_hash(link.token), created_at=now, expires_at=link.expires_at
    )
    return link


def generate_link(*, days: int, now: datetime) -> Link:
    return Link(secrets.token_urlsafe(rules.TOKEN_BYTES), rules.link_expiry(now, days=days))


async def revoke_links(session: AsyncSession, *, complaint_id: UUID, by: str, now: datetime) -> None:
    """Delete all links to the complaint. Raises `ComplaintNotFound`."""
    if await complaints.load_complaint(session, complaint_id) is None:
        raise ComplaintNotFound
    await repository.delete_links(session, complaint_id)
    complaints.append_history(session, complaint_id, at=now, by=by, action="end_links", before={}, after={})


async def complaint_for_token(session: AsyncSession, *, token: str, now: datetime) -> Complaint:
    """Return the complaint behind the link. Raises `LinkUnknown`, `LinkExpired`."""
    link = await repository.link_by_hash(session, rules.token_hash(token))
    if link is None:
        raise LinkUnknown
    if link.expires_at <= now:
        raise LinkExpired
    return await repository.linked_complaint(session, link)


async def get_status(session: AsyncSession, *, token: str, now: datetime) -> Status:
    """Return the public status of the complaint and of its follow-ups. Raises `LinkUnknown`, `LinkExpired`."""
    linked = await complaint_for_token(session, token=token, now=now)
    thread = await repository.complaints_in_thread(session, linked)
    complaint = thread[-1]
    survivor = await repository.surviving_complaint(session, complaint)
    state = rules.public_status(
        ComplaintStatus(survivor.state), paused=survivor.paused, customer_wrote=survivor.customer_wrote_at is not None
    )
    together = survivor is not complaint
    if any(each.confidential for each in thread):
        return Status(state, together, None, None, ())
    category = await taxonomies.category_labels(session, complaint.category)
    ids = [each.id for each in thread]
    latest = await messages.latest_customer_messages(session, ids, limit=MAX_MESSAGES)
    return Status(state, together, complaint, category, latest)


async def reply(session: AsyncSession, *, complaint: Complaint, text: str, key: bytes | None, now: datetime) -> None:
    """Receive the customer's message over the link, unless this key was used before.

    Raises `NotOverThisLink` for a confidential complaint, `FormAlreadySubmitted` for a used key with another text.
    """
    fingerprint = key_hash("text", text)
    if key and await find_receipt(session, key, fingerprint=fingerprint):
        return
    if any(each.confidential for each in await repository.complaints_in_thread(session, complaint)):
        raise NotOverThisLink
    received = await customer_messages.receive_message(
        session, complaint_id=complaint.id, text=text, channel=MessageChannel.WEB, now=now
    )
    if key:
        submissions.add_receipt(
            session,
            key,
            fingerprint=fingerprint,
            complaint_id=complaint.id,
            message_id=received.message_id,
            received_at=now,
        )
