"""A complaint with its clocks: locked, loaded and saved as one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import ComplaintStatus
from heed_complaint.core import repository
from heed_complaint.core.errors import ComplaintIsMerged, ComplaintNotFound
from heed_complaint.core.tables import Complaint
from heed_complaint.sla import store
from heed_complaint.sla.clock.milestones import Clocks


@dataclass(frozen=True, slots=True)
class Case:
    """A complaint with its clocks."""

    complaint: Complaint
    clocks: Clocks

    @property
    def id(self) -> UUID:
        return self.complaint.id


async def lock(session: AsyncSession, complaint_id: UUID) -> Case:
    """Lock the complaint's row, then its clocks. Raises `ComplaintNotFound`."""
    complaint = await repository.lock_complaint(session, complaint_id)
    if complaint is None:
        raise ComplaintNotFound
    clocks = await store.lock(session, [complaint_id])
    return Case(complaint, clocks[complaint_id])


async def lock_unmerged(session: AsyncSession, complaint_id: UUID) -> Case:
    """Lock the case to handle it. Raises `ComplaintIsMerged` if another complaint is handled in its place."""
    case = await lock(session, complaint_id)
    if case.complaint.merged_into is not None:
        raise ComplaintIsMerged(case.complaint.merged_into)
    return case


async def load(session: AsyncSession, *, complaint_id: UUID) -> Case:
    """Return the complaint with its clocks. Raises `ComplaintNotFound`."""
    complaint = await repository.load_complaint(session, complaint_id)
    if complaint is None:
        raise ComplaintNotFound
    return (await load_all(session, [complaint]))[0]


async def load_all(session: AsyncSession, complaints: Sequence[Complaint]) -> list[Case]:
    """Return the complaints with their clocks, in the order given."""
    clocks = await store.load(session, [complaint.id for complaint in complaints])
    return [Case(complaint, clocks[complaint.id]) for complaint in complaints]


async def list_cases(
    session: AsyncSession,
    *,
    state: ComplaintStatus | None,
    customer_ids: Collection[UUID] | None,
    customer_wrote: bool | None,
    confidential: bool,
    before: UUID | None,
    limit: int,
) -> list[Case]:
    """Return the newest complaints first; confidential ones only to callers who may see them."""
    found = await repository.list_complaints(
        session,
        state=state,
        customer_ids=customer_ids,
        customer_wrote=customer_wrote,
        confidential=confidential,
        before=before,
        limit=limit,
    )
    return await load_all(session, found)


async def save(session: AsyncSession, case: Case, *, now: datetime) -> None:
    """Save the complaint, its clocks and its pauses. All alerts that are due must have been fired."""
    await session.flush()
    clocks = {case.id: case.clocks}
    await store.save(session, clocks, now=now)
    await store.save_pauses(session, clocks)
