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
    return await _set_incidents(
        session, complaint_ids, before=None, after=incident_id, confidential=confidential, by=by, now=now
    )


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
    return await _set_incidents(
        session, complaint_ids, before=incident_id, after=None, confidential=confidential, by=by, now=now
    )


async def _set_incidents(
    session: AsyncSession,
    complaint_ids: Sequence[UUID],
    *,
    before: UUID | None,
    after: UUID | None,
    confidential: bool,
    by: str,
    now: datetime,
) -> list[BulkItemResult]:
    for incident_id in filter(None, (before, after)):
        await service.lock_open_incident(session, incident_id)
    visible = await repository.visible_ids(session, complaint_ids, confidential=confidential)

    async def set_one(complaint_id: UUID) -> BulkAction:
        if complaint_id not in visible:
            raise ComplaintNotFound
        return await _set_incident(session, complaint_id, before=before, after=after, by=by, now=now)

    return await bulk.for_each(session, complaint_ids, set_one)


async def _set_incident(
    session: AsyncSession, complaint_id: UUID, *, before: UUID | None, after: UUID | None, by: str, now: datetime
) -> BulkAction:
    case = await cases.lock_unmerged(session, complaint_id)
    complaint = case.complaint
    if complaint.incident_id == after:
        return BulkAction.UNCHANGED
    if complaint.incident_id != before:
        raise InAnotherIncident
    complaint.incident_id = after
    complaint.revision += 1
    action = "attach" if after else "detach"
    values = [{"incident_id": id_ and str(id_)} for id_ in (before, after)]
    complaints.append_history(session, complaint.id, at=now, by=by, action=action, before=values[0], after=values[1])
    amended = build_event(ComplaintAmended, complaint, case.clocks, occurred_at=now, changed=("incident_id",))
    await cases.save(session, case, now=now)
    await outbox.stage_all(session, [amended], now=now)
    return BulkAction.ATTACHED if after else BulkAction.DETACHED
