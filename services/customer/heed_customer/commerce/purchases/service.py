"""Use cases of purchases. Single calls, batches and imports record purchases in the same way."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.customer import PurchaseRecorded
from heed_common.contracts.event import json_moment, json_text
from heed_common.cooperation import in_slices
from heed_common.errors import ExternalIdConflict
from heed_common.identifiers import new_id
from heed_common.occurrence import occurrence_error
from heed_common.outbox import SerializedEvent
from heed_common.trace import Origin
from heed_common.upserts import Upserted
from heed_customer.commerce.purchases import repository, rules
from heed_customer.commerce.purchases.errors import PurchaseNotFound
from heed_customer.commerce.purchases.rules import (
    NewPurchase,
    PricedLine,
    PricedPurchase,
    PurchaseFilter,
    RecordedPurchase,
)
from heed_customer.commerce.purchases.tables import Purchase
from heed_customer.item_results import ItemOutcome
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.errors import CustomerUnknown


async def record_purchases(
    session: AsyncSession,
    *,
    purchases: Sequence[NewPurchase],
    default_margin: Decimal,
    earliest: date,
    now: datetime,
) -> list[ItemOutcome[RecordedPurchase]]:
    """Record each purchase once per external_id and publish the new ones. Return the outcomes in the given order."""
    errors = [
        occurrence_error(purchase.occurred_at, earliest=earliest, now=now, pointer="/occurred_at")
        for purchase in purchases
    ]
    plausible = [purchase for purchase, error in zip(purchases, errors, strict=True) if error is None]
    priced = [
        rules.price_purchase(purchase, default_margin=default_margin, purchase_id=new_id(), event_id=new_id())
        async for purchase in in_slices(plausible)
    ]
    customer_ids = await repository.insert_purchases(session, priced, now=now) if priced else {}
    inserted = [purchase for purchase in priced if purchase.id in customer_ids]
    created = [rules.to_recorded(purchase, customer_id=customer_ids[purchase.id], now=now) for purchase in inserted]
    origins = {purchase.id: purchase.request.origin for purchase in inserted}
    events = [purchase_recorded(purchase, origin=origins[purchase.id]) async for purchase in in_slices(created)]
    await outbox.stage_serialized(session, events, now=now)
    left = [purchase for purchase in priced if purchase.id not in customer_ids]
    outcomes: dict[UUID, ItemOutcome[RecordedPurchase]] = await _explain(session, left) if left else {}
    outcomes |= {purchase.id: Upserted(purchase, created=True) for purchase in created}
    ordered = iter([outcomes[purchase.id] for purchase in priced])
    return [next(ordered) if error is None else error for error in errors]


async def get_purchase(session: AsyncSession, *, purchase_id: UUID) -> RecordedPurchase:
    """Return the purchase as it was recorded."""
    purchase = await repository.find_purchase(session, purchase_id)
    if purchase is None:
        raise PurchaseNotFound
    return purchase


async def list_purchases(
    session: AsyncSession, *, filters: PurchaseFilter, after: tuple[Any, ...] | None, limit: int
) -> list[RecordedPurchase]:
    """Return a page of the purchases that meet the filters, the newest first."""
    return await repository.list_purchases(session, filters, after=after, limit=limit)


async def lock_purchases(session: AsyncSession, *, purchase_ids: Collection[UUID]) -> dict[UUID, Purchase]:
    """Lock the purchases for returns. Return those that exist, by id."""
    return await repository.lock_purchases(session, purchase_ids)


def lines_of(purchase: Purchase) -> list[PricedLine]:
    """Return the stored lines."""
    return [repository.line_from_json(line) for line in purchase.lines]


async def _explain(
    session: AsyncSession, purchases: Sequence[PricedPurchase]
) -> dict[UUID, ItemOutcome[RecordedPurchase]]:
    """Return why these were not inserted: their customer does not exist, or their external_id does."""
    await repository.complete_recovered(session, purchases)
    requests = [purchase.request for purchase in purchases]
    stored = await repository.find_by_external_ids(session, {request.external_id for request in requests})
    existing = await customers.find_ids(
        session,
        ids={request.customer_id for request in requests if request.customer_id},
        external_ids={request.customer_external_id for request in requests if request.customer_external_id},
    )
    return {
        purchase.id: _compare(
            purchase,
            customer_id=existing.get(purchase.request.customer_id or purchase.request.customer_external_id or ""),
            stored=stored.get(purchase.request.external_id),
        )
        for purchase in purchases
    }


def _compare(
    purchase: PricedPurchase, *, customer_id: UUID | None, stored: RecordedPurchase | None
) -> ItemOutcome[RecordedPurchase]:
    if customer_id is None or stored is None:
        return CustomerUnknown(pointer="/customer_id" if purchase.request.customer_id else "/customer_external_id")
    if stored.customer_id != customer_id or not rules.is_same(stored, purchase):
        return ExternalIdConflict(pointer="/external_id")
    return Upserted(stored, created=False)


def purchase_recorded(purchase: RecordedPurchase, *, origin: Origin | None) -> SerializedEvent:
    """Return `PurchaseRecorded` byte for byte as the contract's class serializes it, without the class."""
    key = str(purchase.customer_id)
    point, external_id = purchase.service_point_id, json_text(purchase.external_id)
    categories = ",".join(map(json_text, rules.categories(purchase.lines)))
    products = ",".join(map(json_text, rules.products(purchase.lines)))
    data = (
        f'{{"occurred_at":"{json_moment(purchase.occurred_at)}","customer_id":"{key}",'
        f'"purchase_id":"{purchase.id}","kind":"{purchase.kind.value}","currency":"{purchase.currency}",'
        f'"units":"{purchase.units}","gross":"{purchase.gross}","margin":"{purchase.margin}",'
        f'"margin_estimated":{"true" if purchase.margin_estimated else "false"},"categories":[{categories}],'
        f'"products":[{products}],"service_point_id":{"null" if point is None else json_text(point)},'
        f'"external_id":{external_id}}}'
    )
    traceparent = None if origin is None else origin.traceparent
    return SerializedEvent(
        PurchaseRecorded, str(purchase.id), key, data, 1, None, traceparent, str(purchase.event_id), origin
    )
