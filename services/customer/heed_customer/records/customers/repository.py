"""SQL of customers."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, cast, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.failed_work import repository as failed_work
from heed_customer.records.customers.identity import survivor_of_customer
from heed_customer.records.customers.names import SEARCH_VERSION
from heed_customer.records.customers.tables import Customer

FIELDS = ("external_id", "kind", "role", "buyer_type", "name", "language", "time_zone", "region", "owner")
INSERT_CUSTOMERS = text("""
    INSERT INTO customer (
        id, event_id, fingerprint, external_id, kind, role, buyer_type, name, language, time_zone, region, owner,
        version, revision, registered_at, changed_at, search_text, sort_name, search_version
    )
    SELECT row.id, row.event_id, row.fingerprint, row.external_id, row.kind, row.role, row.buyer_type, row.name,
        row.language, row.time_zone, row.region, row.owner,
        1, 1, CAST(:registered_at AS timestamptz), CAST(:registered_at AS timestamptz), row.search_text,
        row.sort_name, CAST(:search_version AS smallint)
    FROM unnest(
        CAST(:id AS uuid[]), CAST(:event_id AS uuid[]), CAST(:fingerprint AS bytea[]), CAST(:external_id AS text[]),
        CAST(:kind AS text[]), CAST(:role AS text[]), CAST(:buyer_type AS text[]), CAST(:name AS text[]),
        CAST(:language AS text[]), CAST(:time_zone AS text[]), CAST(:region AS text[]), CAST(:owner AS text[]),
        CAST(:search_text AS text[]), CAST(:sort_name AS text[])
    ) WITH ORDINALITY AS row(
        id, event_id, fingerprint, external_id, kind, role, buyer_type, name, language, time_zone, region, owner,
        search_text, sort_name, position
    )
    ORDER BY row.external_id, row.position
    ON CONFLICT (external_id) DO NOTHING
    RETURNING id
""")


async def insert_customers(session: AsyncSession, customers: Sequence[Customer]) -> set[UUID]:
    """Insert the customers whose external_id is new or missing. Return their ids."""
    columns: dict[str, object] = {
        name: [getattr(customer, name) for customer in customers]
        for name in ("id", "event_id", "fingerprint", *FIELDS, "search_text", "sort_name")
    }
    params = {"registered_at": customers[0].registered_at, "search_version": SEARCH_VERSION}
    rows = await session.execute(INSERT_CUSTOMERS, columns | params)
    return set(rows.scalars())


async def add_customer(session: AsyncSession, customer: Customer) -> None:
    session.add(customer)
    await session.flush()


async def lock_customer(session: AsyncSession, customer_id: UUID) -> Customer | None:
    """Lock the customer until the transaction ends; purchases of the customer can still be recorded."""
    statement = select(Customer).where(Customer.id == customer_id).with_for_update(key_share=True)
    return (await session.execute(statement)).scalar_one_or_none()


async def find_by_external_ids(session: AsyncSession, external_ids: Collection[str]) -> dict[str, Customer]:
    rows = await session.scalars(select(Customer).where(Customer.external_id.in_(external_ids)))
    return {row.external_id: row for row in rows if row.external_id is not None}


async def lock_by_external_ids(session: AsyncSession, external_ids: Collection[str]) -> dict[str, Customer]:
    """Lock customers until the end of the transaction, in the order of their ids as all writers do."""
    statement = select(Customer).where(Customer.external_id.in_(external_ids)).order_by(Customer.id)
    rows = await session.scalars(
        statement.with_for_update(key_share=True), execution_options={"populate_existing": True}
    )
    return {row.external_id: row for row in rows if row.external_id is not None}


async def load_customers(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Customer]:
    rows = await session.scalars(select(Customer).where(Customer.id.in_(ids)))
    return {row.id: row for row in rows}


async def find_ids(
    session: AsyncSession, *, ids: Collection[UUID], external_ids: Collection[str] = ()
) -> dict[UUID | str, UUID]:
    """Return the ids of the customers that exist, by id and by external_id."""
    statement = select(Customer.id, Customer.external_id).where(
        or_(Customer.id.in_(ids), Customer.external_id.in_(external_ids))
    )
    rows = (await session.execute(statement)).all()
    return {row.id: row.id for row in rows} | {row.external_id: row.id for row in rows if row.external_id is not None}


async def select_outdated(session: AsyncSession, *, job: str, now: datetime, limit: int) -> Sequence[Customer]:
    """Lock and return customers whose search columns earlier functions computed, without those that failed lately."""
    is_set_aside = failed_work.is_set_aside(job, cast(Customer.id, Text), now=now)
    outdated = select(Customer).where(Customer.search_version < SEARCH_VERSION, ~is_set_aside)
    return (await session.scalars(outdated.limit(limit).with_for_update(skip_locked=True, key_share=True))).all()


async def list_newest_ids(session: AsyncSession, *, limit: int) -> Sequence[UUID]:
    """Return the customers that were registered last, without merged duplicates."""
    query = select(Customer.id).where(survivor_of_customer().is_(None)).order_by(Customer.id.desc()).limit(limit)
    return (await session.scalars(query)).all()
