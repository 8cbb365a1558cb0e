"""SQL of the calendars."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.sla.clock.working_time import CalendarKey
from heed_complaint.sla.terms.calendars.tables import CalendarVersion

NEWEST = select(CalendarVersion).ext(distinct_on(CalendarVersion.name))
ORDER = (CalendarVersion.name, CalendarVersion.version.desc())


async def newest(session: AsyncSession, name: str) -> CalendarVersion | None:
    return await session.scalar(NEWEST.where(CalendarVersion.name == name).order_by(*ORDER))


async def newest_keys(session: AsyncSession) -> list[CalendarKey]:
    """Return the newest version of each calendar."""
    query = select(CalendarVersion.name, func.max(CalendarVersion.version)).group_by(CalendarVersion.name)
    return [CalendarKey(*row) for row in await session.execute(query)]


async def newest_after(session: AsyncSession, name: str, *, limit: int) -> Sequence[CalendarVersion]:
    """Return the newest version of each calendar after that name."""
    query = NEWEST.where(CalendarVersion.name > name).order_by(*ORDER).limit(limit)
    return (await session.scalars(query)).all()


async def version(session: AsyncSession, key: CalendarKey) -> CalendarVersion | None:
    return await session.get(CalendarVersion, tuple(key))


async def versions(session: AsyncSession, keys: Collection[CalendarKey]) -> Sequence[CalendarVersion]:
    is_requested = tuple_(CalendarVersion.name, CalendarVersion.version).in_([tuple(key) for key in sorted(keys)])
    return (await session.scalars(select(CalendarVersion).where(is_requested))).all()


async def add(session: AsyncSession, **values: Any) -> CalendarVersion:  # noqa: ANN401 columns of many types
    row = CalendarVersion(**values)
    session.add(row)
    await session.flush()
    return row
