"""SQL of contacts and mail threads."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.session_cipher import get_cipher
from heed_complaint.core.contacts import content, rules
from heed_complaint.core.contacts.content import StoredContact
from heed_complaint.core.contacts.rules import NewContact, ReceivedMail
from heed_complaint.core.contacts.tables import Contact, MailThread
from heed_complaint.core.tables import Complaint


def add_contact(session: AsyncSession, complaint_id: UUID, contact: NewContact) -> None:
    """Store the contact of a new complaint, and the thread of the mail that opened it."""
    session.add(content.encrypt(complaint_id, contact, cipher=get_cipher(session)))
    if contact.mail is not None:
        ids = rules.extended_thread((), contact.mail.message_id)
        subject = contact.mail.subject[: rules.MAX_SUBJECT]
        session.add(MailThread(complaint_id=complaint_id, subject=subject, message_ids=ids))


async def get_contact(session: AsyncSession, complaint_id: UUID) -> StoredContact | None:
    row = await session.get(Contact, complaint_id)
    return None if row is None else content.decrypt(row, cipher=get_cipher(session))


async def list_contacts(session: AsyncSession, complaint_ids: Sequence[UUID]) -> Sequence[StoredContact]:
    """Return the contacts of these complaints, in the order of the complaints."""
    query = select(Contact).where(Contact.complaint_id.in_(complaint_ids)).order_by(Contact.complaint_id)
    cipher = get_cipher(session)
    return [content.decrypt(row, cipher=cipher) for row in await session.scalars(query)]


async def count_opened_by_mail(session: AsyncSession, address: str, *, since: datetime) -> int:
    """Return how many complaints mails with this contact have opened since then."""
    indexes = content.blind_indexes(address, cipher=get_cipher(session))
    query = (
        select(func.count())
        .select_from(Contact)
        .join(Complaint, Complaint.id == Contact.complaint_id)
        .where(Contact.blind_index.in_(indexes), Complaint.channel == "mail", Complaint.opened_at > since)
    )
    return await session.scalar(query) or 0


async def get_correspondent(
    session: AsyncSession, complaint_id: UUID
) -> tuple[StoredContact | None, MailThread | None]:
    """Return the contact of the complaint and its thread, in one statement."""
    query = (
        select(Contact, MailThread)
        .select_from(Complaint)
        .outerjoin(Contact, Contact.complaint_id == Complaint.id)
        .outerjoin(MailThread, MailThread.complaint_id == Complaint.id)
        .where(Complaint.id == complaint_id)
    )
    row, thread = (await session.execute(query)).one()
    return None if row is None else content.decrypt(row, cipher=get_cipher(session)), thread


async def extend_thread(session: AsyncSession, complaint_id: UUID, mail: ReceivedMail) -> None:
    """Add a mail of the customer to the thread of the complaint. The caller holds its lock."""
    thread = await session.get(MailThread, complaint_id)
    if thread is None:
        thread = MailThread(complaint_id=complaint_id, message_ids=[])
        session.add(thread)
    thread.message_ids = rules.extended_thread(thread.message_ids, mail.message_id)
    thread.subject = mail.subject[: rules.MAX_SUBJECT]
