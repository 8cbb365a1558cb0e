"""Use cases of incidents: open, describe, close, list their complaints."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.identifiers import new_id
from heed_common.revisions import require_if_match
from heed_complaint.grouping.incidents import repository
from heed_complaint.grouping.incidents.errors import IncidentClosed, IncidentNotFound
from heed_complaint.grouping.incidents.rules import IncidentState, NewIncident
from heed_complaint.grouping.incidents.tables import Incident
from heed_complaint.reference.taxonomies import service as taxonomies
from heed_complaint.sla import case
from heed_complaint.sla.case import Case

Counts = Mapping[UUID, Mapping[str, int]]


async def open_incident(session: AsyncSession, *, new: NewIncident, by: str, now: datetime) -> Incident:
    """Open an incident. Raises `UnknownCategory`."""
    if new.category is not None:
        await taxonomies.validate_category(session, new.category)
    incident = Incident(
        id=new_id(), state=IncidentState.OPEN, opened_at=now, opened_by=by, closed_at=None, **asdict(new)
    )
    session.add(incident)
    await session.flush()
    await session.refresh(incident)
    return incident


async def get_incident(session: AsyncSession, *, incident_id: UUID) -> Incident:
    """Return the incident. Raises `IncidentNotFound`."""
    incident = await repository.get_incident(session, incident_id)
    if incident is None:
        raise IncidentNotFound
    return incident


async def list_incidents(
    session: AsyncSession, *, state: IncidentState | None, before: UUID | None, limit: int
) -> Sequence[Incident]:
    """Return the newest first."""
    return await repository.list_incidents(session, state=state, before=before, limit=limit)


async def count_complaints(session: AsyncSession, incidents: Sequence[Incident], *, confidential: bool) -> Counts:
    """Return how many complaints about each incident are in which state."""
    return await repository.count_by_state(session, [incident.id for incident in incidents], confidential=confidential)


async def update_incident(
    session: AsyncSession, *, incident_id: UUID, changes: Mapping[str, Any], if_match: int | None, now: datetime
) -> Incident:
    """Change the description, close or reopen the incident. Raises `IncidentNotFound`, `UnknownCategory`."""
    incident = await repository.lock_incident(session, incident_id)
    if incident is None:
        raise IncidentNotFound
    require_if_match(if_match, incident.revision)
    changed = {name: value for name, value in changes.items() if getattr(incident, name) != value}
    if changed.get("category") is not None:
        await taxonomies.validate_category(session, changed["category"])
    if "state" in changed:
        changed["closed_at"] = now if changed["state"] == IncidentState.CLOSED else None
    for name, value in changed.items():
        setattr(incident, name, value)
    incident.revision += bool(changed)
    return incident


async def list_complaints(
    session: AsyncSession, *, incident_id: UUID, confidential: bool, after: UUID | None, limit: int
) -> list[Case]:
    """Return the complaints about the incident by id, without merged ones. Raises `IncidentNotFound`."""
    await get_incident(session, incident_id=incident_id)
    found = await repository.list_complaints(session, incident_id, confidential=confidential, after=after, limit=limit)
    return await case.load_all(session, found)


async def lock_open_incident(session: AsyncSession, incident_id: UUID) -> Incident:
    """Lock the incident so that it stays open. Raises `IncidentNotFound`, `IncidentClosed`."""
    incident = await repository.lock_incident(session, incident_id)
    if incident is None:
        raise IncidentNotFound
    if incident.state != IncidentState.OPEN:
        raise IncidentClosed
    return incident
