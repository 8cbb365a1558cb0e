"""SQL of the agreements."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.sla.terms.agreements.rules import Agreement, parse
from heed_complaint.sla.terms.agreements.tables import AgreementReview, AgreementVersion

NEWEST = select(AgreementVersion).where(AgreementVersion.newest)


async def list_signed(session: AsyncSession, customer_ids: Collection[UUID]) -> list[Agreement]:
    """Return the signed agreements with any of these customers, and all with segments."""
    applies = or_(AgreementVersion.customer_id.in_(customer_ids), AgreementVersion.customer_id.is_(None))
    rows = await session.scalars(NEWEST.where(AgreementVersion.signed, applies))
    return [parse(row.id, row.version, row.document) for row in rows]


async def any_is_signed(session: AsyncSession) -> bool:
    return await session.scalar(NEWEST.where(AgreementVersion.signed).limit(1)) is not None


async def newest(session: AsyncSession, agreement_id: UUID) -> AgreementVersion | None:
    return await session.scalar(NEWEST.where(AgreementVersion.id == agreement_id))


async def version(session: AsyncSession, agreement_id: UUID, number: int) -> AgreementVersion | None:
    return await session.get(AgreementVersion, (agreement_id, number))


async def list_newest(
    session: AsyncSession, *, customer_ids: Collection[UUID] | None, before: UUID | None, limit: int
) -> Sequence[AgreementVersion]:
    """Return the newest versions, the latest agreement first."""
    query = NEWEST.order_by(AgreementVersion.id.desc()).limit(limit)
    if customer_ids is not None:
        query = query.where(AgreementVersion.customer_id.in_(sorted(customer_ids)))
    if before is not None:
        query = query.where(AgreementVersion.id < before)
    return (await session.scalars(query)).all()


async def overlaps(
    session: AsyncSession,
    *,
    customer_ids: Collection[UUID],
    except_id: UUID | None,
    since: datetime,
    until: datetime | None,
) -> bool:
    """Return whether another signed agreement with any of the customers is in force within that period."""
    query = select(AgreementVersion.id).where(
        AgreementVersion.newest,
        AgreementVersion.signed,
        AgreementVersion.customer_id.in_(sorted(customer_ids)),
        func.tstzrange(AgreementVersion.valid_from, AgreementVersion.valid_until).op("&&")(
            func.tstzrange(since, until)
        ),
    )
    if except_id is not None:
        query = query.where(AgreementVersion.id != except_id)
    return await session.scalar(query.limit(1)) is not None


async def add(session: AsyncSession, **values: Any) -> AgreementVersion:  # noqa: ANN401 columns of many types
    """Add a version, which replaces the newest one."""
    replaced = update(AgreementVersion).where(AgreementVersion.id == values["id"], AgreementVersion.newest)
    await session.execute(replaced.values(newest=False))
    row = AgreementVersion(**values, newest=True)
    session.add(row)
    await session.flush()
    return row


async def add_review(session: AsyncSession, **values: Any) -> AgreementReview:  # noqa: ANN401 columns of many types
    row = AgreementReview(**values)
    session.add(row)
    await session.flush()
    return row


async def list_reviews(
    session: AsyncSession, agreement_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[AgreementReview]:
    """Return the reviews in the order of their creation."""
    query = select(AgreementReview).where(AgreementReview.agreement_id == agreement_id).order_by(AgreementReview.id)
    if after is not None:
        query = query.where(AgreementReview.id > after)
    return (await session.scalars(query.limit(limit))).all()
