"""SQL of the policies."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
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
    """Return the newest version, even if it marks the policy as removed."""
    return await session.scalar(NEWEST.where(PolicyVersion.name == name))


async def newest_of_all(session: AsyncSession) -> Sequence[PolicyVersion]:
    """Return the newest version of each policy that is not removed, by name."""
    row = aliased(PolicyVersion, NEWEST.subquery())
    return (await session.scalars(select(row).where(row.removed.is_(False)).order_by(row.name))).all()


async def version(session: AsyncSession, key: PolicyKey) -> PolicyVersion | None:
    return await session.get(PolicyVersion, tuple(key))


async def add(session: AsyncSession, **values: Any) -> PolicyVersion:  # noqa: ANN401 columns of many types
    row = PolicyVersion(**values)
    session.add(row)
    await session.flush()
    return row
