"""Every query of the policies."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from heed_complaint.sla.clock.plan import PolicyKey
from heed_complaint.sla.terms.policies.tables import PolicyVersion

NEWEST = (
    select(PolicyVersion)
    .ext(distinct_on(PolicyVersion.name))
    .order_by(PolicyVersion.name, PolicyVersion.version.desc())
)


async def newest(session: AsyncSession, name: str) -> PolicyVersion | None:
    """Its last version, also where that says that it was removed."""
    return await session.scalar(NEWEST.where(PolicyVersion.name == name))


async def newest_of_all(session: AsyncSession) -> Sequence[PolicyVersion]:
    return (await session.scalars(_in_force())).all()


async def newest_after(session: AsyncSession, name: str, *, limit: int) -> Sequence[PolicyVersion]:
    """Each policy as it is now, by name, from behind that name on."""
    return (await session.scalars(_in_force(after=name).limit(limit))).all()


async def version(session: AsyncSession, key: PolicyKey) -> PolicyVersion | None:
    return await session.get(PolicyVersion, tuple(key))


async def add(session: AsyncSession, **values: Any) -> PolicyVersion:  # noqa: ANN401 columns of many types
    row = PolicyVersion(**values)
    session.add(row)
    await session.flush()
    return row


def _in_force(*, after: str = "") -> Select[PolicyVersion]:
    row = aliased(PolicyVersion, NEWEST.where(PolicyVersion.name > after).subquery())
    return select(row).where(row.removed.is_(False)).order_by(row.name)
