"""Use cases of submissions: recognise a repetition, show the contact."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core import repository as complaints
from heed_complaint.core.contacts import repository as contacts
from heed_complaint.core.contacts.content import StoredContact
from heed_complaint.core.errors import ComplaintNotFound
from heed_complaint.intake.submissions import repository
from heed_complaint.intake.submissions.errors import ContactUnknown, FormAlreadySubmitted
from heed_complaint.intake.submissions.tables import IntakeReceipt


async def find_receipt(session: AsyncSession, key: bytes, *, fingerprint: bytes) -> IntakeReceipt | None:
    """Return the receipt of an earlier submission with this key. Raises `FormAlreadySubmitted` for other content.

    Holds the lock of the key until the transaction ends, so that of two simultaneous submissions the second one finds
    the receipt of the first.
    """
    await repository.lock_key(session, key)
    receipt = await repository.get_receipt(session, key)
    if receipt is not None and receipt.fingerprint != fingerprint:
        raise FormAlreadySubmitted
    return receipt


async def get_contact(session: AsyncSession, *, complaint_id: UUID) -> StoredContact:
    """Return the contact of a complaint without an account. Raises `ComplaintNotFound`, `ContactUnknown`."""
    if await complaints.load_complaint(session, complaint_id) is None:
        raise ComplaintNotFound
    contact = await contacts.get_contact(session, complaint_id)
    if contact is None:
        raise ContactUnknown
    return contact
