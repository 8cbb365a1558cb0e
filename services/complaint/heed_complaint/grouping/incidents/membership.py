"""Which complaints are about the incident: named one by one, or by what they have in common."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import ComplaintAmended
from heed_complaint.core import repository as complaints
from heed_complaint.core.errors import ComplaintNotFound
from heed_complaint.grouping.incidents import bulk, repository, service
from heed_complaint.grouping.incidents.errors import InAnotherIncident
from heed_complaint.grouping.incidents.rules import Done, Like, Outcome
from heed_complaint.sla import case as cases
from heed_complaint.sla.event_factory import tell

CHUNK = 200


async def preview(session: AsyncSession, *, like: Like, confidential: bool) -> tuple[list[Outcome], int]:
    """Which complaints would be attached first, and how many after these. Nothing is done yet."""
    found = await repository.ids_alike(session, like, confidential=confidential, limit=CHUNK)
    count = await repository.count_alike(session, like, confidential=confidential)
    return [Outcome(complaint_id, Done.FOUND) for complaint_id in found], count - len(found)


async def attach_alike(
    session: AsyncSession, *, incident_id: UUID, like: Like, confidential: bool, by: str, now: datetime
) -> tuple[list[Outcome], int]:
    """Attaches the first of them, and says how many are left for the next call."""
    found = await repository.ids_alike(session, like, confidential=confidential, limit=CHUNK)
    outcomes = await attach(
        session, incident_id=incident_id, complaint_ids=found, confidential=confidential, by=by, now=now
    )
    return outcomes, await repository.count_alike(session, like, confidential=confidential)


async def attach(
    session: AsyncSession,
    *,
    incident_id: UUID,
    complaint_ids: Sequence[UUID],
    confidential: bool,
    by: str,
    now: datetime,
) -> list[Outcome]:
    """These complaints are about this incident; for each it is said whether it could be noted."""
    await service.lock_open(session, incident_id)
    known = await repository.known_of(session, complaint_ids, confidential=confidential)

    async def attach_one(complaint_id: UUID) -> Done:
        if complaint_id not in known:
            raise ComplaintNotFound
        return await _write(session, complaint_id, incident_id, by=by, now=now)

    return await bulk.do(session, complaint_ids, attach_one)


async def detach(
    session: AsyncSession,
    *,
    incident_id: UUID,
    complaint_ids: Sequence[UUID],
    confidential: bool,
    by: str,
    now: datetime,
) -> list[Outcome]:
    """These complaints are about something else after all."""
    await service.lock_open(session, incident_id)
    known = await repository.known_of(session, complaint_ids, confidential=confidential)

    async def detach_one(complaint_id: UUID) -> Done:
        if complaint_id not in known:
            raise ComplaintNotFound
        return await _write(session, complaint_id, None, away_from=incident_id, by=by, now=now)

    return await bulk.do(session, complaint_ids, detach_one)


async def _write(
    session: AsyncSession,
    complaint_id: UUID,
    incident_id: UUID | None,
    *,
    by: str,
    now: datetime,
    away_from: UUID | None = None,
) -> Done:
    case = await cases.lock_unmerged(session, complaint_id)
    complaint = case.complaint
    if complaint.incident_id == incident_id:
        return Done.UNCHANGED
    if complaint.incident_id != away_from:
        raise InAnotherIncident
    complaint.incident_id = incident_id
    complaint.revision += 1
    action = "attach" if incident_id else "detach"
    before, after = ({"incident_id": bulk.text(one)} for one in (away_from, incident_id))
    complaints.append_history(session, complaint.id, at=now, by=by, action=action, before=before, after=after)
    told = tell(ComplaintAmended, complaint, case.clocks, occurred_at=now, changed=("incident_id",))
    await cases.keep(session, case, [told], now=now)
    return Done.ATTACHED if incident_id else Done.DETACHED
