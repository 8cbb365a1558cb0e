"""Every query of merges. `alias` stores the events, `customer.survivor_id` the present result."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import driver
from heed_scoring.engine.features.features import year_before
from heed_scoring.identities.alias_graph import Alias, Aliases
from heed_scoring.identities.customer_row import LockedCustomer
from heed_scoring.identities.merged_facts import members_to_open, merge_facts
from heed_scoring.ledger.facts import Facts, from_json
from heed_scoring.repository import open_days
from heed_scoring.tables import Alias as AliasRow

# The merges known before the locks decide whom to lock; no round trip of its own, because most are not merged.
INSERT_CUSTOMERS = text("""
    WITH missing AS (
        SELECT id FROM unnest(CAST(:ids AS uuid[])) AS row(id)
        WHERE NOT EXISTS (SELECT FROM customer WHERE customer_id = id) ORDER BY id
    ), added AS (
        INSERT INTO customer (customer_id) SELECT id FROM missing ON CONFLICT DO NOTHING
    ), added_facts AS (
        INSERT INTO customer_facts (customer_id, facts, facts_version, version)
        SELECT id, '{}', 0, 0 FROM missing ON CONFLICT DO NOTHING
    )
    SELECT other.customer_id
    FROM (
        SELECT DISTINCT survivor_id FROM customer
        WHERE customer_id = ANY(CAST(:ids AS uuid[])) AND survivor_id IS NOT NULL
    ) AS top
    CROSS JOIN LATERAL (SELECT customer_id FROM customer WHERE survivor_id = top.survivor_id OFFSET 0) AS other
""")
LOCK_CUSTOMERS = text("""
    SELECT customer_id, facts, facts_version, recorded_at, version, published_numbers, model_version, scored_on,
           announced_breaks, survivor_id
    FROM customer JOIN customer_facts USING (customer_id)
    WHERE customer_id = ANY(CAST(:ids AS uuid[])) ORDER BY customer_id FOR UPDATE
""")
INSERT_ALIASES = text("""
    INSERT INTO alias (member, version, survivor, recorded_at)
    SELECT member, version, survivor, recorded_at
    FROM unnest(
        CAST(:members AS uuid[]), CAST(:versions AS bigint[]), CAST(:survivors AS uuid[]),
        CAST(:recorded_ats AS timestamptz[])
    ) AS row(member, version, survivor, recorded_at)
    ORDER BY member, version
    ON CONFLICT DO NOTHING
""")
SELECT_FAMILY = text("""
    SELECT other.customer_id
    FROM (
        SELECT DISTINCT survivor_id FROM customer
        WHERE customer_id = ANY(CAST(:ids AS uuid[])) AND survivor_id IS NOT NULL
    ) AS top
    CROSS JOIN LATERAL (SELECT customer_id FROM customer WHERE survivor_id = top.survivor_id OFFSET 0) AS other
""")
# One statement, so one snapshot: rows and aliases change together. Only a customer that is merged, by the row or by the
# aliases, or has no score can contradict the aliases.
SELECT_LINKED_CUSTOMERS = text("""
    SELECT customer_id, survivor_id, scored_on IS NOT NULL AS is_scored,
           newest.version, newest.survivor, newest.recorded_at
    FROM customer LEFT JOIN (
        SELECT DISTINCT ON (member) member, version, survivor, recorded_at FROM alias ORDER BY member, version DESC
    ) AS newest ON newest.member = customer_id
    WHERE survivor_id IS NOT NULL OR scored_on IS NULL OR newest.member IS NOT NULL
        OR EXISTS (SELECT FROM alias WHERE survivor = customer_id)
    ORDER BY customer_id
""")
SELECT_FACTS = text("""
    SELECT named.customer_id, customer_facts.customer_id, facts, recorded_at
    FROM customer AS named CROSS JOIN LATERAL (
        SELECT named.customer_id WHERE named.survivor_id IS NULL
        UNION ALL
        SELECT customer_id FROM customer WHERE survivor_id = named.survivor_id
    ) AS member JOIN customer_facts ON customer_facts.customer_id = member.customer_id
    WHERE named.customer_id = ANY(CAST(:ids AS uuid[])) AND facts_version > 0
""")
# The newest alias of each member is followed; UNION ends a cycle.
SELECT_CHAINS = text("""
    WITH RECURSIVE chain (id) AS (
        SELECT unnest(CAST(:ids AS uuid[]))
        UNION
        SELECT newest.survivor FROM chain CROSS JOIN LATERAL (
            SELECT survivor FROM alias WHERE member = chain.id ORDER BY version DESC LIMIT 1
        ) AS newest
        WHERE newest.survivor IS NOT NULL
    )
    SELECT id FROM chain
""")
# All customers that were ever merged with one another, in either direction: a past moment may have another survivor.
SELECT_RELATED_ALIASES = text("""
    WITH RECURSIVE related (id) AS (
        SELECT CAST(:id AS uuid)
        UNION
        SELECT linked.id FROM related CROSS JOIN LATERAL (
            SELECT survivor AS id FROM alias WHERE member = related.id AND survivor IS NOT NULL
            UNION ALL
            SELECT member FROM alias WHERE survivor = related.id
        ) AS linked
    )
    SELECT alias.member, alias.version, alias.survivor, alias.recorded_at
    FROM related JOIN alias ON alias.member = related.id WHERE alias.recorded_at <= :at
""")


async def lock_customers(session: AsyncSession, customer_ids: Sequence[UUID]) -> dict[UUID, LockedCustomer]:
    """Insert the missing rows and lock all customers with their families. Every caller locks in the same order."""
    ids = sorted(set(customer_ids), key=attrgetter("int"))
    if not ids:
        return {}
    merged = [customer_id for (customer_id,) in await driver.fetch(session, INSERT_CUSTOMERS, {"ids": ids})]
    if merged:
        ids = sorted({*ids, *merged}, key=attrgetter("int"))
    locked = [LockedCustomer(*row) for row in await driver.fetch(session, LOCK_CUSTOMERS, {"ids": ids})]
    return {customer.customer_id: customer for customer in locked}


async def insert_aliases(session: AsyncSession, rows: Collection[Alias]) -> None:
    if rows:
        columns = zip(*rows, strict=True)
        await session.execute(
            INSERT_ALIASES, dict(zip(("members", "versions", "survivors", "recorded_ats"), columns, strict=True))
        )


async def aliases(session: AsyncSession, members: Collection[UUID]) -> Aliases:
    """Return all aliases of these members."""
    rows = await session.scalars(select(AliasRow).where(AliasRow.member.in_(members)))
    return Aliases(Alias(row.member, row.version, row.survivor, row.recorded_at) for row in rows)


async def linked_customers(session: AsyncSession) -> Sequence[Row[Any]]:
    """Return survivor and newest alias of each customer that is or was merged, or has no score."""
    return (await session.execute(SELECT_LINKED_CUSTOMERS)).all()


async def family(session: AsyncSession, customer_ids: Sequence[UUID]) -> set[UUID]:
    """Return all members of the families of these customers; nothing where none of them is merged."""
    return set(await session.scalars(SELECT_FAMILY, {"ids": customer_ids}))


async def chains(session: AsyncSession, customer_ids: Collection[UUID]) -> set[UUID]:
    """Return these customers and all survivors that their newest aliases lead to."""
    return set(await session.scalars(SELECT_CHAINS, {"ids": list(customer_ids)}))


async def members_at(session: AsyncSession, customer_id: UUID, *, at: datetime) -> tuple[UUID, Collection[UUID]]:
    """Return the survivor and the members of the family at that moment."""
    rows = await session.execute(SELECT_RELATED_ALIASES, {"id": customer_id, "at": at})
    aliases_then = Aliases(Alias(*row) for row in map(tuple, rows))
    return aliases_then.root(customer_id), aliases_then.family(customer_id)


async def family_facts(session: AsyncSession, customer_ids: Sequence[UUID], *, day: date) -> dict[UUID, Facts]:
    """Return for each of these customers the facts of the family, merged to be scored on that day or a later one.

    Unknown customers are missing.
    """
    families: dict[UUID, dict[UUID, Facts]] = {}
    recorded_ats = {}
    for customer_id, member, stored, recorded_at in await session.execute(SELECT_FACTS, {"ids": customer_ids}):
        families.setdefault(customer_id, {})[member] = from_json(stored)
        recorded_ats[member] = recorded_at
    return {
        customer_id: await merge_family(session, members, recorded_ats=recorded_ats, day=day)
        for customer_id, members in families.items()
    }


async def merge_family(
    session: AsyncSession,
    members: Mapping[UUID, Facts],
    *,
    recorded_ats: Mapping[UUID, datetime | None],
    day: date,
) -> Facts:
    """Return the facts of all members, merged to be scored on that day or a later one."""
    await open_days(session, members_to_open(members, since=year_before(day)), recorded_ats=recorded_ats)
    return merge_facts(members.values())
