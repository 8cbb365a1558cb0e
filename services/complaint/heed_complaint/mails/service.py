"""A mail comes in: it opens a complaint, or is kept with the one that it answers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.complaints import service as complaints
from heed_complaint.intake import repository as intake
from heed_complaint.intake.service import taken_before
from heed_complaint.mails import repository, rules
from heed_complaint.mails.errors import MailReplayed
from heed_complaint.mails.rules import Mail
from heed_complaint.messages import service as messages
from heed_complaint.messages.rules import Visibility
from heed_complaint.messages.tables import Message
from heed_complaint.status import service as status
from heed_complaint.status.rules import Link

BY_MAIL = "intake:mail"


class Outcome(StrEnum):
    OPENED = "opened"
    ANSWERED = "answered"
    IGNORED = "ignored"
    """An automatic answer: nobody complains, and answering it would never end."""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a mail."""

    outcome: Outcome
    complaint_id: UUID | None
    link: Link | None


async def note_delivery(session: AsyncSession, *, signature: bytes, now: datetime) -> None:
    """Each signature opens the door once."""
    await repository.forget_deliveries(session, before=rules.forgotten_before(now))
    if not await repository.note_delivery(session, signature, at=now):
        raise MailReplayed


async def take_in(session: AsyncSession, *, mail: Mail, currency: str, link_days: int, now: datetime) -> TakenIn:
    """Each message once, however often the gateway brings it."""
    if mail.automatic:
        return TakenIn(Outcome.IGNORED, None, None)
    taken = await taken_before(session, mail.key, fingerprint=mail.key)
    if taken is not None and taken.message_id is not None:
        return TakenIn(Outcome.ANSWERED, taken.complaint_id, None)
    if taken is not None:
        complaint_id = taken.complaint_id
    elif (answered := await _answered(session, mail)) is not None:
        return await _answer(session, mail, answered, now=now)
    else:
        complaint_id = await _open(session, mail, currency=currency, now=now)
    link = await status.make_link(session, complaint_id=complaint_id, days=link_days, now=now)
    return TakenIn(Outcome.OPENED, complaint_id, link)


async def _answered(session: AsyncSession, mail: Mail) -> UUID | None:
    """The complaint of the mail that is answered, theirs or ours."""
    keys = mail.known_as()
    found = await intake.receipts(session, keys) if keys else {}
    known = next((found[key].complaint_id for key in keys if key in found), None)
    named = rules.named_complaint(mail.answers) if known is None else None
    if named is not None and await repository.complaint_exists(session, named):
        return named
    return known


async def _answer(session: AsyncSession, mail: Mail, complaint_id: UUID, *, now: datetime) -> TakenIn:
    contact = await intake.contact_of(session, complaint_id)
    visibility = rules.visibility(mail, contact=contact.address if contact else None)
    by = None if visibility is Visibility.CUSTOMER else BY_MAIL
    text = mail.text or mail.words()
    message = await messages.write(session, complaint_id=complaint_id, visibility=visibility, text=text, by=by, now=now)
    _remember(session, mail, complaint_id, now=now, message=message)
    return TakenIn(Outcome.ANSWERED, complaint_id, None)


async def _open(session: AsyncSession, mail: Mail, *, currency: str, now: datetime) -> UUID:
    new = mail.as_new(now=now)
    case, _ = await complaints.open_complaint(session, new=new, currency=currency, by=BY_MAIL, now=now)
    complaint_id = case.complaint.id
    intake.add_contact(session, complaint_id, name=mail.name, address=mail.address, language=mail.language)
    if rest := mail.rest():
        await messages.write(
            session, complaint_id=complaint_id, visibility=Visibility.INTERNAL, text=rest, by=BY_MAIL, now=now
        )
    _remember(session, mail, complaint_id, now=now)
    return complaint_id


def _remember(
    session: AsyncSession, mail: Mail, complaint_id: UUID, *, now: datetime, message: Message | None = None
) -> None:
    intake.add_receipt(
        session,
        mail.key,
        fingerprint=mail.key,
        complaint_id=complaint_id,
        received_at=now,
        message_id=message.id if message else None,
    )
