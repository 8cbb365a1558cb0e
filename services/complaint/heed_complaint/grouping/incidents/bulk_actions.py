"""Bulk actions on the complaints about an incident, one chunk a call."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core import repository as complaints
from heed_complaint.core.tables import Complaint
from heed_complaint.grouping.incidents import bulk, repository, service
from heed_complaint.grouping.incidents.rules import BulkAction, BulkItemResult
from heed_complaint.lifecycle.messages import service as messages
from heed_complaint.lifecycle.transitions import service as moves
from heed_complaint.lifecycle.transitions.rules import Transition


async def transition_all(
    session: AsyncSession,
    *,
    incident_id: UUID,
    transition: Transition,
    confidential: bool,
    after: UUID | None,
    limit: int,
    by: str,
    now: datetime,
) -> tuple[list[BulkItemResult], UUID | None]:
    """Apply the transition to one chunk. Return the results, and the id behind which the next chunk begins, if any.

    A complaint whose state does not allow the transition gets an error and stays as it is.
    """
    chunk, rest = await _chunk(session, incident_id, confidential=confidential, after=after, limit=limit)
    # Accepted ones are assigned, one at a time: a transaction that waits for that while it holds a complaint of this
    # chunk would deadlock with this one.
    await complaints.lock_complaints(session, [complaint.id for complaint in chunk])

    async def apply_transition(complaint_id: UUID) -> BulkAction:
        await moves.transition(session, complaint_id=complaint_id, step=transition, by=by, if_match=None, now=now)
        return BulkAction.TRANSITIONED

    return await bulk.for_each(session, [complaint.id for complaint in chunk], apply_transition), rest


async def message_all(
    session: AsyncSession,
    *,
    incident_id: UUID,
    text: str,
    confidential: bool,
    after: UUID | None,
    limit: int,
    by: str,
    now: datetime,
) -> tuple[list[BulkItemResult], UUID | None]:
    """Send one chunk of customers the same message, also those whose complaint has ended.

    Return the results, and the id behind which the next chunk begins, if any.
    """
    chunk, rest = await _chunk(session, incident_id, confidential=confidential, after=after, limit=limit)

    async def send_message(complaint_id: UUID) -> BulkAction:
        await messages.send_message(session, complaint_id=complaint_id, text=text, by=by, now=now)
        return BulkAction.MESSAGED

    return await bulk.for_each(session, [complaint.id for complaint in chunk], send_message), rest


async def _chunk(
    session: AsyncSession, incident_id: UUID, *, confidential: bool, after: UUID | None, limit: int
) -> tuple[Sequence[Complaint], UUID | None]:
    await service.get_incident(session, incident_id=incident_id)
    found = await repository.list_complaints(
        session, incident_id, confidential=confidential, after=after, limit=limit + 1
    )
    chunk = found[:limit]
    return chunk, chunk[-1].id if len(found) > limit else None
