"""Use cases of customers: register, read, update."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.content_hash import hash_external_id
from heed_common.contracts.customer import CustomerRegistered, CustomerUpdated
from heed_common.cooperation import in_slices
from heed_common.errors import ExternalIdConflict
from heed_common.identifiers import new_id
from heed_common.outbox import StagedEvent
from heed_common.revisions import require_if_match
from heed_common.upserts import Upserted
from heed_customer.item_results import ItemOutcome
from heed_customer.records.customers import identity, repository, rules
from heed_customer.records.customers.errors import CustomerIsMerged, CustomerNotFound
from heed_customer.records.customers.rules import NewCustomer
from heed_customer.records.customers.tables import Customer


class Family(NamedTuple):
    """Customers that are merged with each other: the survivor, and the ids of all."""

    survivor: Customer
    ids: frozenset[UUID]


async def register_customers(
    session: AsyncSession, *, customers: Sequence[NewCustomer], now: datetime
) -> list[ItemOutcome[Customer]]:
    """Register each customer once per external_id and publish the new ones. Return the outcomes in the given order."""
    rows, created = await insert_customers(session, customers=customers, now=now)
    names = {row.external_id for row in rows if row.id not in created and row.external_id is not None}
    stored = await repository.find_by_external_ids(session, names) if names else {}
    return [
        Upserted(row, created=True) if row.id in created else _compare(row, stored[str(row.external_id)])
        for row in rows
    ]


async def insert_customers(
    session: AsyncSession, *, customers: Sequence[NewCustomer], now: datetime
) -> tuple[list[Customer], set[UUID]]:
    """Insert the customers whose external_id is new and publish them. Return all rows and the ids of the new ones."""
    if not customers:
        return [], set()
    rows = [_new_row(customer, now=now) async for customer in in_slices(customers)]
    created = await repository.insert_customers(session, rows)
    registered = [_registered(row, now=now) async for row in in_slices(rows) if row.id in created]
    await outbox.stage_all(session, registered, now=now)
    return rows, created


async def get_customer(session: AsyncSession, *, customer_id: UUID) -> Customer:
    """Return the customer; of a merged one the survivor at the end of the merge chain."""
    chain = await identity.merge_chain(session, customer_id)
    if not chain:
        raise CustomerNotFound
    return chain[-1]


async def find_customer_id(session: AsyncSession, *, external_id: str) -> UUID:
    """Return the id of the customer with this external_id. Raises `CustomerNotFound`."""
    found = await repository.find_ids(session, ids=(), external_ids=[external_id])
    if external_id not in found:
        raise CustomerNotFound
    return found[external_id]


async def lock_customer(session: AsyncSession, *, customer_id: UUID) -> Customer:
    """Lock the customer for a change of what belongs to it; purchases can still be recorded.

    It may be merged: what belongs to a duplicate stays with the duplicate. Raises `CustomerNotFound`.
    """
    customer = await repository.lock_customer(session, customer_id)
    if customer is None:
        raise CustomerNotFound
    return customer


async def get_family(session: AsyncSession, *, customer_id: UUID) -> Family:
    """Return the customer's family: lists of one member show what belongs to any of them."""
    survivor = await get_customer(session, customer_id=customer_id)
    return Family(survivor, frozenset(await identity.family_of(session, survivor.id)))


async def get_families(session: AsyncSession, *, customer_ids: Collection[UUID]) -> frozenset[UUID] | None:
    """Return these customers and all who are merged with them, for lists that are filtered; None if none are given.

    Raises `CustomerNotFound` if one of them does not exist.
    """
    if not customer_ids:
        return None
    named = set(customer_ids)
    if len(await repository.find_ids(session, ids=named)) < len(named):
        raise CustomerNotFound
    families = await identity.families_of(session, named)
    return frozenset().union(*families.values())


async def lock_unmerged(session: AsyncSession, *, customer_id: UUID) -> Customer:
    """Lock and return the customer, for a change of what belongs to it.

    Raises `CustomerNotFound`, and `CustomerIsMerged` for a duplicate: readers are shown the survivor, so no one would
    see the change.
    """
    customer = await lock_customer(session, customer_id=customer_id)
    survivor = await get_customer(session, customer_id=customer_id)
    if survivor.id != customer.id:
        raise CustomerIsMerged(survivor_id=str(survivor.id))
    return customer


async def load_customers(session: AsyncSession, *, customer_ids: Collection[UUID]) -> dict[UUID, Customer]:
    """Return those of the customers that exist, by id; merged ones are returned as they are."""
    return await repository.load_customers(session, customer_ids)


async def list_newest_ids(session: AsyncSession, *, limit: int) -> Sequence[UUID]:
    """Return the customers that were registered last, without merged duplicates."""
    return await repository.list_newest_ids(session, limit=limit)


async def find_ids(
    session: AsyncSession, *, ids: Collection[UUID], external_ids: Collection[str] = ()
) -> dict[UUID | str, UUID]:
    """Return the ids of the customers that exist, by id and by external_id."""
    return await repository.find_ids(session, ids=ids, external_ids=external_ids)


async def update_customer(
    session: AsyncSession, *, customer_id: UUID, values: Mapping[str, object], if_match: int | None, now: datetime
) -> Customer:
    """Update the customer. Only an actual change makes a new revision and is published.

    Raises `CustomerNotFound`, `CustomerIsMerged`, and the errors of If-Match.
    """
    customer = await lock_unmerged(session, customer_id=customer_id)
    require_if_match(if_match, customer.revision)
    updated = apply_changes(customer, values, now=now)
    if updated is not None:
        await outbox.stage_all(session, [updated], now=now)
    return customer


def apply_changes(customer: Customer, values: Mapping[str, object], *, now: datetime) -> StagedEvent | None:
    """Update a locked customer and return the event; None if the customer has all of these values already."""
    changed = rules.changed_fields({name: getattr(customer, name) for name in values}, values)
    if not changed:
        return None
    handed_over = rules.is_handed_over(customer.owner, changed)
    for name, value in changed.items():
        setattr(customer, name, value)
    customer.version += 1
    customer.revision += 1
    customer.changed_at = now
    event = CustomerUpdated(
        occurred_at=now, changed=tuple(sorted(changed)), handed_over=handed_over, **_published_state(customer)
    )
    return StagedEvent(event, aggversion=customer.version)


def _new_row(customer: NewCustomer, *, now: datetime) -> Customer:
    return Customer(
        id=new_id(),
        event_id=new_id(),
        fingerprint=rules.content_hash(customer),
        version=1,
        revision=1,
        registered_at=now,
        changed_at=now,
        **asdict(customer),
    )


def _compare(row: Customer, stored: Customer) -> ItemOutcome[Customer]:
    """Accept a repetition of the registration, and the content that the customer has now."""
    is_current = all(getattr(stored, name) == getattr(row, name) for name in repository.FIELDS)
    if stored.fingerprint == row.fingerprint or is_current:
        return Upserted(stored, created=False)
    return ExternalIdConflict(pointer="/external_id")


def _registered(customer: Customer, *, now: datetime) -> StagedEvent:
    event = CustomerRegistered(occurred_at=now, **_published_state(customer))
    return StagedEvent(event, aggversion=1, id=customer.event_id)


def _published_state(customer: Customer) -> dict[str, object]:
    """Return the fields that events carry: none of them is personal."""
    names = ("kind", "role", "buyer_type", "language", "time_zone", "region")
    hashed = None if customer.external_id is None else hash_external_id(customer.external_id)
    own = {name: getattr(customer, name) for name in names}
    return {"customer_id": customer.id, "external_id_hash": hashed, **own}
