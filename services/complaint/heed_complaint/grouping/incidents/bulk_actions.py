"""One answer to all who complain about the incident, a chunk of them at a time."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core import repository as complaints
from heed_complaint.core.tables import Complaint
from heed_complaint.grouping.incidents import bulk, repository, service
from heed_complaint.grouping.incidents.rules import Done, Outcome
from heed_complaint.lifecycle.messages import service as messages
from heed_complaint.lifecycle.messages.rules import Visibility
from heed_complaint.lifecycle.transitions import service as moves
from heed_complaint.lifecycle.transitions.rules import Move


async def move_all(
    session: AsyncSession,
    *,
    incident_id: UUID,
    step: Move,
    confidential: bool,
    after: UUID | None,
    limit: int,
    by: str,
    now: datetime,
) -> tuple[list[Outcome], UUID | None]:
    """Takes all of them the same step; those whose state does not allow it are told, and stay where they are.

    Answers where the next chunk begins, if there is one.
    """
    chunk, rest = await _chunk(session, incident_id, confidential=confidential, after=after, limit=limit)
    # Accepted ones are assigned, one at a time: who waited for that with a complaint we need would wait for us.
    await complaints.lock_complaints(session, [complaint.id for complaint in chunk])

    async def move_one(complaint_id: UUID) -> Done:
        await moves.move(session, complaint_id=complaint_id, step=step, by=by, if_match=None, now=now)
        return Done.MOVED

    return await bulk.do(session, [complaint.id for complaint in chunk], move_one), rest


async def tell_all(
    session: AsyncSession,
    *,
    incident_id: UUID,
    text: str,
    confidential: bool,
    after: UUID | None,
    limit: int,
    by: str,
    now: datetime,
) -> tuple[list[Outcome], UUID | None]:
    """Writes the same to every customer who complained about it, also to those whose complaint has ended."""
    chunk, rest = await _chunk(session, incident_id, confidential=confidential, after=after, limit=limit)

    async def tell_one(complaint_id: UUID) -> Done:
        await messages.create_message(
            session, complaint_id=complaint_id, visibility=Visibility.CUSTOMER, text=text, by=by, now=now
        )
        return Done.TOLD

    return await bulk.do(session, [complaint.id for complaint in chunk], tell_one), rest


async def _chunk(
    session: AsyncSession, incident_id: UUID, *, confidential: bool, after: UUID | None, limit: int
) -> tuple[Sequence[Complaint], UUID | None]:
    await service.get(session, incident_id=incident_id)
    found = await repository.complaints_about(
        session, incident_id, confidential=confidential, after=after, limit=limit + 1
    )
    chunk = found[:limit]
    return chunk, chunk[-1].id if len(found) > limit else None
