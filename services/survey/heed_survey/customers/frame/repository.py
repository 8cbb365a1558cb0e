"""SQL of the customer frame. Writes take row locks in the order of the ids."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import bulk_upserts
from heed_survey.customers.frame.rules import CONTEXT_FIELDS, Cell
from heed_survey.customers.frame.tables import FrameCustomer

OWN_COLUMNS = ("version", "kind", "role", "buyer_type", "region", "language")
PURCHASE_COLUMNS = ("last_purchase_at", "last_purchase_id", "service_point_id")
SCORE_COLUMNS = ("score_version", "tier", "churn_risk", "churn_band", "loyalty_class", "lifecycle_stage")

UPSERT_CUSTOMERS = bulk_upserts.newer_wins(FrameCustomer, key="id", columns=("id", *OWN_COLUMNS), version="version")
UPSERT_SCORES = bulk_upserts.newer_wins(
    FrameCustomer, key="id", columns=("id", *SCORE_COLUMNS), version="score_version"
)
SET_REGISTERED_AT = bulk_upserts.upsert(
    FrameCustomer, key="id", columns=("id", "registered_at"), changes={"registered_at": "EXCLUDED.registered_at"}
)
IS_LATER = """
    (customer.last_purchase_at IS NULL OR (EXCLUDED.last_purchase_at, EXCLUDED.last_purchase_id)
        > (customer.last_purchase_at, customer.last_purchase_id))
"""
ADD_PURCHASES = bulk_upserts.upsert(
    FrameCustomer,
    key="id",
    columns=("id", "purchases", *PURCHASE_COLUMNS),
    changes={"purchases": "customer.purchases + EXCLUDED.purchases"}
    | {name: f"CASE WHEN {IS_LATER} THEN EXCLUDED.{name} ELSE customer.{name} END" for name in PURCHASE_COLUMNS},
)

# Customers merged into another are not in the frame; their purchases count for the one at the end of the chain.
CURRENT_CUSTOMERS = """
    WITH RECURSIVE up (id, root) AS (
        SELECT duplicate_id, survivor_id FROM customer_merge WHERE survivor_id IS NOT NULL
        UNION
        SELECT up.id, merge.survivor_id
        FROM up JOIN customer_merge AS merge ON merge.duplicate_id = up.root
        WHERE merge.survivor_id IS NOT NULL
    ),
    member AS (
        SELECT id, root FROM up
        WHERE NOT EXISTS (
            SELECT FROM customer_merge AS merge WHERE merge.duplicate_id = up.root AND merge.survivor_id IS NOT NULL
        )
    ),
    inherited AS (
        SELECT member.root, sum(customer.purchases) AS purchases, max(customer.last_purchase_at) AS last_purchase_at,
            (array_agg(customer.service_point_id ORDER BY customer.last_purchase_at DESC NULLS LAST))[1]
                AS service_point_id
        FROM member JOIN customer ON customer.id = member.id
        GROUP BY member.root
    ),
    current_customer AS (
        SELECT customer.id, kind, role, buyer_type, region, language, tier, churn_risk, churn_band, loyalty_class,
            lifecycle_stage,
            customer.purchases + coalesce(inherited.purchases, 0) AS purchases,
            greatest(customer.last_purchase_at, inherited.last_purchase_at) AS last_purchase_at,
            CASE WHEN inherited.last_purchase_at > customer.last_purchase_at
                    OR customer.last_purchase_at IS NULL AND inherited.last_purchase_at IS NOT NULL
                THEN inherited.service_point_id ELSE customer.service_point_id END AS service_point_id,
            CAST(registered_at AT TIME ZONE :time_zone AS date) AS registered_on
        FROM customer LEFT JOIN inherited ON inherited.root = customer.id
        WHERE customer.version > 0
            AND NOT EXISTS (
                SELECT FROM customer_merge AS merge
                WHERE merge.duplicate_id = customer.id AND merge.survivor_id IS NOT NULL
            )
            AND NOT EXISTS (SELECT FROM erased WHERE erased.customer_id = customer.id)
    ),
    dated AS (
        SELECT *,
            CAST(:today AS date) - registered_on AS days,
            CAST(:today AS date) - CAST(last_purchase_at AT TIME ZONE :time_zone AS date) AS days_since_purchase
        FROM current_customer
    ),
    frame AS (
        SELECT *,
            coalesce(days_since_purchase > CAST(:lost_after_days AS integer), false)
                OR coalesce(churn_band = 'critical', false) AS lost,
            id = ANY(CAST(:suspended AS uuid[])) AS selling_suspended
        FROM dated
    )
"""

# As in `customers.repository`, with the columns of the members.
SELECT_FAMILIES = text(f"""
    WITH RECURSIVE up (id, survivor_id) AS (
        SELECT id, id FROM unnest(CAST(:ids AS uuid[])) AS row(id)
        UNION
        SELECT up.id, merge.survivor_id
        FROM up JOIN customer_merge AS merge ON merge.duplicate_id = up.survivor_id
        WHERE merge.survivor_id IS NOT NULL
    ), family (customer_id, member_id) AS (
        SELECT id, survivor_id FROM up
        UNION
        SELECT family.customer_id, merge.duplicate_id
        FROM family JOIN customer_merge AS merge ON merge.survivor_id = family.member_id
    )
    SELECT customer_id, member_id, last_purchase_at, last_purchase_id, {", ".join(CONTEXT_FIELDS)},
        NOT EXISTS (
            SELECT FROM customer_merge AS merge WHERE merge.duplicate_id = member_id AND merge.survivor_id IS NOT NULL
        ) AS is_survivor
    FROM family LEFT JOIN customer ON customer.id = member_id
""")  # noqa: S608 - names from a closed list


class FamilyMember(Protocol):
    """A customer that is merged with another one, or is that one; it also has `rules.CONTEXT_FIELDS`."""

    customer_id: UUID
    member_id: UUID
    is_survivor: bool
    last_purchase_at: datetime | None
    last_purchase_id: UUID | None
    service_point_id: str | None


async def upsert_customers(session: AsyncSession, rows: Sequence[bulk_upserts.Row]) -> None:
    """Upsert the customers' own columns; of each the highest version stays, and the moment of the registration."""
    await bulk_upserts.execute(session, UPSERT_CUSTOMERS, rows)


async def set_registered_at(session: AsyncSession, rows: Sequence[bulk_upserts.Row]) -> None:
    """Store when the customers were registered, also of those whose update has arrived before."""
    await bulk_upserts.execute(session, SET_REGISTERED_AT, rows)


async def upsert_purchases(session: AsyncSession, rows: Sequence[bulk_upserts.Row]) -> None:
    """Add to the customers' purchases, and store the last one."""
    await bulk_upserts.execute(session, ADD_PURCHASES, rows)


async def upsert_scores(session: AsyncSession, rows: Sequence[bulk_upserts.Row]) -> None:
    """Upsert the scores; of each customer the highest version stays."""
    await bulk_upserts.execute(session, UPSERT_SCORES, rows)


async def load_cells(
    session: AsyncSession, *, fields: Sequence[str], params: Mapping[str, Any], suspended: Collection[UUID]
) -> list[Cell]:
    """Return the whole frame by the values of these fields: equal customers share one row, their ids are packed."""
    # Names from a closed list; without fields all customers are one group.
    columns = "".join(f"{name}, " for name in fields)
    groups = ", ".join(fields) or "()"
    selected = f"SELECT {columns} string_agg(uuid_send(id), '') AS ids FROM frame GROUP BY {groups} HAVING count(*) > 0"  # noqa: S608
    query = text(f"{CURRENT_CUSTOMERS} {selected}")
    rows = await session.execute(query, {**params, "suspended": sorted(suspended)})
    return [Cell(tuple(row[: len(fields)]), row.ids) for row in rows]


async def load_families(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, list[FamilyMember]]:
    """Return for each customer the members of its family; of an unknown one only the id is set."""
    families: dict[UUID, list[FamilyMember]] = {}
    for row in await session.execute(SELECT_FAMILIES, {"ids": sorted(set(customer_ids))}):
        families.setdefault(row.customer_id, []).append(row)
    return families
