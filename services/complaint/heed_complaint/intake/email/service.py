"""Use case of incoming mail: open a complaint, add the mail to one, or ignore it because no person wrote it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import MessageChannel
from heed_common.messages import service as outgoing
from heed_common.session_cipher import get_cipher
from heed_complaint.core.contacts import repository as contacts
from heed_complaint.core.repository import load_merged_ids, load_survivor_id
from heed_complaint.intake.customer_messages import service as customer_messages
from heed_complaint.intake.email import content, repository, rules
from heed_complaint.intake.email.classification.rules import IgnoredReason, Mark, find_mark
from heed_complaint.intake.email.errors import MailReplayed
from heed_complaint.intake.email.parsing.message_ids import our_ids_in, referenced_complaint, referenced_message
from heed_complaint.intake.email.rules import Mail
from heed_complaint.intake.status_links import service as status_links
from heed_complaint.intake.status_links.rules import Link
from heed_complaint.intake.submissions import repository as submissions
from heed_complaint.intake.submissions.rules import key_hash
from heed_complaint.intake.submissions.tables import IntakeReceipt
from heed_complaint.lifecycle.messages import service as messages
from heed_complaint.lifecycle.messages.rules import Visibility
from heed_complaint.lifecycle.notifications import service as notifications
from heed_complaint.lifecycle.opening import service as complaints

BY_MAIL = "intake:mail"
SERVICE = "complaint"
"""The topic on which a message that came back is published."""
MAX_LINKS = 10
LOOP_WINDOW = timedelta(hours=1)


class MailOutcome(StrEnum):
    OPENED = "opened"
    ANSWERED = "answered"
    IGNORED = "ignored"
    """No person wrote it: there is no complaint, and a reply to it could start a loop."""


@dataclass(frozen=True, slots=True)
class MailResult:
    """The result of receiving a mail."""

    outcome: MailOutcome
    complaint_id: UUID | None
    link: Link | None
    suffix: str
    """The part of Heed's message id that differs for the reply to each mail."""
    mark: Mark | None = None


async def consume_signature(session: AsyncSession, *, signature: bytes, now: datetime) -> None:
    """Accept each signature once. Raises `MailReplayed`."""
    await repository.delete_expired_signatures(session, before=rules.signature_expiry(now))
    if not await repository.insert_signature(session, signature, used_at=now):
        raise MailReplayed


async def receive_mail(
    session: AsyncSession,
    *,
    mail: Mail,
    currency: str,
    link_days: int,
    now: datetime,
    own_lists: Collection[str] = (),
) -> MailResult:
    """Process each mail once, however often the gateway delivers it. An id with other content is a new mail.

    The sender of a mail chooses its id and its references, so neither gives access: a link is sent only to the sender
    of the complaint itself, or to a customer to whose address a message about it was sent.
    """
    suffix = rules.message_suffix(mail)
    referenced = await _referenced_complaint(session, mail.referenced_ids)
    mark = find_mark(mail.evidence(own_lists))
    # A customer may write through a mailing list; the list does not reply to messages of Heed.
    if mark is not None and not (mark.reason is IgnoredReason.MAILING_LIST and referenced is not None):
        return MailResult(MailOutcome.IGNORED, await _ignore(session, mail, mark, now=now), None, suffix, mark)
    key, receipt = await _find_receipt(session, mail)
    if receipt is not None and receipt.message_id is not None:
        return MailResult(MailOutcome.ANSWERED, receipt.complaint_id, None, suffix)
    if receipt is not None:
        complaint_id = receipt.complaint_id
    elif referenced is not None:
        own_complaint_id = await _complaint_of_sender(session, mail, referenced)
        if own_complaint_id is not None:
            return await _receive_message(session, mail, own_complaint_id, key=key, link_days=link_days, now=now)
        return await _add_note(session, mail, referenced, key=key, now=now)
    else:
        complaint_id = await _open(session, mail, key=key, currency=currency, now=now)
    return await _opened(session, mail, complaint_id, link_days=link_days, now=now)


async def _opened(
    session: AsyncSession, mail: Mail, complaint_id: UUID, *, link_days: int, now: datetime
) -> MailResult:
    """Return the result for a mail that opened this complaint.

    It has a link for the gateway's receipt, unless the reply may loop, or Heed has queued an acknowledgement itself.
    """
    link = None
    if not await _may_loop(session, mail, now=now) and not await notifications.is_acknowledged(session, complaint_id):
        link = await status_links.create_link(session, complaint_id=complaint_id, days=link_days, now=now)
    return MailResult(MailOutcome.OPENED, complaint_id, link, rules.message_suffix(mail))


async def _ignore(session: AsyncSession, mail: Mail, mark: Mark, *, now: datetime) -> UUID | None:
    """Store the mail with the reason, and as an internal note with the complaint in whose thread it came."""
    complaint_id = None
    if mail.bounce is not None:
        await outgoing.record_bounce(session, mail.bounce, service=SERVICE, now=now)
        complaint_id = await messages.complaint_of_message(session, mail.bounce.message_id)
    if complaint_id is None and mark.reason is not IgnoredReason.OWN_MESSAGE:
        # A bounce names the message that did not arrive in its text, if in no header.
        complaint_id = await _referenced_complaint(session, (*mail.referenced_ids, *our_ids_in(mail.text)))
    is_new = await repository.add_ignored(
        session,
        key=mail.content_key,
        received_at=now,
        reason=mark.reason,
        evidence=mark.evidence,
        content=content.encrypt(mail, cipher=get_cipher(session)),
        complaint_id=complaint_id,
    )
    if is_new and complaint_id is not None:
        note = rules.ignored_note(mail, mark)
        message = await messages.create_message(
            session, complaint_id=complaint_id, visibility=Visibility.INTERNAL, text=note, by=BY_MAIL, now=now
        )
        message.attachments = to_jsonable_python(mail.attachments)
    return complaint_id


async def _may_loop(session: AsyncSession, mail: Mail, *, now: datetime) -> bool:
    """Return whether a reply may come back: to the desk itself, or from a machine without any mark.

    A sender that answers each message with a new mail gets no more of them after `MAX_LINKS` within an hour.
    """
    if mail.is_from_desk:
        return True
    return mail.contact is not None and await is_flooding(session, mail.contact, now=now)


async def is_flooding(session: AsyncSession, address: str, *, now: datetime) -> bool:
    """Return whether this contact has opened so many complaints by mail that a machine may be behind it."""
    return await contacts.count_opened_by_mail(session, address, since=now - LOOP_WINDOW) > MAX_LINKS


async def _find_receipt(session: AsyncSession, mail: Mail) -> tuple[bytes, IntakeReceipt | None]:
    """Return the key of this mail, and its receipt if it was processed before."""
    for key in (mail.key, mail.content_key):
        await submissions.lock_key(session, key)
        receipt = await submissions.get_receipt(session, key)
        if receipt is None or receipt.fingerprint == mail.fingerprint:
            return key, receipt
    raise MailReplayed  # Both keys belong to other content: a hash collision.


async def _referenced_complaint(session: AsyncSession, ids: Sequence[str]) -> UUID | None:
    """Return the complaint of the nearest referenced mail, from the customer or from Heed."""
    # Old receipts, from before ids were compared by their tokens, hold them as the gateway wrote them.
    keys = {each: (key_hash("mail", each), key_hash("mail", each.strip("<>"))) for each in ids}
    found = await submissions.list_receipts(session, [key for pair in keys.values() for key in pair]) if keys else {}
    for message_id, pair in keys.items():
        # An id of Heed names its complaint, even if a mail with that id was received.
        named = await _named_complaint(session, message_id)
        if named is not None:
            return named
        if receipt := next((found[key] for key in pair if key in found), None):
            return receipt.complaint_id
    return None


async def _named_complaint(session: AsyncSession, message_id: str) -> UUID | None:
    """Return the complaint of a message that Heed, or a gateway for it, sent."""
    sent = referenced_message(message_id)
    if sent is not None:
        return await messages.complaint_of_message(session, sent)
    named = referenced_complaint(message_id)
    return named if named is not None and await repository.complaint_exists(session, named) else None


async def _add_note(session: AsyncSession, mail: Mail, complaint_id: UUID, *, key: bytes, now: datetime) -> MailResult:
    """Store a mail that is not proven to be the customer's as an internal note."""
    note, internal = rules.internal_note(mail), Visibility.INTERNAL
    message = await messages.create_message(
        session,
        complaint_id=complaint_id,
        visibility=internal,
        text=note,
        attachments=to_jsonable_python(mail.attachments),
        by=BY_MAIL,
        now=now,
    )
    _add_receipt(session, mail, complaint_id, key=key, now=now, message_id=message.id)
    return MailResult(MailOutcome.ANSWERED, complaint_id, None, rules.message_suffix(mail))


async def _complaint_of_sender(session: AsyncSession, mail: Mail, complaint_id: UUID) -> UUID | None:
    """Return the complaint of the sender: the referenced one, or one that is merged with it."""
    survivor_id = await load_survivor_id(session, complaint_id)
    ids = [complaint_id, *await load_merged_ids(session, survivor_id)]
    left = await contacts.list_contacts(session, ids)
    found = [
        contact.complaint_id
        for contact in left
        if rules.visibility(mail, contact=contact.address, sender=contact.sender) is Visibility.CUSTOMER
    ]
    if found:
        return complaint_id if complaint_id in found else found[0]
    if mail.address is None:
        return None
    return await notifications.complaint_sent_to(session, ids, address=mail.address)


async def _receive_message(
    session: AsyncSession, mail: Mail, complaint_id: UUID, *, key: bytes, link_days: int, now: datetime
) -> MailResult:
    """Receive the customer's own message; one that opens a follow-up has the result of a mail that opens."""
    text = mail.text or mail.full_text()
    received = await customer_messages.receive_message(
        session,
        complaint_id=complaint_id,
        text=text,
        attachments=to_jsonable_python(mail.attachments),
        channel=MessageChannel.MAIL,
        now=now,
    )
    await contacts.extend_thread(session, received.follow_up or complaint_id, mail.to_received_mail())
    if received.follow_up is None:
        _add_receipt(session, mail, complaint_id, key=key, now=now, message_id=received.message_id)
        return MailResult(MailOutcome.ANSWERED, complaint_id, None, rules.message_suffix(mail))
    _add_receipt(session, mail, received.follow_up, key=key, now=now)
    return await _opened(session, mail, received.follow_up, link_days=link_days, now=now)


async def _open(session: AsyncSession, mail: Mail, *, key: bytes, currency: str, now: datetime) -> UUID:
    new = mail.to_new_complaint(now=now)
    case, _ = await complaints.open_complaint(
        session, new=new, currency=currency, by=BY_MAIL, now=now, contact=mail.to_new_contact()
    )
    complaint_id = case.complaint.id
    if overflow := mail.overflow_text():
        await messages.create_message(
            session, complaint_id=complaint_id, visibility=Visibility.INTERNAL, text=overflow, by=BY_MAIL, now=now
        )
    _add_receipt(session, mail, complaint_id, key=key, now=now)
    return complaint_id


def _add_receipt(
    session: AsyncSession,
    mail: Mail,
    complaint_id: UUID,
    *,
    key: bytes,
    now: datetime,
    message_id: UUID | None = None,
) -> None:
    submissions.add_receipt(
        session,
        key,
        fingerprint=mail.fingerprint,
        complaint_id=complaint_id,
        received_at=now,
        message_id=message_id,
    )
