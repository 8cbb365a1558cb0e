"""Contacts for other packages: addresses of a customer, customers of an address, bounces."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.customer import ContactChange, ContactKind, ContactState
from heed_common.encryption import FieldCipher
from heed_customer.reach.contacts import content, repository, rules, service
from heed_customer.reach.contacts.rules import ContactContent
from heed_customer.reach.contacts.tables import Contact

MAX_MATCHES = 50
"""Contacts that one look-up considers: a switchboard may have many."""


@dataclass(frozen=True, slots=True)
class ContactAddress:
    """An address of a customer on one channel."""

    contact_id: UUID
    customer_id: UUID
    kind: ContactKind
    channel: str
    address: str
    preferred: bool
    state: ContactState
    hours: dict[str, list[list[str]]] | None


@dataclass(frozen=True, slots=True)
class ContactMatch:
    """A contact by which a customer was found; the customer may be a merged duplicate."""

    customer_id: UUID
    contact_id: UUID
    kind: ContactKind
    state: ContactState


async def addresses_of(
    session: AsyncSession, *, customer_ids: Collection[UUID], channels: Sequence[str], cipher: FieldCipher
) -> list[ContactAddress]:
    """Return the addresses of these customers, which are one family, on the channels.

    They are in the order of the channels; on each the preferred ones first, then the verified ones, then the others,
    and last those that bounced. A value that could not be read is no address.
    """
    rows = await repository.contacts_of(session, customer_ids=customer_ids, kinds=rules.kinds_of(channels))
    readable = list(content.decrypt_all(rows, cipher=cipher))
    found = [
        _address(contact.row, value, channel)
        for channel in channels
        for contact in readable
        if (value := contact.content.value) is not None and rules.reaches(channel, kind=contact.row.kind, value=value)
    ]
    return sorted(found, key=lambda address: (channels.index(address.channel), *_rank(address)))


async def find_customers_by(
    session: AsyncSession,
    *,
    cipher: FieldCipher,
    phone: str | None = None,
    mail: str | None = None,
    country: str | None = None,
) -> list[ContactMatch]:
    """Return the contacts with this telephone number, or with this mail, in any spelling.

    A number without an extension matches all extensions, because a caller's display shows none.
    """
    kind = ContactKind.PHONE if phone is not None else ContactKind.MAIL
    raw = (phone if phone is not None else mail) or ""
    query = ContactContent(raw=raw, value=rules.normalize(kind, raw, country=country))
    indexes = [index for text in rules.query_texts(kind, query) for index in cipher.blind_indexes(text)]
    rows = await repository.find_by_indexes(session, indexes, limit=MAX_MATCHES)
    return [
        _match(contact.row)
        for contact in content.decrypt_all(rows, cipher=cipher)
        if rules.matches(contact.content, query)
    ]


async def mark_bounced(session: AsyncSession, *, contact_id: UUID, now: datetime) -> bool:
    """Mark the contact as bounced and publish that. Return False if there is no such contact, or it is marked."""
    row = await repository.lock_contact(session, contact_id)
    if row is None or row.state == ContactState.BOUNCED:
        return False
    row.state, row.bounced_at = ContactState.BOUNCED, now
    await service.record_change(session, row, ContactChange.BOUNCED, now=now)
    return True


async def mark_mail_bounced(session: AsyncSession, *, mail: str, cipher: FieldCipher, now: datetime) -> int:
    """Mark every contact with this mail as bounced. Return their number."""
    matches = await find_customers_by(session, mail=mail, cipher=cipher)
    marked = [await mark_bounced(session, contact_id=match.contact_id, now=now) for match in matches]
    return sum(marked)


def _address(row: Contact, value: str, channel: str) -> ContactAddress:
    return ContactAddress(
        contact_id=row.id,
        customer_id=row.customer_id,
        kind=ContactKind(row.kind),
        channel=channel,
        address=value,
        preferred=row.preferred,
        state=ContactState(row.state),
        hours=row.hours,
    )


def _match(row: Contact) -> ContactMatch:
    return ContactMatch(row.customer_id, row.id, ContactKind(row.kind), ContactState(row.state))


def _rank(address: ContactAddress) -> tuple[bool, bool, bool]:
    """Return the sort key of addresses on one channel; equal ones stay in the order of their creation."""
    is_bounced, is_verified = address.state == ContactState.BOUNCED, address.state == ContactState.VERIFIED
    return is_bounced, not address.preferred, not is_verified
