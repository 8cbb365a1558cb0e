"""SQL of the facts of cases and of completed steps."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.tables import Complaint
from heed_complaint.resolution.checklists.tables import CaseFacts, StepCompletion


async def get_facts(session: AsyncSession, complaint_id: UUID) -> CaseFacts | None:
    return await session.get(CaseFacts, complaint_id, populate_existing=True)


async def facts_by_complaint(session: AsyncSession, complaint_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    query = select(CaseFacts.complaint_id, CaseFacts.facts).where(CaseFacts.complaint_id.in_(complaint_ids))
    return {row.complaint_id: row.facts for row in await session.execute(query)}


async def add_facts(session: AsyncSession, complaint_id: UUID, facts: Mapping[str, Any]) -> CaseFacts:
    row = CaseFacts(complaint_id=complaint_id, facts=dict(facts), revision=1)
    session.add(row)
    await session.flush()
    return row


async def incident_sizes(session: AsyncSession, incident_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return the number of complaints of each incident."""
    query = (
        select(Complaint.incident_id, func.count())
        .where(Complaint.incident_id.in_(incident_ids))
        .group_by(Complaint.incident_id)
    )
    return {incident_id: count for incident_id, count in await session.execute(query) if incident_id is not None}


async def list_completions(session: AsyncSession, complaint_id: UUID, playbook: str) -> dict[str, StepCompletion]:
    query = select(StepCompletion).where(
        StepCompletion.complaint_id == complaint_id, StepCompletion.playbook == playbook
    )
    rows = await session.scalars(query.execution_options(populate_existing=True))
    return {row.step: row for row in rows}


async def save_completion(
    session: AsyncSession,
    complaint_id: UUID,
    *,
    playbook: str,
    step: str,
    done: bool,
    note: str | None,
    by: str,
    at: datetime,
) -> None:
    """Insert or update the state of a step."""
    values = {"done": done, "note": note, "by": by, "at": at}
    row = insert(StepCompletion).values(complaint_id=complaint_id, playbook=playbook, step=step, **values)
    await session.execute(row.on_conflict_do_update(index_elements=["complaint_id", "playbook", "step"], set_=values))
