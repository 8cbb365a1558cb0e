"""SQL of complaints and their call-backs. Writes take row locks in the order of the ids."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.failed_work import repository as failed_work
from heed_survey.call_backs.rules import BlockingComplaint, CallBack, CallBackState
from heed_survey.call_backs.tables import Complaint

JOB_NAME = "call-backs"
"""Name of the job in failed work."""
COLUMNS = tuple(getattr(Complaint, field.name) for field in fields(CallBack))


async def lock_call_backs(session: AsyncSession, complaint_ids: Collection[UUID]) -> dict[UUID, CallBack]:
    query = select(*COLUMNS).where(Complaint.id.in_(complaint_ids)).order_by(Complaint.id).with_for_update()
    return {row.id: _to_domain(row) for row in await session.execute(query)}


async def lock_due(session: AsyncSession, *, completed_until: datetime, limit: int, now: datetime) -> list[CallBack]:
    """Lock the call-backs that are due, except those that another transaction has locked."""
    query = (
        select(*COLUMNS)
        .where(Complaint.call_back_state == CallBackState.SCHEDULED, Complaint.completed_at <= completed_until)
        .where(~failed_work.is_set_aside(JOB_NAME, Complaint.id, now=now))
        .order_by(Complaint.completed_at, Complaint.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return sorted(map(_to_domain, await session.execute(query)), key=lambda call_back: call_back.id)


async def first_completed_at(session: AsyncSession, *, now: datetime) -> datetime | None:
    """Return when the first complaint whose call-back is scheduled was completed."""
    set_aside = failed_work.is_set_aside(JOB_NAME, Complaint.id, now=now)
    scheduled = Complaint.call_back_state == CallBackState.SCHEDULED
    return await session.scalar(select(func.min(Complaint.completed_at)).where(scheduled, ~set_aside))


async def call_back_state(session: AsyncSession, complaint_id: UUID) -> CallBackState | None:
    state = await session.scalar(select(Complaint.call_back_state).where(Complaint.id == complaint_id))
    return None if state is None else CallBackState(state)


async def upsert_call_backs(session: AsyncSession, rows: Sequence[CallBack]) -> None:
    """Upsert the rows. The caller has locked existing ones; of rows inserted concurrently the newer version stays."""
    if not rows:
        return
    statement = insert(Complaint)
    changed = {field.name: statement.excluded[field.name] for field in fields(CallBack) if field.name != "id"}
    newer = Complaint.version <= statement.excluded.version
    upsert = statement.on_conflict_do_update(index_elements=["id"], set_=changed, where=newer)
    await session.execute(upsert, [asdict(row) for row in sorted(rows, key=lambda row: row.id)])


async def list_call_backs(
    session: AsyncSession,
    *,
    state: CallBackState,
    confidential: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[CallBack]:
    """Return a page, the earliest completion first; confidential complaints only on request."""
    position = tuple_(Complaint.completed_at, Complaint.id)
    query = select(*COLUMNS).where(Complaint.call_back_state == state).order_by(position).limit(limit)
    if not confidential:
        query = query.where(~Complaint.confidential)
    if after is not None:
        query = query.where(position > after)
    return [_to_domain(row) for row in await session.execute(query)]


async def blocking_complaints(
    session: AsyncSession, customer_ids: Collection[UUID]
) -> dict[UUID, list[BlockingComplaint]]:
    """Return the complaints that suspend selling, for the customers that have any."""
    query = (
        select(Complaint.customer_id, Complaint.id, Complaint.confidential)
        .where(Complaint.customer_id.in_(customer_ids), Complaint.selling_suspended)
        .order_by(Complaint.customer_id, Complaint.id)
    )
    blocking: dict[UUID, list[BlockingComplaint]] = {}
    for row in await session.execute(query):
        blocking.setdefault(row.customer_id, []).append(BlockingComplaint(row.id, row.confidential))
    return blocking


async def suspended_customer_ids(session: AsyncSession) -> list[UUID]:
    """Return the customers with a complaint that suspends selling."""
    query = select(Complaint.customer_id).where(Complaint.selling_suspended, Complaint.customer_id.is_not(None))
    return [customer_id for customer_id in await session.scalars(query.distinct()) if customer_id is not None]


def _to_domain(row: object) -> CallBack:
    values = {field.name: getattr(row, field.name) for field in fields(CallBack)}
    state = values.pop("call_back_state")
    return CallBack(**values, call_back_state=state and CallBackState(state))
