"""Upserts: new customers are registered, existing ones are compared with their current content, and replaced."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.cooperation import in_slices
from heed_common.errors import ExternalIdConflict, HeedError, PreconditionFailed
from heed_common.outbox import StagedEvent
from heed_common.revisions import check_if_match
from heed_customer.item_results import ItemResult, OnConflict
from heed_customer.records.customers import identity, repository, rules, service
from heed_customer.records.customers.errors import CustomerIsMerged
from heed_customer.records.customers.rules import CustomerLine, NewCustomer
from heed_customer.records.customers.tables import Customer


@dataclass(frozen=True, slots=True)
class _StoredCustomers:
    """Existing customers, locked, and how to treat lines that differ from them."""

    customers: Mapping[str, Customer]
    merged: Collection[UUID]
    on_conflict: OnConflict
    now: datetime


@dataclass(frozen=True, slots=True)
class UpsertedCustomer:
    """What became of a line, and the customer it is about."""

    result: ItemResult | HeedError
    customer_id: UUID


@dataclass(frozen=True, slots=True)
class PutCustomer:
    """A customer as it is after a PUT."""

    customer: Customer
    is_new: bool = False
    event_id: UUID | None = None
    """The event of the first call, if this one repeats it."""


async def upsert_customers(
    session: AsyncSession, *, lines: Sequence[CustomerLine], on_conflict: OnConflict, now: datetime
) -> list[UpsertedCustomer]:
    """Register or compare each line in the given order. The last of several lines of one customer wins."""
    rows, created = await service.insert_customers(session, customers=[line.customer for line in lines], now=now)
    names = {str(row.external_id) for row in rows if row.id not in created}
    locked = await repository.lock_by_external_ids(session, names) if names else {}
    merged = await identity.find_merged(session, [row.id for row in locked.values()]) if locked else set()
    stored = _StoredCustomers(locked, merged, on_conflict, now)
    results: list[UpsertedCustomer] = []
    events: list[StagedEvent] = []
    async for line, row in in_slices(zip(lines, rows, strict=True)):
        if row.id in created:
            results.append(UpsertedCustomer(ItemResult.CREATED, row.id))
        else:
            customer_id = locked[str(line.customer.external_id)].id
            results.append(UpsertedCustomer(_reconcile(line, stored, events), customer_id))
    await session.flush()
    await outbox.stage_all(session, events, now=now)
    return results


async def put_customer(
    session: AsyncSession, *, customer: NewCustomer, if_match: int | None, only_creates: bool, now: datetime
) -> PutCustomer:
    """Register the customer of this external_id, or replace its content, and publish that.

    The caller's own system is the source of the content, so the last call wins unless If-Match protects it. Raises
    `PreconditionFailed`, `CustomerIsMerged`.
    """
    external_id = str(customer.external_id)
    stored = (await repository.lock_by_external_ids(session, [external_id])).get(external_id)
    while stored is None:
        if if_match is not None:
            raise PreconditionFailed
        (row,), created = await service.insert_customers(session, customers=[customer], now=now)
        if created:
            return PutCustomer(row, is_new=True)
        # A concurrent call has registered it and committed.
        stored = (await repository.lock_by_external_ids(session, [external_id])).get(external_id)
    return await _replace(session, stored, customer, if_match=if_match, only_creates=only_creates, now=now)


async def _replace(
    session: AsyncSession,
    stored: Customer,
    customer: NewCustomer,
    *,
    if_match: int | None,
    only_creates: bool,
    now: datetime,
) -> PutCustomer:
    if only_creates:
        raise PreconditionFailed
    check_if_match(if_match, stored.revision)
    merged_into = (await identity.find_survivors(session, [stored.id]))[stored.id]
    if merged_into != stored.id:
        raise CustomerIsMerged(survivor_id=str(merged_into))
    event = service.apply_changes(stored, customer.fields(), now=now)
    if event is not None:
        await outbox.stage_all(session, [event], now=now)
    repeats = event is None and stored.fingerprint == rules.content_hash(customer)
    return PutCustomer(stored, event_id=stored.event_id if repeats else None)


def _reconcile(line: CustomerLine, stored: _StoredCustomers, events: list[StagedEvent]) -> ItemResult | HeedError:
    customer, values = stored.customers[str(line.customer.external_id)], line.fields()
    differing = rules.changed_fields({name: getattr(customer, name) for name in values}, values)
    if not differing:
        return ItemResult.UNCHANGED
    if stored.on_conflict is OnConflict.KEEP:
        return ItemResult.KEPT
    if stored.on_conflict is OnConflict.REJECT:
        return ExternalIdConflict(
            f"Heed has another {', '.join(sorted(differing))}, which is not replaced. Import with on_conflict=update to"
            " replace it, or with keep to skip such lines.",
            pointer="/external_id",
        )
    if customer.id in stored.merged:
        return CustomerIsMerged(
            "This customer is merged into another one, and readers are shown that one.", pointer="/external_id"
        )
    event = service.apply_changes(customer, values, now=stored.now)
    if event is not None:
        events.append(event)
    return ItemResult.UPDATED
