"""SQL of customers."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, func, or_, select, text, union
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.text import normalize_for_comparison
from heed_customer.records.customers.identity import survivor_of_customer, survivors_where
from heed_customer.records.customers.tables import Customer

FIELDS = ("external_id", "kind", "role", "buyer_type", "name", "language", "time_zone", "region", "owner")
INSERT_CUSTOMERS = text("""
    INSERT INTO customer (
        id, event_id, fingerprint, external_id, kind, role, buyer_type, name, language, time_zone, region, owner,
        version, revision, registered_at, changed_at, search_text
    )
    SELECT row.id, row.event_id, row.fingerprint, row.external_id, row.kind, row.role, row.buyer_type, row.name,
        row.language, row.time_zone, row.region, row.owner,
        1, 1, CAST(:registered_at AS timestamptz), CAST(:registered_at AS timestamptz), row.search_text
    FROM unnest(
        CAST(:id AS uuid[]), CAST(:event_id AS uuid[]), CAST(:fingerprint AS bytea[]), CAST(:external_id AS text[]),
        CAST(:kind AS text[]), CAST(:role AS text[]), CAST(:buyer_type AS text[]), CAST(:name AS text[]),
        CAST(:language AS text[]), CAST(:time_zone AS text[]), CAST(:region AS text[]), CAST(:owner AS text[]),
        CAST(:search_text AS text[])
    ) WITH ORDINALITY AS row(
        id, event_id, fingerprint, external_id, kind, role, buyer_type, name, language, time_zone, region, owner,
        search_text, position
    )
    ORDER BY row.external_id, row.position
    ON CONFLICT (external_id) DO NOTHING
    RETURNING id
""")


async def insert_customers(session: AsyncSession, customers: Sequence[Customer]) -> set[UUID]:
    """Insert the customers whose external_id is new or missing. Return their ids."""
    names = ("id", "event_id", "fingerprint", *FIELDS, "search_text")
    columns: dict[str, object] = {name: [getattr(customer, name) for customer in customers] for name in names}
    rows = await session.execute(INSERT_CUSTOMERS, {**columns, "registered_at": customers[0].registered_at})
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


async def list_customers(
    session: AsyncSession, *, words: str | None, owner: str | None, after: UUID | None, limit: int
) -> Sequence[Customer]:
    """Return a page in the order of registration, so that no customer appears twice while others are registered.

    Duplicates that are merged are left out; the survivor of a duplicate that matches is returned.
    """
    page = select(Customer.id).where(survivor_of_customer().is_(None)).order_by(Customer.id).limit(limit)
    if owner is not None:
        page = page.where(Customer.owner == owner)
    if after is not None:
        page = page.where(Customer.id > after)
    if words is not None:
        matches = _matches(words)
        # Two pages, because an index serves no condition that is joined to another one by OR.
        found = union(page.where(matches), page.where(Customer.id.in_(survivors_where(matches)))).subquery("found")
        page = select(found.c.id).order_by(found.c.id).limit(limit)
    statement = select(Customer).where(Customer.id.in_(page)).order_by(Customer.id)
    return (await session.scalars(statement)).all()


async def list_newest_ids(session: AsyncSession, *, limit: int) -> Sequence[UUID]:
    """Return the customers that were registered last, without merged duplicates."""
    query = select(Customer.id).where(survivor_of_customer().is_(None)).order_by(Customer.id.desc()).limit(limit)
    return (await session.scalars(query)).all()


def _matches(words: str) -> ColumnElement[bool]:
    """Return the condition that name or external_id contain each of the words, in any order."""
    tokens = dict.fromkeys(normalize_for_comparison(words).split())
    pairs = {token[start : start + 2] for token in tokens for start in range(len(token) - 1)}
    contained = and_(*(Customer.search_text.contains(token, autoescape=True) for token in tokens))
    if not pairs:
        return contained
    indexed = func.search_pairs(Customer.search_text, type_=ARRAY(Text))
    return and_(indexed.contains(sorted(pairs)), contained)
