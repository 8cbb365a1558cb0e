"""SQL of consents."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import LargeBinary, delete, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.encryption import KEY_ID_BYTES
from heed_customer.reach.consents.tables import ConsentDecision, ConsentEvidence, Minor

STORED_KEY_ID = func.substring(ConsentEvidence.content, 1, KEY_ID_BYTES, type_=LargeBinary)


async def latest_decisions(
    session: AsyncSession, customer_ids: Collection[UUID], *, purposes: Collection[str], now: datetime
) -> Sequence[ConsentDecision]:
    """Return of each customer, purpose and channel the latest decision that has begun."""
    row = ConsentDecision
    key = (row.customer_id, row.purpose, row.channel)
    statement = (
        select(row)
        .ext(distinct_on(*key))
        .where(row.customer_id.in_(customer_ids), row.purpose.in_(purposes), row.valid_from <= now)
    )
    return (await session.scalars(statement.order_by(*key, row.version.desc()))).all()


async def last_recorded(
    session: AsyncSession, customer_id: UUID, *, purpose: str, channel: str
) -> ConsentDecision | None:
    """Return the decision that was recorded last, whether or not it has begun."""
    row = ConsentDecision
    statement = select(row).where(row.customer_id == customer_id, row.purpose == purpose, row.channel == channel)
    return (await session.scalars(statement.order_by(row.version.desc()).limit(1))).one_or_none()


async def add_decision(session: AsyncSession, decision: ConsentDecision, evidence: ConsentEvidence) -> None:
    session.add(decision)
    await session.flush()
    session.add(evidence)
    await session.flush()


async def add_decisions(
    session: AsyncSession, decisions: Sequence[ConsentDecision], evidence: Sequence[ConsentEvidence]
) -> None:
    session.add_all(decisions)
    await session.flush()
    session.add_all(evidence)
    await session.flush()


async def list_decisions(
    session: AsyncSession, customer_ids: Collection[UUID], *, before: UUID | None, limit: int
) -> Sequence[ConsentDecision]:
    """Return a page of all decisions of the customers, the latest first."""
    statement = select(ConsentDecision).where(ConsentDecision.customer_id.in_(customer_ids))
    if before is not None:
        statement = statement.where(ConsentDecision.id < before)
    return (await session.scalars(statement.order_by(ConsentDecision.id.desc()).limit(limit))).all()


async def find_evidence(session: AsyncSession, decision_ids: Collection[UUID]) -> dict[UUID, bytes]:
    """Return the encrypted evidence by decision."""
    row = ConsentEvidence
    rows = await session.scalars(select(row).where(row.decision_id.in_(decision_ids)))
    return {evidence.decision_id: evidence.content for evidence in rows}


async def lock_encrypted_by_older_keys(
    session: AsyncSession, *, key_id: bytes, after: UUID | None, limit: int
) -> Sequence[ConsentEvidence]:
    """Lock and return a page of the evidence that an older key encrypted, without what others lock."""
    row = ConsentEvidence
    statement = select(row).where(STORED_KEY_ID.is_distinct_from(key_id)).order_by(row.decision_id).limit(limit)
    if after is not None:
        statement = statement.where(row.decision_id > after)
    return (await session.scalars(statement.with_for_update(skip_locked=True))).all()


async def count_evidence_by_key(session: AsyncSession) -> dict[bytes, int]:
    """Return of how many decisions each key encrypted the evidence, by the id of the key."""
    rows = await session.execute(select(STORED_KEY_ID, func.count()).group_by(STORED_KEY_ID))
    return {bytes(key_id): count for key_id, count in rows}


async def is_minor(session: AsyncSession, customer_ids: Collection[UUID], *, today: date) -> bool:
    """Return whether one of these customers, who are one person, is a child."""
    return bool(await session.scalar(select(exists().where(Minor.customer_id.in_(customer_ids), Minor.until > today))))


async def put_minor(session: AsyncSession, customer_id: UUID, *, until: date) -> None:
    statement = insert(Minor).values(customer_id=customer_id, until=until)
    await session.execute(statement.on_conflict_do_update(index_elements=["customer_id"], set_={"until": until}))


async def delete_minor(session: AsyncSession, customer_id: UUID) -> None:
    await session.execute(delete(Minor).where(Minor.customer_id == customer_id))
