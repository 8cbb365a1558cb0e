"""SQL of contacts and mail threads."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.contacts import rules
from heed_complaint.core.contacts.rules import NewContact, ReceivedMail
from heed_complaint.core.contacts.tables import Contact, MailThread


def add_contact(session: AsyncSession, complaint_id: UUID, contact: NewContact) -> None:
    """Store the contact of a new complaint, and the thread of the mail that opened it."""
    session.add(
        Contact(
            complaint_id=complaint_id,
            name=contact.name,
            address=contact.address,
            language=contact.language,
            sender=contact.sender,
        )
    )
    if contact.mail is not None:
        ids = rules.extended_thread((), contact.mail.message_id)
        subject = contact.mail.subject[: rules.MAX_SUBJECT]
        session.add(MailThread(complaint_id=complaint_id, subject=subject, message_ids=ids))


async def get_contact(session: AsyncSession, complaint_id: UUID) -> Contact | None:
    return await session.get(Contact, complaint_id)


async def list_contacts(session: AsyncSession, complaint_ids: Sequence[UUID]) -> Sequence[Contact]:
    """Return the contacts of these complaints, in the order of the complaints."""
    query = select(Contact).where(Contact.complaint_id.in_(complaint_ids)).order_by(Contact.complaint_id)
    return (await session.scalars(query)).all()


async def get_thread(session: AsyncSession, complaint_id: UUID) -> MailThread | None:
    return await session.get(MailThread, complaint_id)


async def extend_thread(session: AsyncSession, complaint_id: UUID, mail: ReceivedMail) -> None:
    """Add a mail of the customer to the thread of the complaint. The caller holds its lock."""
    thread = await session.get(MailThread, complaint_id)
    if thread is None:
        thread = MailThread(complaint_id=complaint_id, message_ids=[])
        session.add(thread)
    thread.message_ids = rules.extended_thread(thread.message_ids, mail.message_id)
    thread.subject = mail.subject[: rules.MAX_SUBJECT]
