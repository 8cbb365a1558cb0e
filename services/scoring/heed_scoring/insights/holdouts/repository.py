"""SQL of hold-outs."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.insights.holdouts.tables import Assignment, Holdout

# A purchase day counts unless all of it was returned, and for all members of the customer's family, as everywhere.
SELECT_OUTCOMES = text("""
    SELECT arm, count(*) AS customers, count(*) FILTER (WHERE over) AS observed,
           count(*) FILTER (WHERE over AND bought) AS bought
    FROM (
        SELECT assignment.arm, assignment.assigned_on + holdout.horizon_days < :today AS over, EXISTS (
            SELECT FROM ledger
            WHERE ledger.customer_id IN (
                SELECT assignment.customer_id UNION
                SELECT other.customer_id FROM customer AS named
                JOIN customer AS other ON other.survivor_id = named.survivor_id
                WHERE named.customer_id = assignment.customer_id
            ) AND kind IN ('purchase', 'return')
              AND day > assignment.assigned_on AND day <= assignment.assigned_on + holdout.horizon_days
            GROUP BY day HAVING sum(units) > 0
        ) AS bought
        FROM holdout_assignment AS assignment JOIN holdout ON holdout.id = assignment.holdout_id
        WHERE holdout.id = :holdout_id
    ) AS outcome GROUP BY arm
""")


async def get_holdout(session: AsyncSession, holdout_id: UUID) -> Holdout | None:
    return await session.get(Holdout, holdout_id)


async def list_holdouts(session: AsyncSession, *, before: UUID | None, limit: int) -> Sequence[Holdout]:
    """Return hold-outs, newest first."""
    query = select(Holdout).order_by(Holdout.id.desc()).limit(limit)
    return (await session.scalars(query if before is None else query.where(Holdout.id < before))).all()


async def first_assignment(
    session: AsyncSession, holdout_id: UUID, customer_ids: Collection[UUID]
) -> Assignment | None:
    """Return the earliest assignment of any of these customers."""
    query = select(Assignment).where(
        Assignment.holdout_id == holdout_id, Assignment.customer_id.in_(sorted(customer_ids))
    )
    return await session.scalar(query.order_by(Assignment.assigned_at, Assignment.customer_id).limit(1))


async def assign(session: AsyncSession, assignment: dict[str, Any]) -> tuple[Assignment, bool]:
    """Writes the assignment unless it is there; answers the one that counts, and whether it is new."""
    statement = insert(Assignment).values(assignment).on_conflict_do_nothing().returning(Assignment.customer_id)
    added = (await session.execute(statement)).scalar() is not None
    key = (assignment["holdout_id"], assignment["customer_id"])
    return await session.get_one(Assignment, key), added


async def outcomes(session: AsyncSession, holdout_id: UUID, *, today: date) -> dict[str, Row[Any]]:
    """Return for each arm: customers, those whose horizon is over, and those of them who bought again."""
    rows = await session.execute(SELECT_OUTCOMES, {"holdout_id": holdout_id, "today": today})
    return {row.arm: row for row in rows}
