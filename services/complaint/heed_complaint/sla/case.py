"""A complaint with its clocks: locked, loaded, saved and published as one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import CaseKind, ComplaintEvent
from heed_common.outbox import StagedEvent
from heed_complaint.core import repository
from heed_complaint.core.errors import ComplaintIsMerged, ComplaintNotFound
from heed_complaint.core.priority_rank.repository import refresh_ranks
from heed_complaint.core.tables import Complaint
from heed_complaint.sla import repository as clock_repository
from heed_complaint.sla.clock.milestones import Clocks, breached, within_target
from heed_complaint.sla.clock.rows import ledger_of


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
    clocks = await clock_repository.load_clocks(session, [complaint_id], lock=True)
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
    clocks = await clock_repository.load_clocks(session, [complaint.id for complaint in complaints])
    return [Case(complaint, clocks[complaint.id]) for complaint in complaints]


async def save(session: AsyncSession, case: Case, *, now: datetime) -> None:
    """Save the complaint, its clocks and its pauses. All due alerts must have been fired."""
    clocks = {case.id: case.clocks}
    await save_clocks(session, clocks, now=now)
    await clock_repository.save_pauses(session, clocks)


async def save_new(session: AsyncSession, clocks: Mapping[UUID, Clocks], *, now: datetime) -> None:
    """Save the clocks and pauses of complaints that were just inserted, and their ranks."""
    await save_clocks(session, clocks, now=now)
    if paused := {complaint_id: its_clocks for complaint_id, its_clocks in clocks.items() if ledger_of(its_clocks)}:
        await clock_repository.save_pauses(session, paused)


async def save_clocks(session: AsyncSession, clocks: Mapping[UUID, Clocks], *, now: datetime) -> None:
    """Save the clocks of some complaints, without pauses, and refresh their ranks in the queue."""
    await session.flush()
    await clock_repository.save_clocks(session, clocks, now=now)
    await refresh_ranks(session, clocks)


def build_event(
    kind: Callable[..., ComplaintEvent],
    complaint: Complaint,
    clocks: Clocks,
    /,
    *,
    occurred_at: datetime,
    **more: object,
) -> StagedEvent:
    """Build the next event about the complaint, with its whole public state.

    The caller holds its row lock and stages the event.
    """
    complaint.version += 1
    # Consumers take the first one, the customer at the opening, for the partition key of the events.
    opening, former = complaint.opening_customer_id, complaint.former_customer_ids
    event = kind(
        occurred_at=occurred_at,
        complaint_id=complaint.id,
        customer_id=complaint.customer_id,
        former_customer_ids=() if opening is None else (opening, *former),
        severity=complaint.severity,
        state=complaint.state,
        category=complaint.category,
        opened_at=complaint.opened_at,
        received_at=complaint.received_at,
        completed_at=complaint.completed_at,
        ended_at=complaint.ended_at,
        within_target=within_target(clocks),
        solved=complaint.solved,
        breached=breached(clocks),
        paused=complaint.paused,
        nth=complaint.repeat_number,
        selling_suspended=complaint.kind == CaseKind.COMPLAINT and complaint.ended_at is None,
        merged_into=complaint.merged_into,
        confidential=complaint.confidential,
        # `RemedyGranted` has another `kind`.
        **({"kind": complaint.kind} | more),
    )
    return StagedEvent(event, complaint.version)
