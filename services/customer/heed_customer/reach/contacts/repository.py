"""SQL of contacts."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.reach.contacts.tables import Contact


async def add_contact(session: AsyncSession, contact: Contact) -> None:
    session.add(contact)
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


async def delete_contact(session: AsyncSession, contact: Contact) -> None:
    await session.delete(contact)
    await session.flush()
