"""SQL of profiles."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.accounts.profiles.tables import Profile, ProfileChange


async def get_profile(session: AsyncSession, customer_id: UUID, group: str) -> Profile | None:
    return await session.get(Profile, (customer_id, group))


async def lock_profile(session: AsyncSession, customer_id: UUID, group: str) -> Profile | None:
    return await session.get(Profile, (customer_id, group), with_for_update=True, populate_existing=True)


async def list_profiles(session: AsyncSession, customer_id: UUID) -> Sequence[Profile]:
    query = select(Profile).where(Profile.customer_id == customer_id)
    return (await session.scalars(query.order_by(Profile.profile_group))).all()


async def add_profile(session: AsyncSession, profile: Profile) -> None:
    session.add(profile)
    await session.flush()


async def add_change(session: AsyncSession, change: ProfileChange) -> None:
    session.add(change)
    await session.flush()


async def list_changes(
    session: AsyncSession, customer_ids: Collection[UUID], group: str, *, after: UUID | None, limit: int
) -> Sequence[ProfileChange]:
    """Return a page of the changes of a group, the newest first."""
    table = ProfileChange
    query = (
        select(table)
        .where(table.customer_id.in_(customer_ids), table.profile_group == group)
        .order_by(table.id.desc())
        .limit(limit)
    )
    return (await session.scalars(query if after is None else query.where(table.id < after))).all()


async def get_field(session: AsyncSession, customer_id: UUID, group: str, field: str) -> str | None:
    """Return a field that is a text or a day, as it is stored."""
    query = select(Profile.fields[field].astext).where(
        Profile.customer_id == customer_id, Profile.profile_group == group
    )
    return await session.scalar(query)
