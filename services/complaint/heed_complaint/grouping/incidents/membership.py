"""Attach complaints to an incident and detach them, by id or by criteria."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.complaint import ComplaintAmended
from heed_complaint.core import repository as complaints
from heed_complaint.core.errors import ComplaintNotFound
from heed_complaint.grouping.incidents import bulk, repository, service
from heed_complaint.grouping.incidents.errors import InAnotherIncident
from heed_complaint.grouping.incidents.rules import BulkAction, BulkItemResult, MatchCriteria
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import build_event

MAX_ATTACHED = 200


async def dry_run_matching(
    session: AsyncSession, *, criteria: MatchCriteria, confidential: bool
) -> tuple[list[BulkItemResult], int]:
    """Return the complaints that a call would attach, and how many would remain after it."""
    found = await repository.matching_ids(session, criteria, confidential=confidential, limit=MAX_ATTACHED)
    count = await repository.count_matching(session, criteria, confidential=confidential)
    return [BulkItemResult(complaint_id, BulkAction.FOUND) for complaint_id in found], count - len(found)


async def attach_matching(
    session: AsyncSession, *, incident_id: UUID, criteria: MatchCriteria, confidential: bool, by: str, now: datetime
) -> tuple[list[BulkItemResult], int]:
    """Attach the first matching complaints. Return their results, and how many remain for the next call."""
    found = await repository.matching_ids(session, criteria, confidential=confidential, limit=MAX_ATTACHED)
    results = await attach(
        session, incident_id=incident_id, complaint_ids=found, confidential=confidential, by=by, now=now
    )
    return results, await repository.count_matching(session, criteria, confidential=confidential)


async def attach(
    session: AsyncSession,
    *,
    incident_id: UUID,
    complaint_ids: Sequence[UUID],
    confidential: bool,
    by: str,
    now: datetime,
) -> list[BulkItemResult]:
    """Attach the complaints to the incident; each has a result or an error. Raises `IncidentClosed`."""
    await service.lock_open_incident(session, incident_id)
    visible = await repository.visible_ids(session, complaint_ids, confidential=confidential)

    async def attach_one(complaint_id: UUID) -> BulkAction:
        if complaint_id not in visible:
            raise ComplaintNotFound
        return await _set_incident(session, complaint_id, incident_id, by=by, now=now)

    return await bulk.for_each(session, complaint_ids, attach_one)


async def detach(
    session: AsyncSession,
    *,
    incident_id: UUID,
    complaint_ids: Sequence[UUID],
    confidential: bool,
    by: str,
    now: datetime,
) -> list[BulkItemResult]:
    """Detach the complaints from the incident; each has a result or an error. Raises `IncidentClosed`."""
    await service.lock_open_incident(session, incident_id)
    visible = await repository.visible_ids(session, complaint_ids, confidential=confidential)

    async def detach_one(complaint_id: UUID) -> BulkAction:
        if complaint_id not in visible:
            raise ComplaintNotFound
        return await _set_incident(session, complaint_id, None, detached_from=incident_id, by=by, now=now)

    return await bulk.for_each(session, complaint_ids, detach_one)


async def _set_incident(
    session: AsyncSession,
    complaint_id: UUID,
    incident_id: UUID | None,
    *,
    by: str,
    now: datetime,
    detached_from: UUID | None = None,
) -> BulkAction:
    case = await cases.lock_unmerged(session, complaint_id)
    complaint = case.complaint
    if complaint.incident_id == incident_id:
        return BulkAction.UNCHANGED
    if complaint.incident_id != detached_from:
        raise InAnotherIncident
    complaint.incident_id = incident_id
    complaint.revision += 1
    action = "attach" if incident_id else "detach"
    before, after = ({"incident_id": id_ and str(id_)} for id_ in (detached_from, incident_id))
    complaints.append_history(session, complaint.id, at=now, by=by, action=action, before=before, after=after)
    amended = build_event(ComplaintAmended, complaint, case.clocks, occurred_at=now, changed=("incident_id",))
    await cases.save(session, case, now=now)
    await outbox.stage_all(session, [amended], now=now)
    return BulkAction.ATTACHED if incident_id else BulkAction.DETACHED
