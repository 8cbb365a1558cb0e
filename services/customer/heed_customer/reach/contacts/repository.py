"""SQL of contacts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.customer import ContactState
from heed_common.encryption import KEY_ID_BYTES
from heed_customer.reach.contacts.tables import Contact

STORED_KEY_ID = func.substring(Contact.content, 1, KEY_ID_BYTES, type_=LargeBinary)
UPDATE_ENCRYPTED = text("""
    UPDATE contact SET content = row.content, blind_index = row.blind_index
    FROM unnest(CAST(:id AS uuid[]), CAST(:content AS bytea[]), CAST(:blind_index AS bytea[]))
        AS row(id, content, blind_index)
    WHERE contact.id = row.id
""")


@dataclass(frozen=True, slots=True)
class EncryptedColumns:
    """The columns of a contact that depend on the keys."""

    id: UUID
    content: bytes
    blind_index: bytes | None


async def add_contact(session: AsyncSession, contact: Contact) -> None:
    session.add(contact)
    await session.flush()


async def add_contacts(session: AsyncSession, contacts: Sequence[Contact]) -> None:
    session.add_all(contacts)
    await session.flush()


async def list_contacts(
    session: AsyncSession, *, customer_ids: Collection[UUID], after: UUID | None, limit: int
) -> Sequence[Contact]:
    """Return a page of the contacts of these customers, in the order of their creation."""
    statement = select(Contact).where(Contact.customer_id.in_(customer_ids)).order_by(Contact.id).limit(limit)
    if after is not None:
        statement = statement.where(Contact.id > after)
    return (await session.scalars(statement)).all()


async def contacts_of(
    session: AsyncSession, *, customer_ids: Collection[UUID], kinds: Collection[str]
) -> Sequence[Contact]:
    """Return all contacts of these kinds, the preferred ones first, then in the order of their creation."""
    statement = select(Contact).where(Contact.customer_id.in_(customer_ids), Contact.kind.in_(kinds))
    return (await session.scalars(statement.order_by(Contact.preferred.desc(), Contact.id))).all()


async def find_by_indexes(session: AsyncSession, indexes: Collection[bytes], *, limit: int) -> Sequence[Contact]:
    """Return the contacts with one of the blind indexes."""
    statement = select(Contact).where(Contact.blind_index.in_(indexes)).order_by(Contact.id).limit(limit)
    return (await session.scalars(statement)).all()


async def find_in_customer(session: AsyncSession, customer_id: UUID, indexes: Collection[bytes]) -> Sequence[Contact]:
    """Return the contacts of the customer with one of the blind indexes."""
    statement = select(Contact).where(Contact.customer_id == customer_id, Contact.blind_index.in_(indexes))
    return (await session.scalars(statement.order_by(Contact.id))).all()


async def get_contact(session: AsyncSession, contact_id: UUID) -> Contact | None:
    return await session.get(Contact, contact_id)


async def lock_contact(session: AsyncSession, contact_id: UUID) -> Contact | None:
    return await session.get(Contact, contact_id, with_for_update=True, populate_existing=True)


async def count_contacts(session: AsyncSession, customer_id: UUID) -> int:
    statement = select(func.count()).select_from(Contact).where(Contact.customer_id == customer_id)
    return (await session.execute(statement)).scalar_one()


async def clear_preferred(session: AsyncSession, customer_id: UUID, *, now: datetime) -> None:
    """Let no contact of the customer be the preferred one."""
    await session.execute(
        update(Contact)
        .where(Contact.customer_id == customer_id, Contact.preferred)
        .values(preferred=False, revision=Contact.revision + 1, changed_at=now)
    )


async def lock_encrypted_by_older_keys(
    session: AsyncSession, *, key_id: bytes, after: UUID | None, limit: int
) -> Sequence[Contact]:
    """Lock a page of contacts that the newest key did not encrypt, in the order of their ids.

    A contact that another transaction holds is left out: waiting for it could end in a deadlock.
    """
    statement = select(Contact).where(STORED_KEY_ID.is_distinct_from(key_id)).order_by(Contact.id).limit(limit)
    if after is not None:
        statement = statement.where(Contact.id > after)
    return (await session.scalars(statement.with_for_update(key_share=True, skip_locked=True))).all()


async def update_encrypted(session: AsyncSession, rows: Sequence[EncryptedColumns]) -> None:
    """Replace the encrypted columns in one statement."""
    columns = {name: [getattr(row, name) for row in rows] for name in EncryptedColumns.__slots__}
    await session.execute(UPDATE_ENCRYPTED, columns)


async def find_verified(session: AsyncSession, customer_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these customers have a verified contact."""
    query = select(Contact.customer_id).where(
        Contact.customer_id.in_(customer_ids), Contact.state == ContactState.VERIFIED
    )
    return set(await session.scalars(query.distinct()))


async def count_by_key(session: AsyncSession) -> dict[bytes, int]:
    """Return the number of contacts by the id of the key that encrypted them."""
    rows = await session.execute(select(STORED_KEY_ID, func.count()).group_by(STORED_KEY_ID))
    return {bytes(key_id): count for key_id, count in rows}


async def delete_contact(session: AsyncSession, contact: Contact) -> None:
    await session.delete(contact)
    await session.flush()
