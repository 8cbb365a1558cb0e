"""Every query of complaints and their call-backs. Writes take row locks in the order of the ids."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.failed_work import repository as failed_work
from heed_survey.call_backs.rules import CallBackState, InTheWay, Known
from heed_survey.call_backs.tables import Complaint
from heed_survey.tables import Survey

JOB = "call-backs"
"""Name of the job in failed work."""
COLUMNS = tuple(getattr(Complaint, field.name) for field in fields(Known))


async def lock_known(session: AsyncSession, complaint_ids: Collection[UUID]) -> dict[UUID, Known]:
    query = select(*COLUMNS).where(Complaint.id.in_(complaint_ids)).order_by(Complaint.id).with_for_update()
    return {row.id: _known(row) for row in await session.execute(query)}


async def lock_due(session: AsyncSession, *, completed_until: datetime, limit: int, now: datetime) -> list[Known]:
    """Call-backs whose time has come; those that somebody is busy with are left out."""
    query = (
        select(*COLUMNS)
        .where(Complaint.call_back == CallBackState.SCHEDULED, Complaint.completed_at <= completed_until)
        .where(~failed_work.is_set_aside(JOB, Complaint.id, now=now))
        .order_by(Complaint.completed_at, Complaint.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return sorted(map(_known, await session.execute(query)), key=lambda known: known.id)


async def write(session: AsyncSession, rows: Sequence[Known]) -> None:
    """The caller holds the locks of those that were there; of those that were not, the newer one stays."""
    if not rows:
        return
    statement = insert(Complaint)
    changed = {field.name: statement.excluded[field.name] for field in fields(Known) if field.name != "id"}
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
) -> list[Known]:
    """Those that have waited longest first; confidential ones only where that is said."""
    place = tuple_(Complaint.completed_at, Complaint.id)
    query = select(*COLUMNS).where(Complaint.call_back == state).order_by(place).limit(limit)
    if not confidential:
        query = query.where(~Complaint.confidential)
    return [_known(row) for row in await session.execute(query if after is None else query.where(place > after))]


async def complaints_in_the_way(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, list[InTheWay]]:
    """Of those of these customers who have complaints that are not ended, which these are."""
    query = (
        select(Complaint.customer_id, Complaint.id, Complaint.confidential)
        .where(Complaint.customer_id.in_(customer_ids), Complaint.selling_suspended)
        .order_by(Complaint.customer_id, Complaint.id)
    )
    found: dict[UUID, list[InTheWay]] = {}
    for row in await session.execute(query):
        found.setdefault(row.customer_id, []).append(InTheWay(row.id, row.confidential))
    return found


async def insert_survey(session: AsyncSession, survey: dict[str, object]) -> bool:
    """False where it is there already."""
    statement = insert(Survey).values(**survey).on_conflict_do_nothing(index_elements=["id"])
    return (await session.execute(statement.returning(Survey.id))).one_or_none() is not None


def _known(row: object) -> Known:
    values = {field.name: getattr(row, field.name) for field in fields(Known)}
    state = values.pop("call_back")
    return Known(**values, call_back=state and CallBackState(state))
