"""Somebody without an account complains: as easily as can be, and once."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core import repository as complaint_repository
from heed_complaint.core.errors import ComplaintNotFound
from heed_complaint.core.tables import Complaint
from heed_complaint.intake.status_links import service as status
from heed_complaint.intake.status_links.rules import Link
from heed_complaint.intake.web_form import repository, rules
from heed_complaint.intake.web_form.errors import ContactUnknown, KeyReused
from heed_complaint.intake.web_form.rules import Form
from heed_complaint.intake.web_form.tables import Contact, Receipt
from heed_complaint.lifecycle.messages.tables import Message
from heed_complaint.lifecycle.opening import service as complaints

BY_FORM = "intake:form"


async def take_in_form(
    session: AsyncSession,
    *,
    form: Form,
    key: bytes | None,
    currency: str,
    zone: ZoneInfo,
    earliest: date,
    link_days: int,
    now: datetime,
) -> Link:
    """Open a complaint of an unknown customer; a repeated form gets another link to the same complaint.

    Forms with the same key are repetitions. Without a key the same text does not mean the same person: each form opens
    a complaint, and the desk finds the likely duplicates.
    """
    taken = await taken_before(session, key, fingerprint=form.fingerprint) if key else None
    complaint_id = taken.complaint_id if taken else None
    if complaint_id is None:
        new = form.as_new(occurred_at=rules.occurrence(form.occurred_on, zone=zone, earliest=earliest, now=now))
        case, _ = await complaints.open_complaint(session, new=new, currency=currency, by=BY_FORM, now=now)
        complaint_id = case.complaint.id
        if key:
            repository.add_receipt(
                session, key, fingerprint=form.fingerprint, complaint_id=complaint_id, received_at=now
            )
        repository.add_contact(session, complaint_id, name=form.name, address=form.contact, language=form.language)
    return await status.make_link(session, complaint_id=complaint_id, days=link_days, now=now)


def nothing(*, days: int, now: datetime) -> Link:
    """For a machine that fell for the trap: it learns nothing from an answer that looks like every other."""
    return status.new_link(days=days, now=now)


async def answer_over_link(
    session: AsyncSession, *, complaint: Complaint, text: str, key: bytes | None, now: datetime
) -> Message | None:
    """Record the customer's answer from the private page. Return None if this key was used before."""
    fingerprint = rules.key_hash("text", text)
    if key and await taken_before(session, key, fingerprint=fingerprint):
        return None
    message = await status.answer(session, complaint=complaint, text=text, now=now)
    if key:
        repository.add_receipt(
            session,
            key,
            fingerprint=fingerprint,
            complaint_id=complaint.id,
            message_id=message.id,
            received_at=now,
        )
    return message


async def taken_before(session: AsyncSession, key: bytes, *, fingerprint: bytes) -> Receipt | None:
    """What became of it when it came in before. From here on nobody else takes it in."""
    await repository.lock_key(session, key)
    receipt = await repository.receipt(session, key)
    if receipt is not None and receipt.fingerprint != fingerprint:
        raise KeyReused
    return receipt


async def contact_of(session: AsyncSession, *, complaint_id: UUID) -> Contact:
    """How to answer who complained without an account."""
    if await complaint_repository.load_complaint(session, complaint_id) is None:
        raise ComplaintNotFound
    contact = await repository.contact_of(session, complaint_id)
    if contact is None:
        raise ContactUnknown
    return contact
