"""Use cases of relations: recorded, listed from either side, deleted.

A row names the customers that it was recorded for. Readers are shown the survivors of those that were merged since.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.customer import CustomerKind, CustomerRole
from heed_common.identifiers import new_id
from heed_customer.records.customers import identity
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.errors import CustomerNotFound, CustomerUnknown
from heed_customer.records.customers.service import Family
from heed_customer.records.customers.tables import Customer
from heed_customer.records.relations import repository, rules
from heed_customer.records.relations.errors import (
    ParentExists,
    RelationCycle,
    RelationExists,
    RelationNotFound,
    SelfRelation,
)
from heed_customer.records.relations.rules import INVERSE, STORED, RelatedCustomer, RelationKind
from heed_customer.records.relations.tables import CustomerRelation


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation as one of its customers sees it."""

    id: UUID
    kind: RelationKind
    customer_id: UUID
    """The other customer, as it is now."""
    role: str | None
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class ContactPerson:
    """An individual who acts for an organization; both as they are now."""

    organization_id: UUID
    person_id: UUID
    role: str | None


async def record_relation(
    session: AsyncSession,
    *,
    customer_id: UUID,
    kind: RelationKind,
    related_customer_id: UUID,
    role: str | None,
    by: str,
    now: datetime,
) -> Relation:
    """Record a relation of the customer.

    Raises `CustomerNotFound`, `CustomerUnknown`, `CustomerIsMerged`, `RelationImpossible`, `SelfRelation`,
    `RelationExists`, `ParentExists`, `RelationCycle`.
    """
    await repository.lock_relations(session)
    customer, related = await _lock_both(session, customer_id, related_customer_id)
    source, target, stored = (customer, related, kind) if kind in STORED else (related, customer, INVERSE[kind])
    rules.check_relation(stored, _relevant(source), _relevant(target))
    await _check_is_new(session, stored, source, target)
    row = CustomerRelation(
        id=new_id(),
        customer_id=source.id,
        kind=stored,
        related_customer_id=target.id,
        role=role,
        recorded_at=now,
        recorded_by=by,
    )
    await repository.add_relation(session, row)
    return Relation(row.id, kind, related.id, role, now, by)


async def belong_together(session: AsyncSession, customer_id: UUID, other_id: UUID) -> bool:
    """Return whether one of the customers is a parent of the other, directly or indirectly.

    No relation is added until the transaction ends.
    """
    await repository.lock_relations(session)
    if await identity.family_of(session, customer_id) == await identity.family_of(session, other_id):
        return False
    above, other_above = (
        await repository.ancestors_of(session, customer_id),
        await repository.ancestors_of(session, other_id),
    )
    return other_id in above or customer_id in other_above


async def delete_relation(session: AsyncSession, *, customer_id: UUID, relation_id: UUID) -> None:
    """Delete a relation of the customer. Raises `CustomerNotFound`, `CustomerIsMerged`, `RelationNotFound`."""
    await repository.lock_relations(session)
    await customers.lock_unmerged(session, customer_id=customer_id)
    relation = await repository.get_relation(session, relation_id)
    ends = {relation.customer_id, relation.related_customer_id} if relation is not None else set()
    if relation is None or ends.isdisjoint(await identity.family_of(session, customer_id)):
        raise RelationNotFound
    await repository.delete_relation(session, relation)


async def list_relations(
    session: AsyncSession, *, family: Family, after: UUID | None, limit: int
) -> Sequence[CustomerRelation]:
    """Return the rows of the relations of a customer and its duplicates, the oldest first."""
    return await repository.list_relations(session, family.ids, after=after, limit=limit)


async def seen_from(session: AsyncSession, family: Family, rows: Sequence[CustomerRelation]) -> list[Relation]:
    """Return the relations as the family sees them, without those between customers that were merged since."""
    ends = {end for row in rows for end in (row.customer_id, row.related_customer_id)}
    survivors = await identity.find_survivors(session, ends)
    return [relation for row in rows for relation in _seen(row, family, survivors)]


async def contact_persons(session: AsyncSession, customer_ids: Collection[UUID]) -> list[ContactPerson]:
    """Return the contact persons of those of the customers that are organizations, and whom the others act for."""
    families = await identity.families_of(session, customer_ids)
    members = {member for family in families.values() for member in family}
    rows = await repository.find_contact_persons(session, members)
    ends = {end for row in rows for end in (row.customer_id, row.related_customer_id)}
    survivors = await identity.find_survivors(session, ends)
    found = (ContactPerson(survivors[row.customer_id], survivors[row.related_customer_id], row.role) for row in rows)
    return list(dict.fromkeys(found))


async def _lock_both(session: AsyncSession, customer_id: UUID, related_customer_id: UUID) -> tuple[Customer, Customer]:
    """Lock both customers in the order of their ids, as all writers do. A merged one is refused: it is ambiguous."""
    locked: dict[UUID, Customer] = {}
    for one in sorted({customer_id, related_customer_id}):
        try:
            locked[one] = await customers.lock_unmerged(session, customer_id=one)
        except CustomerNotFound:
            if one == customer_id:
                raise
            raise CustomerUnknown(pointer="/customer_id") from None
    return locked[customer_id], locked[related_customer_id]


def _relevant(customer: Customer) -> RelatedCustomer:
    role = CustomerRole(customer.role) if customer.role is not None else None
    return RelatedCustomer(CustomerKind(customer.kind), role)


async def _check_is_new(session: AsyncSession, kind: RelationKind, source: Customer, target: Customer) -> None:
    families = await identity.families_of(session, {source.id, target.id})
    mine, theirs = families[source.id], families[target.id]
    if target.id in mine:
        raise SelfRelation(pointer="/customer_id")
    existing = list(await repository.find_between(session, kind, mine, theirs))
    if kind is RelationKind.HOUSEHOLD:
        existing += await repository.find_between(session, kind, theirs, mine)
    if existing:
        raise RelationExists
    if kind is RelationKind.PARENT:
        if await repository.has_parent(session, mine):
            raise ParentExists
        if source.id in await repository.ancestors_of(session, target.id):
            raise RelationCycle


def _seen(row: CustomerRelation, family: Family, survivors: dict[UUID, UUID]) -> Iterator[Relation]:
    kind = RelationKind(row.kind)
    if row.customer_id in family.ids:
        other = survivors[row.related_customer_id]
    else:
        other, kind = survivors[row.customer_id], INVERSE[kind]
    if other not in family.ids:
        yield Relation(row.id, kind, other, row.role, row.recorded_at, row.recorded_by)
