"""Verification of a contact: a code is sent to it, and its reader repeats the code."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.message import ContactChannel, ContactPurpose
from heed_common.encryption import FieldCipher
from heed_common.identifiers import new_id
from heed_common.messages import queue
from heed_common.messages.queue import OutgoingMessage
from heed_customer.reach.contacts import content
from heed_customer.reach.contacts import service as contacts
from heed_customer.reach.contacts.content import ReadableContact
from heed_customer.reach.verification import repository, rules
from heed_customer.reach.verification.errors import ContactNotVerifiable, NoCodeSent, TooManyCodes
from heed_customer.reach.verification.tables import ContactVerification
from heed_customer.reach.verification.texts import TEMPLATE


class CodeResult(StrEnum):
    """Whether a repeated code is the one that was sent."""

    RIGHT = "right"
    WRONG = "wrong"


async def send_code(
    session: AsyncSession, *, customer_id: UUID, contact_id: UUID, cipher: FieldCipher, now: datetime
) -> ContactVerification:
    """Queue a message with a new code, which replaces the one before.

    Raises `ContactNotFound`, `ContactNotVerifiable`, `TooManyCodes`.
    """
    row = await contacts.lock_contact(session, customer_id=customer_id, contact_id=contact_id)
    contact = content.decrypt(row, cipher=cipher)
    channel = rules.channel_of(row.kind, contact.content.value)
    if channel is None:
        raise ContactNotVerifiable
    verification = await _next_verification(session, row.id, now=now)
    code = rules.new_code()
    verification.code_hash = cipher.blind_index(_hashed_text(contact, code))
    verification.expires_at, verification.attempts = now + rules.LIFETIME, 0
    verification.sent_at, verification.sent_in_window = now, verification.sent_in_window + 1
    await repository.add_verification(session, verification)
    await queue.enqueue(session, _message(row.customer_id, row.id, channel, code, now=now), now=now)
    return verification


async def verify(
    session: AsyncSession, *, customer_id: UUID, contact_id: UUID, code: str, cipher: FieldCipher, now: datetime
) -> tuple[CodeResult, ReadableContact]:
    """Verify the contact if the code is right, and count the attempt if it is wrong.

    A wrong code is a result and no error, because an error would roll the count back. Raises `ContactNotFound`,
    `NoCodeSent`.
    """
    row = await contacts.lock_contact(session, customer_id=customer_id, contact_id=contact_id)
    verification = await repository.get_verification(session, row.id)
    if verification is None or verification.expires_at <= now or verification.attempts >= rules.MAX_ATTEMPTS:
        raise NoCodeSent
    contact = content.decrypt(row, cipher=cipher)
    if verification.code_hash not in cipher.blind_indexes(_hashed_text(contact, code)):
        verification.attempts += 1
        return CodeResult.WRONG, contact
    # The code is used; the number of codes that were sent stays.
    verification.expires_at = now
    await contacts.mark_verified(session, row, now=now)
    return CodeResult.RIGHT, contact


async def _next_verification(session: AsyncSession, contact_id: UUID, *, now: datetime) -> ContactVerification:
    """Return the row for the next code. Raises `TooManyCodes`."""
    stored = await repository.get_verification(session, contact_id)
    if stored is None:
        return ContactVerification(contact_id=contact_id, window_started_at=now, sent_in_window=0)
    wait = rules.wait_before_next(
        sent_at=stored.sent_at,
        window_started_at=stored.window_started_at,
        sent_in_window=stored.sent_in_window,
        now=now,
    )
    if wait is not None:
        raise TooManyCodes(retry_after=wait)
    if stored.window_started_at + rules.WINDOW <= now:
        stored.window_started_at, stored.sent_in_window = now, 0
    return stored


def _hashed_text(contact: ReadableContact, code: str) -> str:
    """Return the text whose keyed hash is stored. With the value in it, a code verifies no other value."""
    return f"contact_verification:{contact.row.id}:{contact.content.value}:{code}"


def _message(
    customer_id: UUID, contact_id: UUID, channel: ContactChannel, code: str, *, now: datetime
) -> OutgoingMessage:
    return OutgoingMessage(
        id=new_id(),
        template=TEMPLATE,
        channels=(channel,),
        customer_id=customer_id,
        contact_id=contact_id,
        purpose=ContactPurpose.SERVICE,
        params={"code": code, "minutes": rules.LIFETIME // timedelta(minutes=1)},
        secret=True,
        expires_at=now + rules.LIFETIME,
    )
