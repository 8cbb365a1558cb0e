"""SQL of interactions and referrals."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import advisory_locks, driver, outbox
from heed_common.advisory_locks import AdvisoryLock
from heed_common.newest_first import newest_first
from heed_customer.commerce.interactions.rules import InteractionFilter, ReferralFilter
from heed_customer.commerce.interactions.tables import Interaction, Referral
from heed_customer.records.customers.identity import MERGED_WITH_REACHED_SQL

R = TypeVar("R", Interaction, Referral)

INTERACTION_COLUMNS = tuple(column.key for column in Interaction.__table__.columns)
# Inserted in the order of the external ids, as all writers do, so that two groups never deadlock.
INSERT_INTERACTIONS = text("""
    INSERT INTO interaction (
        id, event_id, external_id, customer_id, kind, channel, occurred_at, currency, cost, campaign, promise,
        fingerprint, recorded_at
    )
    SELECT row.id, row.event_id, row.external_id, row.customer_id, row.kind, row.channel, row.occurred_at, row.currency,
        row.cost, row.campaign, row.promise, row.fingerprint, row.recorded_at
    FROM unnest(
        CAST(:id AS uuid[]), CAST(:event_id AS uuid[]), CAST(:external_id AS text[]), CAST(:customer_id AS uuid[]),
        CAST(:kind AS text[]), CAST(:channel AS text[]), CAST(:occurred_at AS timestamptz[]),
        CAST(:currency AS text[]), CAST(:cost AS numeric[]), CAST(:campaign AS text[]), CAST(:promise AS text[]),
        CAST(:fingerprint AS bytea[]), CAST(:recorded_at AS timestamptz[])
    ) WITH ORDINALITY AS row(
        id, event_id, external_id, customer_id, kind, channel, occurred_at, currency, cost, campaign, promise,
        fingerprint, recorded_at, position
    )
    JOIN customer ON customer.id = row.customer_id
    ORDER BY row.external_id, row.position
    ON CONFLICT (external_id) DO NOTHING
    RETURNING id, cost, (SELECT epoch FROM outbox_epoch) AS epoch
""")

IS_REFERRED_BY = text(f"""
    WITH RECURSIVE reached (id) AS (
        SELECT CAST(:id AS uuid)
        UNION
        SELECT next.id FROM reached CROSS JOIN LATERAL (
            SELECT customer_id AS id FROM referral WHERE referred_customer_id = reached.id
            UNION ALL
            {MERGED_WITH_REACHED_SQL}
        ) AS next
    )
    SELECT EXISTS (SELECT FROM reached WHERE id = CAST(:by AS uuid))
""")  # noqa: S608 - of constants
"""Walks from a customer to those who referred it, through all customers merged with each of them."""


async def insert_interactions(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> dict[UUID, Interaction]:
    """Insert the interactions with existing customers whose external_id is new. Return those by id."""
    columns = {name: [row[name] for row in rows] for name in INTERACTION_COLUMNS}
    inserted = await driver.fetch(session, INSERT_INTERACTIONS, columns)
    if inserted:
        outbox.set_epoch(session, inserted[0]["epoch"])
    stored_costs = {row["id"]: row["cost"] for row in inserted}
    new = [Interaction(**{**row, "cost": stored_costs[row["id"]]}) for row in rows if row["id"] in stored_costs]
    return {row.id: row for row in new}


async def insert_referral(session: AsyncSession, row: Mapping[str, object]) -> Referral | None:
    """Insert the referral; None if its external_id exists."""
    statement = insert(Referral).values(row).on_conflict_do_nothing(index_elements=["external_id"])
    return (await session.execute(statement.returning(Referral))).scalar_one_or_none()


async def find_by_external_ids(session: AsyncSession, table: type[R], external_ids: Collection[str]) -> dict[str, R]:
    rows = await session.scalars(select(table).where(table.external_id.in_(external_ids)))
    return {row.external_id: row for row in rows if row.external_id is not None}


async def has_referral(session: AsyncSession, external_id: str) -> bool:
    return bool(await session.scalar(select(exists().where(Referral.external_id == external_id))))


async def list_interactions(
    session: AsyncSession, filters: InteractionFilter, *, after: tuple[Any, ...] | None, limit: int
) -> Sequence[Interaction]:
    """Return a page, the latest recorded first; with a range of time the latest interaction first."""
    table = Interaction
    page = newest_first(
        select(table), filters.times, moment=table.occurred_at, row_id=table.id, after=after, limit=limit
    )
    if filters.customer_ids is not None:
        page = page.where(table.customer_id.in_(filters.customer_ids))
    if filters.external_ids:
        page = page.where(table.external_id.in_(filters.external_ids))
    if filters.channels:
        page = page.where(table.channel.in_(filters.channels))
    if filters.kinds:
        page = page.where(table.kind.in_(filters.kinds))
    if filters.campaigns:
        page = page.where(table.campaign.in_(filters.campaigns))
    return (await session.scalars(page)).all()


async def list_referrals(
    session: AsyncSession, filters: ReferralFilter, *, after: tuple[Any, ...] | None, limit: int
) -> Sequence[Referral]:
    """Return a page, the latest recorded first; with a range of time the latest referral first."""
    table = Referral
    page = newest_first(
        select(table), filters.times, moment=table.occurred_at, row_id=table.id, after=after, limit=limit
    )
    if filters.customer_ids is not None:
        page = page.where(table.customer_id.in_(filters.customer_ids))
    if filters.referred_customer_ids is not None:
        page = page.where(table.referred_customer_id.in_(filters.referred_customer_ids))
    if filters.external_ids:
        page = page.where(table.external_id.in_(filters.external_ids))
    return (await session.scalars(page)).all()


async def lock_referrals(session: AsyncSession) -> None:
    """Let no other referral be recorded until the transaction ends: a cycle may close over customers neither names."""
    await advisory_locks.lock(session, AdvisoryLock.REFERRALS)


async def referrals_of(session: AsyncSession, referred_ids: Collection[UUID]) -> Sequence[Referral]:
    """Return the referrals of these customers, the oldest first."""
    statement = select(Referral).where(Referral.referred_customer_id.in_(referred_ids))
    return (await session.scalars(statement.order_by(Referral.recorded_at, Referral.id))).all()


async def is_referred_by(session: AsyncSession, customer_id: UUID, by: UUID) -> bool:
    """Return whether the customer was referred by that one, directly or through any number of others."""
    return bool(await session.scalar(IS_REFERRED_BY, {"id": customer_id, "by": by}))
