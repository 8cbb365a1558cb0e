"""SQL of the complaints' read model. Writes take row locks in the order of the ids."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.read_models.complaints.rules import ComplaintState
from heed_customer.read_models.complaints.tables import Complaint

INSERT_PLACEHOLDERS = text("""
    INSERT INTO complaint (id) SELECT id FROM unnest(CAST(:ids AS uuid[])) AS row(id) ORDER BY id ON CONFLICT DO NOTHING
""")


async def lock_complaints(session: AsyncSession, complaint_ids: Collection[UUID]) -> None:
    """Lock the complaints until the transaction ends; a placeholder is created for each that has no row yet."""
    ids = sorted(complaint_ids)
    await session.execute(INSERT_PLACEHOLDERS, {"ids": ids})
    await session.execute(select(Complaint.id).where(Complaint.id.in_(ids)).order_by(Complaint.id).with_for_update())


async def upsert_complaints(session: AsyncSession, states: Sequence[ComplaintState]) -> None:
    """Upsert the states; of each complaint the highest version stays."""
    if not states:
        return
    statement = insert(Complaint)
    changed = {name: statement.excluded[name] for name in ComplaintState.__slots__ if name != "id"}
    newer = Complaint.version < statement.excluded.version
    upsert = statement.on_conflict_do_update(index_elements=["id"], set_=changed, where=newer)
    await session.execute(upsert, [asdict(state) for state in states])


async def count_open(session: AsyncSession, customer_ids: Collection[UUID], *, confidential: bool) -> dict[UUID, int]:
    """Return the number of open complaints of each customer that has any."""
    query = select(Complaint.customer_id, func.count()).where(
        Complaint.is_open, Complaint.customer_id.in_(customer_ids)
    )
    if not confidential:
        query = query.where(Complaint.confidential.is_(False))
    rows = await session.execute(query.group_by(Complaint.customer_id))
    return {customer_id: count for customer_id, count in rows if customer_id is not None}


async def list_open_ids(
    session: AsyncSession, customer_ids: Collection[UUID], *, confidential: bool, limit: int
) -> Sequence[UUID]:
    """Return the open complaints of these customers, the oldest first."""
    query = select(Complaint.id).where(Complaint.is_open, Complaint.customer_id.in_(customer_ids))
    if not confidential:
        query = query.where(Complaint.confidential.is_(False))
    return (await session.scalars(query.order_by(Complaint.id).limit(limit))).all()


async def has_any_open(session: AsyncSession, customer_ids: Collection[UUID]) -> bool:
    """Return whether one of the customers has an open complaint, or one that suspends selling."""
    waits = or_(Complaint.is_open, Complaint.selling_suspended)
    return bool(await session.scalar(select(exists().where(Complaint.customer_id.in_(customer_ids), waits))))


async def confidentiality(session: AsyncSession, complaint_ids: Collection[UUID]) -> dict[UUID, bool]:
    """Return whether each of these complaints is confidential, without the placeholders."""
    query = select(Complaint.id, Complaint.confidential).where(Complaint.id.in_(complaint_ids), Complaint.version > 0)
    return {row.id: row.confidential for row in await session.execute(query)}
