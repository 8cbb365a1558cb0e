"""Who the customers are: registered once, kept up to date."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.customer import CustomerRegistered, CustomerUpdated
from heed_common.cooperation import in_slices
from heed_common.identifiers import new_id
from heed_common.outbox import StagedEvent
from heed_common.revisions import require_if_match
from heed_customer.customers import repository, rules
from heed_customer.customers.rules import NewCustomer
from heed_customer.errors import CustomerIsMerged, CustomerNotFound, ExternalIdConflict
from heed_customer.item_results import Outcome, Stored
from heed_customer.merges import repository as merges
from heed_customer.tables import Customer


async def register_customers(
    session: AsyncSession, *, customers: Sequence[NewCustomer], now: datetime
) -> list[Outcome[Customer]]:
    """Each of them is known from here on, once for each external_id; the outcomes stand in the order given."""
    drafts, taken = await insert_drafts(session, customers=customers, now=now)
    names = {draft.external_id for draft in drafts if draft.id not in taken and draft.external_id is not None}
    stored = await repository.find_by_external_ids(session, names) if names else {}
    return [
        Stored(draft, is_new=True) if draft.id in taken else _verdict(draft, stored[str(draft.external_id)])
        for draft in drafts
    ]


async def insert_drafts(
    session: AsyncSession, *, customers: Sequence[NewCustomer], now: datetime
) -> tuple[list[Customer], set[UUID]]:
    """Insert the customers whose external_id is new and publish them. Return all drafts and the ids of the new ones."""
    if not customers:
        return [], set()
    drafts = [_draft(customer, now=now) async for customer in in_slices(customers)]
    taken = await repository.insert_customers(session, drafts)
    registered = [_registered(draft, now=now) async for draft in in_slices(drafts) if draft.id in taken]
    await outbox.stage_all(session, registered, now=now)
    return drafts, taken


async def read_customer(session: AsyncSession, *, customer_id: UUID) -> Customer:
    """The customer as known now; of one who is merged into another, that other."""
    chain = await merges.chain(session, customer_id)
    if not chain:
        raise CustomerNotFound
    return chain[-1]


async def change_customer(
    session: AsyncSession, *, customer_id: UUID, wanted: Mapping[str, object], if_match: int | None, now: datetime
) -> Customer:
    """What is said replaces what was there; only a real change makes a new revision and is told to others.

    Raises `CustomerIsMerged` for a member: readers are shown the survivor, so the change would be seen by nobody.
    """
    customer = await repository.lock(session, customer_id)
    if customer is None:
        raise CustomerNotFound
    survivor = await read_customer(session, customer_id=customer_id)
    if survivor.id != customer.id:
        raise CustomerIsMerged(survivor_id=str(survivor.id))
    require_if_match(if_match, customer.revision)
    updated = update(customer, wanted, now=now)
    if updated is not None:
        await outbox.stage_all(session, [updated], now=now)
    return customer


def update(customer: Customer, wanted: Mapping[str, object], *, now: datetime) -> StagedEvent | None:
    """Update a locked customer and return the event; none where the customer has all of these values already."""
    changed = rules.changes({name: getattr(customer, name) for name in wanted}, wanted)
    if not changed:
        return None
    handed_over = rules.is_handed_over(customer.owner, changed)
    for name, value in changed.items():
        setattr(customer, name, value)
    customer.version += 1
    customer.revision += 1
    customer.changed_at = now
    event = CustomerUpdated(
        occurred_at=now, changed=tuple(sorted(changed)), handed_over=handed_over, **_state(customer)
    )
    return StagedEvent(event, aggversion=customer.version)


async def list_customers(
    session: AsyncSession, *, words: str | None, owner: str | None, after: UUID | None, limit: int
) -> Sequence[Customer]:
    """A page of customers, of all or of those whose name or external_id holds the words."""
    return await repository.list_customers(session, words=words, owner=owner, after=after, limit=limit)


def _draft(told: NewCustomer, *, now: datetime) -> Customer:
    return Customer(
        id=new_id(),
        event_id=new_id(),
        fingerprint=rules.content_of(told),
        version=1,
        revision=1,
        registered_at=now,
        changed_at=now,
        **asdict(told),
    )


def _verdict(draft: Customer, stored: Customer) -> Outcome[Customer]:
    """Accept a repetition of the registration, and the content that the customer has now."""
    if stored.fingerprint == draft.fingerprint or all(
        getattr(stored, name) == getattr(draft, name) for name in repository.COLUMNS
    ):
        return Stored(stored, is_new=False)
    return ExternalIdConflict(pointer="/external_id")


def _registered(customer: Customer, *, now: datetime) -> StagedEvent:
    return StagedEvent(CustomerRegistered(occurred_at=now, **_state(customer)), aggversion=1, id=customer.event_id)


def _state(customer: Customer) -> dict[str, object]:
    """What others may know: nothing personal."""
    names = ("kind", "role", "buyer_type", "language", "time_zone", "region")
    return {"customer_id": customer.id, **{name: getattr(customer, name) for name in names}}
