"""Every query of merges. `alias` is what was told, `customer.root` what follows from it now."""

from collections.abc import Collection, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.identities.alias_graph import Alias, Aliases
from heed_scoring.identities.customer_row import CustomerState, states_of
from heed_scoring.ledger.facts import Facts, from_json
from heed_scoring.tables import Alias as AliasRow

# What is known of merges before the locks tells whom to lock; no round trip of its own, because most are not merged.
ADD_CUSTOMERS = text("""
    WITH added AS (
        INSERT INTO customer (customer_id, facts, facts_version, version)
        SELECT id, '{}', 0, 0 FROM unnest(CAST(:ids AS uuid[])) AS row(id)
        WHERE NOT EXISTS (SELECT FROM customer WHERE customer_id = id) ORDER BY id
        ON CONFLICT DO NOTHING
    )
    SELECT other.customer_id
    FROM (
        SELECT DISTINCT root FROM customer WHERE customer_id = ANY(CAST(:ids AS uuid[])) AND root IS NOT NULL
    ) AS top
    CROSS JOIN LATERAL (SELECT customer_id FROM customer WHERE root = top.root OFFSET 0) AS other
""")
LOCK_CUSTOMERS = text("""
    SELECT customer_id, facts, facts_version, known_at, version, numbers, model_version, scored_day, told_breaks, root
    FROM customer WHERE customer_id = ANY(CAST(:ids AS uuid[])) ORDER BY customer_id FOR UPDATE
""")
ADD = text("""
    INSERT INTO alias (member, version, survivor, known_at)
    SELECT member, version, survivor, known_at
    FROM unnest(
        CAST(:members AS uuid[]), CAST(:versions AS bigint[]), CAST(:survivors AS uuid[]),
        CAST(:known_ats AS timestamptz[])
    ) AS row(member, version, survivor, known_at)
    ORDER BY member, version
    ON CONFLICT DO NOTHING
""")
FAMILY = text("""
    SELECT other.customer_id
    FROM (
        SELECT DISTINCT root FROM customer WHERE customer_id = ANY(CAST(:ids AS uuid[])) AND root IS NOT NULL
    ) AS top
    CROSS JOIN LATERAL (SELECT customer_id FROM customer WHERE root = top.root OFFSET 0) AS other
""")
# One statement, so one snapshot: rows and aliases change together. Only a customer that is merged, by the row or by the
# aliases, or has no score can contradict the aliases.
LINKED = text("""
    SELECT customer_id, root, scored_day IS NOT NULL AS is_scored, newest.version, newest.survivor, newest.known_at
    FROM customer LEFT JOIN (
        SELECT DISTINCT ON (member) member, version, survivor, known_at FROM alias ORDER BY member, version DESC
    ) AS newest ON newest.member = customer_id
    WHERE root IS NOT NULL OR scored_day IS NULL OR newest.member IS NOT NULL
        OR EXISTS (SELECT FROM alias WHERE survivor = customer_id)
    ORDER BY customer_id
""")
FACTS = text("SELECT root, facts FROM customer WHERE root = ANY(CAST(:roots AS uuid[])) AND facts_version > 0")
# The newest alias of each member is followed; UNION ends a cycle.
CHAINS = text("""
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
# All who were ever merged with one another, in either direction, because a moment before may have had another root.
RELATED = text("""
    WITH RECURSIVE related (id) AS (
        SELECT CAST(:id AS uuid)
        UNION
        SELECT linked.id FROM related CROSS JOIN LATERAL (
            SELECT survivor AS id FROM alias WHERE member = related.id AND survivor IS NOT NULL
            UNION ALL
            SELECT member FROM alias WHERE survivor = related.id
        ) AS linked
    )
    SELECT alias.member, alias.version, alias.survivor, alias.known_at
    FROM related JOIN alias ON alias.member = related.id WHERE alias.known_at <= :at
""")


async def lock_customers(session: AsyncSession, customer_ids: Sequence[UUID]) -> dict[UUID, CustomerState]:
    """Makes the missing rows and locks all of them and all who are merged with them, everybody in the same order."""
    ids = sorted(set(customer_ids), key=attrgetter("int"))
    if not ids:
        return {}
    merged = (await session.execute(ADD_CUSTOMERS, {"ids": ids})).scalars().all()
    if merged:
        ids = sorted({*ids, *merged}, key=attrgetter("int"))
    return {
        state.customer_id: state for state in states_of((await session.execute(LOCK_CUSTOMERS, {"ids": ids})).all())
    }


async def add(session: AsyncSession, rows: Collection[Alias]) -> None:
    if rows:
        columns = zip(*rows, strict=True)
        await session.execute(ADD, dict(zip(("members", "versions", "survivors", "known_ats"), columns, strict=True)))


async def aliases(session: AsyncSession, members: Collection[UUID]) -> Aliases:
    """What was told of these members."""
    rows = await session.scalars(select(AliasRow).where(AliasRow.member.in_(members)))
    return Aliases(Alias(row.member, row.version, row.survivor, row.known_at) for row in rows)


async def linked(session: AsyncSession) -> Sequence[Row[Any]]:
    """Return root and newest alias of each customer that is or was merged, or has no score."""
    return (await session.execute(LINKED)).all()


async def family(session: AsyncSession, customer_ids: Sequence[UUID]) -> set[UUID]:
    """Everybody who is one with one of these; nobody where none of them is merged."""
    return set(await session.scalars(FAMILY, {"ids": customer_ids}))


async def chains(session: AsyncSession, customer_ids: Collection[UUID]) -> set[UUID]:
    """Return these customers and all survivors that their newest aliases lead to."""
    return set(await session.scalars(CHAINS, {"ids": list(customer_ids)}))


async def members_at(session: AsyncSession, customer_id: UUID, *, at: datetime) -> tuple[UUID, Collection[UUID]]:
    """The survivor of that moment, and who was a member then."""
    rows = await session.execute(RELATED, {"id": customer_id, "at": at})
    known = Aliases(Alias(*row) for row in map(tuple, rows))
    return known.root(customer_id), known.family(customer_id)


async def facts(session: AsyncSession, roots: Sequence[UUID]) -> dict[UUID, list[Facts]]:
    """Of each of these survivors the facts of all members, their own among them."""
    found: dict[UUID, list[Facts]] = {}
    for root, stored in await session.execute(FACTS, {"roots": roots}):
        found.setdefault(root, []).append(from_json(stored))
    return found
