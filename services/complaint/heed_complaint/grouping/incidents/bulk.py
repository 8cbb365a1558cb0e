"""Many complaints in one call: each by itself, so that one that refuses does not keep the others."""

from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.database import savepoint
from heed_common.errors import HeedError
from heed_complaint.grouping.incidents.rules import Done, Outcome

Act = Callable[[UUID], Awaitable[Done]]


async def do(session: AsyncSession, complaint_ids: Iterable[UUID], act: Act) -> list[Outcome]:
    """In the order of their ids, in which everybody locks them; what an error has begun is undone."""
    return [Outcome(complaint_id, await _do(session, complaint_id, act)) for complaint_id in sorted(set(complaint_ids))]


async def _do(session: AsyncSession, complaint_id: UUID, act: Act) -> Done | HeedError:
    try:
        async with savepoint(session):
            return await act(complaint_id)
    except HeedError as error:
        return error


def text(id_: UUID | None) -> str | None:
    return None if id_ is None else str(id_)
