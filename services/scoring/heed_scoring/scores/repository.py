"""SQL of customers, ledger and history: all but the writes of a batch, which are in `bulk_repository`."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from heed_common import driver
from heed_common.failed_work import repository as failed_work
from heed_scoring.identities import repository as identities
from heed_scoring.identities.customer_row import LockedCustomer
from heed_scoring.ledger.entry import LedgerKind, LedgerRow
from heed_scoring.ledger.facts import Facts, from_json
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.models.versions.repository import InForce
from heed_scoring.scores.score_document import PublishedScore, ScoreDocument, parse
from heed_scoring.tables import Customer, CustomerFacts, History, Ledger

PublishedQuery = Select[UUID, date | None, str | None, str | None, Decimal | None]
SELECT_PUBLISHED: PublishedQuery = (
    select(
        Customer.customer_id,
        Customer.scored_on,
        Customer.model_version,
        CustomerFacts.published_numbers,
        Customer.published_value_at_risk,
    )
    .join(CustomerFacts, CustomerFacts.customer_id == Customer.customer_id)
    .where(Customer.published_value_at_risk.is_not(None))
)

DAILY_REFRESH = "daily_refresh"
"""Name of both jobs in failed work."""
# No index knows who is stale, because the daily refresh would have to write it for everybody: this reads until it finds
# one, and all narrow rows if there is none.
HAS_STALE_CUSTOMERS = text("""
    SELECT EXISTS (SELECT FROM customer WHERE scored_on < :today OR model_version <> :model_version)
""")
HAS_DUE_CUSTOMERS = text("""
    SELECT EXISTS (
        SELECT FROM customer
        WHERE (scored_on < :today OR model_version <> :model_version) AND customer_id NOT IN (
            SELECT CAST(key AS uuid) FROM failed_work
            WHERE job = :job AND (dropped_at IS NOT NULL OR next_attempt_at > :now)
        )
    )
""")
LOCK_STALE_PAGE = text("""
    SELECT customer_id, model_version, scored_on, survivor_id FROM customer
    WHERE customer_id > :after AND customer_id <= :until
        AND (scored_on < :today OR model_version <> :model_version)
        AND customer_id NOT IN (
            SELECT CAST(key AS uuid) FROM failed_work
            WHERE job = :job AND (dropped_at IS NOT NULL OR next_attempt_at > :now)
        )
    ORDER BY customer_id FOR UPDATE SKIP LOCKED
""")
# A statement of its own: a join with the rows that are being locked could return facts from before a lock was granted.
SELECT_LOCKED_FACTS = text("""
    SELECT facts, facts_version, recorded_at, version, published_numbers, announced_breaks FROM customer_facts
    WHERE customer_id = ANY(CAST(:ids AS uuid[])) ORDER BY customer_id
""")
SELECT_PAGE_END = text("""
    SELECT customer_id FROM customer WHERE customer_id > :after ORDER BY customer_id OFFSET :size - 1 LIMIT 1
""")
SELECT_SURVIVOR = text("SELECT survivor_id FROM customer WHERE customer_id = :id")
# One snapshot of all that a score of now depends on: the family's facts, model and zone in force, the newest document.
SELECT_SCORE_INPUTS = text("""
    WITH named AS (
        SELECT coalesce((SELECT survivor_id FROM customer WHERE customer_id = :id), CAST(:id AS uuid)) AS survivor_id
    )
    SELECT named.survivor_id,
        (SELECT model_version FROM promotion ORDER BY promoted_at DESC LIMIT 1) AS model_version,
        (SELECT time_zone FROM champion) AS time_zone,
        newest.recorded_at, newest.document, member.*
    FROM named LEFT JOIN LATERAL (
        SELECT recorded_at, document FROM history WHERE customer_id = named.survivor_id
        ORDER BY recorded_at DESC LIMIT 1
    ) AS newest ON true
    LEFT JOIN LATERAL (
        SELECT customer_id, facts, recorded_at FROM (
            SELECT customer_id FROM customer WHERE customer_id = named.survivor_id
            UNION
            SELECT customer_id FROM customer WHERE survivor_id = named.survivor_id
        ) AS family JOIN customer_facts USING (customer_id)
        WHERE facts_version > 0
    ) AS member ON true
""")
SELECT_LATEST_DOCUMENTS = text("""
    SELECT newest.customer_id, newest.recorded_at, newest.document
    FROM unnest(CAST(:ids AS uuid[])) AS row(id) CROSS JOIN LATERAL (
        SELECT * FROM history WHERE customer_id = row.id ORDER BY recorded_at DESC LIMIT 1
    ) AS newest
""")
SELECT_EVENT_OUTCOMES = text("""
    SELECT event_id, 'dead' AS outcome FROM dead_letter WHERE event_id = ANY(CAST(:ids AS uuid[]))
    UNION ALL
    SELECT event_id, 'committed' FROM ledger WHERE event_id = ANY(CAST(:ids AS uuid[]))
""")


async def has_stale_customers(session: AsyncSession, *, today: date, model_version: str) -> bool:
    """Return whether a customer has a score of another day or another model."""
    found = await session.execute(HAS_STALE_CUSTOMERS, {"today": today, "model_version": model_version})
    return bool(found.scalar_one())


async def page_end_id(session: AsyncSession, *, after: UUID, size: int) -> UUID | None:
    """Return the last id of the next page; None where fewer customers are left."""
    return (await session.execute(SELECT_PAGE_END, {"after": after, "size": size})).scalar()


async def has_due_customers(session: AsyncSession, *, today: date, model_version: str, now: datetime) -> bool:
    """Return whether a daily refresh has work: stale customers that are not in failed work."""
    if not await has_stale_customers(session, today=today, model_version=model_version):
        return False
    # All stale customers are checked only if some are in failed work.
    if not await failed_work.select_keys(session, DAILY_REFRESH):
        return True
    due = {"job": DAILY_REFRESH, "today": today, "model_version": model_version, "now": now}
    return bool((await session.execute(HAS_DUE_CUSTOMERS, due)).scalar_one())


async def has_retries(session: AsyncSession, *, now: datetime) -> bool:
    """Return whether the next attempt of a customer in failed work is due."""
    keys = await failed_work.select_keys(session, DAILY_REFRESH)
    return bool(keys and keys - await failed_work.select_waiting(session, DAILY_REFRESH, keys, now=now))


async def lock_stale_page(
    session: AsyncSession, *, after: UUID, until: UUID, today: date, model_version: str, now: datetime
) -> list[LockedCustomer]:
    """Lock the stale customers in that range of ids and return them; locked ones are skipped."""
    params = {"job": DAILY_REFRESH, "after": after, "until": until}
    params |= {"today": today, "model_version": model_version, "now": now}
    locked = (await session.execute(LOCK_STALE_PAGE, params)).all()
    facts = await session.execute(SELECT_LOCKED_FACTS, {"ids": [row.customer_id for row in locked]})
    return [
        LockedCustomer(
            row.customer_id, found.facts, found.facts_version, found.recorded_at, found.version,
            found.published_numbers, row.model_version, row.scored_on, found.announced_breaks, row.survivor_id,
        )
        for row, found in zip(locked, facts, strict=True)
    ]  # fmt: skip


class ScoreInputs(NamedTuple):
    """All that a score depends on beside the day; None for what does not exist."""

    survivor_id: UUID
    facts: Facts | None
    model: InForce | None
    latest: ScoreDocument | None
    """The newest published score until the moment."""
    stored_facts: str | None = None
    """The facts of now as text, of a customer without merges."""


async def score_inputs(session: AsyncSession, customer_id: UUID, *, now: datetime) -> ScoreInputs:
    """Return the inputs of the score of now: one statement, unless the model is not loaded yet or days are closed."""
    rows = await driver.fetch(session, SELECT_SCORE_INPUTS, {"id": customer_id})
    survivor_id, version, time_zone, published_at, document, *_ = rows[0]
    model = None if version is None else await models_repository.load(session, version, time_zone)
    texts = {member: stored for *_, member, stored, _ in rows if member is not None}
    members = {member: from_json(stored) for member, stored in texts.items()}
    facts = None
    if members and model is not None:
        recorded_ats = {member: recorded_at for *_, member, _, recorded_at in rows}
        day = model.days.day_of(now)
        facts = await identities.merge_family(session, members, recorded_ats=recorded_ats, day=day)
    latest = None if document is None else parse(survivor_id, document, at=published_at)
    return ScoreInputs(survivor_id, facts, model, latest, next(iter(texts.values())) if len(texts) == 1 else None)


async def facts(session: AsyncSession, customer_id: UUID, *, day: date) -> Facts | None:
    """Return the merged facts of the customer's family for scores from that day on; None for an unknown customer."""
    return (await identities.family_facts(session, [customer_id], day=day)).get(customer_id)


async def survivor_of(session: AsyncSession, customer_id: UUID) -> UUID:
    """Return the customer that is scored for this one: the survivor of a merge, or the customer itself."""
    return (await session.execute(SELECT_SURVIVOR, {"id": customer_id})).scalar() or customer_id


async def ledger_rows_until(session: AsyncSession, customer_ids: Collection[UUID], *, at: datetime) -> list[LedgerRow]:
    """Return all rows recorded until that moment, the event of that microsecond included."""
    found = await session.scalars(
        select(Ledger)
        .where(Ledger.customer_id.in_(customer_ids), Ledger.recorded_at <= at)
        .order_by(Ledger.recorded_at)
    )
    return [
        LedgerRow(
            str(row.event_id), row.type, LedgerKind(row.kind), row.customer_id, row.part, row.day, row.currency,
            row.units, int(row.gross), int(row.margin), row.payload,
        )
        for row in found
    ]  # fmt: skip


async def latest_document(session: AsyncSession, customer_id: UUID, *, at: datetime) -> ScoreDocument | None:
    """Return the newest history row until that moment."""
    query = select(History).where(History.customer_id == customer_id, History.recorded_at <= at)
    row = await session.scalar(query.order_by(History.recorded_at.desc()).limit(1))
    return None if row is None else parse(customer_id, row.document, at=row.recorded_at)


async def latest_documents(session: AsyncSession, customer_ids: Sequence[UUID]) -> dict[UUID, ScoreDocument]:
    """Return the newest history row of each of these customers."""
    rows = await session.execute(SELECT_LATEST_DOCUMENTS, {"ids": customer_ids})
    return {row.customer_id: parse(row.customer_id, row.document, at=row.recorded_at) for row in rows}


async def by_value_at_risk(
    session: AsyncSession,
    *,
    customer_ids: Collection[UUID] = (),
    after: tuple[Decimal, UUID] | None,
    limit: int,
) -> list[PublishedScore]:
    """Return customers with a published score, the largest value at risk first; of merged ones the survivors."""
    query = SELECT_PUBLISHED
    if customer_ids:
        named = aliased(Customer)
        survivors = select(func.coalesce(named.survivor_id, named.customer_id))
        query = query.where(Customer.customer_id.in_(survivors.where(named.customer_id.in_(customer_ids))))
    return await published_scores(session, query, after=after, limit=limit)


async def published_scores(
    session: AsyncSession, query: PublishedQuery, *, after: tuple[Decimal, UUID] | None, limit: int
) -> list[PublishedScore]:
    """Return the published scores that the query selects, the largest value at risk first."""
    if after is not None:
        query = query.where(tuple_(Customer.published_value_at_risk, Customer.customer_id) < after)
    ordered = query.order_by(Customer.published_value_at_risk.desc(), Customer.customer_id.desc()).limit(limit)
    return [PublishedScore._make(row) for row in await session.execute(ordered)]


async def history(
    session: AsyncSession, customer_id: UUID, *, before: datetime | None, limit: int
) -> list[tuple[datetime, ScoreDocument]]:
    """Return the history of the customer, newest first."""
    query = select(History.recorded_at, History.document).where(History.customer_id == customer_id)
    if before is not None:
        query = query.where(History.recorded_at < before)
    rows = await session.execute(query.order_by(History.recorded_at.desc()).limit(limit))
    return [(recorded_at, parse(customer_id, document, at=recorded_at)) for recorded_at, document in rows]


async def event_outcomes(session: AsyncSession, event_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return for each processed event `committed`, or `dead` for a dead letter."""
    rows = await session.execute(SELECT_EVENT_OUTCOMES, {"ids": event_ids})
    return {row.event_id: row.outcome for row in rows}
