"""Bulk actions: each item in a savepoint of its own, so that a refused one does not stop the others."""

from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.database import savepoint
from heed_common.errors import HeedError
from heed_complaint.grouping.incidents.rules import BulkAction, BulkItemResult

ItemAction = Callable[[UUID], Awaitable[BulkAction]]


async def for_each(session: AsyncSession, complaint_ids: Iterable[UUID], action: ItemAction) -> list[BulkItemResult]:
    """Apply the action to each complaint and return its result or error; the changes of a refused one are undone.

    In the order of the ids, which is the order of all locks of complaints.
    """
    ids = sorted(set(complaint_ids))
    return [BulkItemResult(complaint_id, await _apply_isolated(session, complaint_id, action)) for complaint_id in ids]


async def _apply_isolated(session: AsyncSession, complaint_id: UUID, action: ItemAction) -> BulkAction | HeedError:
    try:
        async with savepoint(session):
            return await action(complaint_id)
    except HeedError as error:
        return error
