"""SQL of playbooks, limits and their versions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.resolution.playbooks.tables import Playbook, RemedyLimits, RuleVersion

GENERAL_LIMITS = "general"
# Writers wait for each other, readers for no one: the facts of a playbook must agree with those of all the others.
LOCK_PLAYBOOKS = text("LOCK TABLE playbook IN SHARE ROW EXCLUSIVE MODE")


async def lock_for_write(session: AsyncSession) -> None:
    await session.execute(LOCK_PLAYBOOKS)


async def get_playbook(session: AsyncSession, name: str) -> Playbook | None:
    return await session.get(Playbook, name, populate_existing=True)


async def add_playbook(session: AsyncSession, *, name: str, order: int, content: Mapping[str, Any]) -> Playbook:
    playbook = Playbook(name=name, order=order, content=dict(content), revision=1)
    session.add(playbook)
    await session.flush()
    return playbook


async def delete_playbook(session: AsyncSession, name: str) -> None:
    await session.execute(delete(Playbook).where(Playbook.name == name))


async def list_all(session: AsyncSession) -> Sequence[Playbook]:
    """Return the playbooks in the order in which they are tried."""
    return (await session.scalars(select(Playbook).order_by(Playbook.order, Playbook.name))).all()


async def list_playbooks(session: AsyncSession, *, after: tuple[int, str], limit: int) -> Sequence[Playbook]:
    order, name = after
    is_later = (Playbook.order > order) | ((Playbook.order == order) & (Playbook.name > name))
    query = select(Playbook).where(is_later).order_by(Playbook.order, Playbook.name).limit(limit)
    return (await session.scalars(query)).all()


async def get_limits(session: AsyncSession) -> RemedyLimits:
    return await session.get_one(RemedyLimits, GENERAL_LIMITS)


async def lock_limits(session: AsyncSession) -> RemedyLimits:
    return await session.get_one(RemedyLimits, GENERAL_LIMITS, with_for_update=True, populate_existing=True)


def record_version(
    session: AsyncSession, subject: str, content: Mapping[str, Any] | None, *, by: str, at: datetime
) -> None:
    """Append a version; None means a deletion. Versions are never changed or deleted."""
    stored = None if content is None else dict(content)
    session.add(RuleVersion(subject=subject, content=stored, by=by, at=at))


async def list_versions(session: AsyncSession, subject: str, *, after: int, limit: int) -> Sequence[RuleVersion]:
    query = select(RuleVersion).where(RuleVersion.subject == subject, RuleVersion.seq > after)
    return (await session.scalars(query.order_by(RuleVersion.seq).limit(limit))).all()
