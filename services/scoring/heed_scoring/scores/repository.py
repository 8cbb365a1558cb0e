"""Every query of scoring about customers, their ledger and their history; `writes_repository` writes them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.failed_work import repository as failed_work
from heed_scoring.identities.customer_row import CustomerState, states_of
from heed_scoring.identities.merged_facts import union
from heed_scoring.ledger.entry import LedgerKind, LedgerRow
from heed_scoring.ledger.facts import Facts, from_json
from heed_scoring.scores.score_document import Said, read
from heed_scoring.tables import Customer, History, Ledger

SWEEP = "sweep"
"""Name of both jobs of the sweep in failed work."""
ANY_STALE = text("""
    SELECT EXISTS (SELECT FROM customer WHERE model_version = :model_version AND scored_day < :today)
        OR EXISTS (SELECT FROM customer WHERE model_version < :model_version)
        OR EXISTS (SELECT FROM customer WHERE model_version > :model_version)
""")
# A union, so that each part uses the index: few customers are stale among a million that are not.
ANY_DUE = text("""
    SELECT EXISTS (
        SELECT FROM (
            SELECT customer_id FROM customer WHERE model_version = :model_version AND scored_day < :today
            UNION ALL SELECT customer_id FROM customer WHERE model_version < :model_version
            UNION ALL SELECT customer_id FROM customer WHERE model_version > :model_version
        ) AS stale
        WHERE CAST(customer_id AS text) NOT IN (
            SELECT key FROM failed_work WHERE job = :job AND (dropped_at IS NOT NULL OR next_attempt_at > :now)
        )
    )
""")
CLAIM_STALE = text("""
    SELECT customer_id, facts, facts_version, known_at, version, numbers, model_version, scored_day, told_breaks, root
    FROM customer
    WHERE customer_id > :after AND customer_id <= :until
        AND (scored_day < :today OR model_version <> :model_version)
        AND CAST(customer_id AS text) NOT IN (
            SELECT key FROM failed_work WHERE job = :job AND (dropped_at IS NOT NULL OR next_attempt_at > :now)
        )
    ORDER BY customer_id FOR UPDATE SKIP LOCKED
""")
END_OF_PAGE = text("""
    SELECT customer_id FROM customer WHERE customer_id > :after ORDER BY customer_id OFFSET :size - 1 LIMIT 1
""")

FACTS = text("""
    SELECT member.facts
    FROM customer AS named CROSS JOIN LATERAL (
        SELECT named.facts, named.facts_version WHERE named.root IS NULL
        UNION ALL
        SELECT facts, facts_version FROM customer WHERE root = named.root
    ) AS member
    WHERE named.customer_id = :id AND member.facts_version > 0
""")
SURVIVOR = text("SELECT root FROM customer WHERE customer_id = :id")
SELECT_LATEST_DOCUMENTS = text("""
    SELECT newest.customer_id, newest.known_at, newest.said
    FROM unnest(CAST(:ids AS uuid[])) AS row(id) CROSS JOIN LATERAL (
        SELECT * FROM history WHERE customer_id = row.id ORDER BY known_at DESC LIMIT 1
    ) AS newest
""")
ENDS = text("""
    SELECT event_id, 'dead' AS ending FROM dead_letter WHERE event_id = ANY(CAST(:ids AS uuid[]))
    UNION ALL
    SELECT event_id, 'committed' FROM ledger WHERE event_id = ANY(CAST(:ids AS uuid[]))
""")


async def any_stale(session: AsyncSession, *, today: date, model_version: str) -> bool:
    """Whether some customer's last score is of another day or another model."""
    found = await session.execute(ANY_STALE, {"today": today, "model_version": model_version})
    return bool(found.scalar_one())


async def end_of_page(session: AsyncSession, *, after: UUID, size: int) -> UUID | None:
    """The id that ends the next so many customers; None where fewer are left."""
    return (await session.execute(END_OF_PAGE, {"after": after, "size": size})).scalar()


async def any_due(session: AsyncSession, *, today: date, model_version: str, now: datetime) -> bool:
    """Return whether a sweep has work: stale customers that are not in failed work."""
    if not await any_stale(session, today=today, model_version=model_version):
        return False
    # All stale customers are checked only if some are in failed work.
    if not await failed_work.select_keys(session, SWEEP):
        return True
    due = {"job": SWEEP, "today": today, "model_version": model_version, "now": now}
    return bool((await session.execute(ANY_DUE, due)).scalar_one())


async def claim_stale(
    session: AsyncSession, *, after: UUID, until: UUID, today: date, model_version: str, now: datetime
) -> list[CustomerState]:
    """Those of them in that range of ids, locked; customers at work elsewhere are passed by."""
    wanted = {
        "job": SWEEP, "after": after, "until": until, "today": today, "model_version": model_version, "now": now,
    }  # fmt: skip
    return states_of((await session.execute(CLAIM_STALE, wanted)).all())


async def facts(session: AsyncSession, customer_id: UUID) -> Facts | None:
    """What is folded of the customer and of all who are one with them; None where nothing is known."""
    stored = (await session.execute(FACTS, {"id": customer_id})).scalars().all()
    return union(from_json(part) for part in stored) if stored else None


async def survivor(session: AsyncSession, customer_id: UUID) -> UUID:
    """Who is scored for this customer: themselves, or whom they are merged into."""
    return (await session.execute(SURVIVOR, {"id": customer_id})).scalar() or customer_id


async def rows_until(session: AsyncSession, customer_ids: Collection[UUID], *, at: datetime) -> list[LedgerRow]:
    """What was known of these customers at that moment, the event of that microsecond included."""
    found = await session.scalars(
        select(Ledger).where(Ledger.customer_id.in_(customer_ids), Ledger.known_at <= at).order_by(Ledger.known_at)
    )
    return [
        LedgerRow(
            row.event_id, row.type, LedgerKind(row.kind), row.customer_id, row.place, row.day, row.currency,
            row.units, int(row.gross), int(row.margin), row.detail,
        )
        for row in found
    ]  # fmt: skip


async def last_said(session: AsyncSession, customer_id: UUID, *, at: datetime | None) -> Said | None:
    """The newest history row of that moment; of all without one."""
    query = select(History).where(History.customer_id == customer_id).order_by(History.known_at.desc()).limit(1)
    row = await session.scalar(query if at is None else query.where(History.known_at <= at))
    return None if row is None else read(customer_id, row.said, at=row.known_at)


async def latest_documents(session: AsyncSession, customer_ids: Sequence[UUID]) -> dict[UUID, Said]:
    """Return the newest history row of each of these customers."""
    rows = await session.execute(SELECT_LATEST_DOCUMENTS, {"ids": customer_ids})
    return {row.customer_id: read(row.customer_id, row.said, at=row.known_at) for row in rows}


async def by_value_at_risk(
    session: AsyncSession, *, after: tuple[Decimal, UUID] | None, limit: int
) -> Sequence[Customer]:
    """Customers with a score, the largest value at risk first."""
    query = select(Customer).where(Customer.value_at_risk.is_not(None))
    if after is not None:
        query = query.where(tuple_(Customer.value_at_risk, Customer.customer_id) < after)
    ordered = query.order_by(Customer.value_at_risk.desc(), Customer.customer_id.desc()).limit(limit)
    return (await session.scalars(ordered)).all()


async def history(
    session: AsyncSession, customer_id: UUID, *, before: datetime | None, limit: int
) -> list[tuple[datetime, Said]]:
    """What was said, newest first."""
    query = select(History.known_at, History.said).where(History.customer_id == customer_id)
    if before is not None:
        query = query.where(History.known_at < before)
    rows = await session.execute(query.order_by(History.known_at.desc()).limit(limit))
    return [(known_at, read(customer_id, said, at=known_at)) for known_at, said in rows]


async def ends(session: AsyncSession, event_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Which of these events scoring has committed, and which ended among the dead letters."""
    rows = await session.execute(ENDS, {"ids": event_ids})
    return {row.event_id: row.ending for row in rows}
