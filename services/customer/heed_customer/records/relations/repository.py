"""SQL of relations."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import advisory_locks
from heed_common.advisory_locks import AdvisoryLock
from heed_customer.records.customers.identity import MERGED_WITH_REACHED_SQL
from heed_customer.records.relations.rules import RelationKind
from heed_customer.records.relations.tables import CustomerRelation

SELECT_ANCESTORS = text(f"""
    WITH RECURSIVE reached (id) AS (
        SELECT CAST(:id AS uuid)
        UNION
        SELECT next.id FROM reached CROSS JOIN LATERAL (
            {MERGED_WITH_REACHED_SQL}
            UNION ALL
            SELECT related_customer_id FROM customer_relation WHERE customer_id = reached.id AND kind = 'parent'
        ) AS next
    )
    SELECT id FROM reached
""")  # noqa: S608 - of constants


async def lock_relations(session: AsyncSession) -> None:
    """Let no other transaction add relations until this one ends: a cycle may close over other customers."""
    await advisory_locks.lock(session, AdvisoryLock.CUSTOMER_RELATIONS)


async def add_relation(session: AsyncSession, relation: CustomerRelation) -> None:
    session.add(relation)
    await session.flush()


async def delete_relation(session: AsyncSession, relation: CustomerRelation) -> None:
    await session.delete(relation)


async def get_relation(session: AsyncSession, relation_id: UUID) -> CustomerRelation | None:
    return await session.get(CustomerRelation, relation_id, populate_existing=True)


async def find_between(
    session: AsyncSession, kind: RelationKind, customer_ids: Collection[UUID], related_ids: Collection[UUID]
) -> Sequence[CustomerRelation]:
    """Return the relations of this kind from any of the customers to any of the related ones."""
    query = select(CustomerRelation).where(
        CustomerRelation.kind == kind,
        CustomerRelation.customer_id.in_(customer_ids),
        CustomerRelation.related_customer_id.in_(related_ids),
    )
    return (await session.scalars(query)).all()


async def has_parent(session: AsyncSession, customer_ids: Collection[UUID]) -> bool:
    query = select(CustomerRelation.id).where(
        CustomerRelation.kind == RelationKind.PARENT, CustomerRelation.customer_id.in_(customer_ids)
    )
    return await session.scalar(query.limit(1)) is not None


async def ancestors_of(session: AsyncSession, customer_id: UUID) -> set[UUID]:
    """Return the customer, its parents up to the highest one, and all duplicates and survivors of them."""
    return set((await session.scalars(SELECT_ANCESTORS, {"id": customer_id})).all())


async def list_relations(
    session: AsyncSession, customer_ids: Collection[UUID], *, after: UUID | None, limit: int
) -> Sequence[CustomerRelation]:
    """Return the relations of these customers, in either direction, the oldest first."""
    table = CustomerRelation
    query = (
        select(table)
        .where(or_(table.customer_id.in_(customer_ids), table.related_customer_id.in_(customer_ids)))
        .order_by(table.id)
        .limit(limit)
    )
    return (await session.scalars(query if after is None else query.where(table.id > after))).all()


async def find_contact_persons(session: AsyncSession, customer_ids: Collection[UUID]) -> Sequence[CustomerRelation]:
    """Return the relations of these customers to contact persons, or as contact persons."""
    table = CustomerRelation
    query = select(table).where(
        table.kind == RelationKind.CONTACT_PERSON,
        or_(table.customer_id.in_(customer_ids), table.related_customer_id.in_(customer_ids)),
    )
    return (await session.scalars(query.order_by(table.id))).all()
