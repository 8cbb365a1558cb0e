"""Recording what customers bought: one purchase, a batch, or a stretch of a file, all the same way."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.customer import PurchaseRecorded
from heed_common.cooperation import in_slices
from heed_common.identifiers import new_id
from heed_common.occurrence import occurrence_error
from heed_common.outbox import StagedEvent
from heed_customer.customers import repository as customers
from heed_customer.errors import CustomerUnknown, ExternalIdConflict, PurchaseNotFound
from heed_customer.item_results import Outcome, Stored
from heed_customer.purchases import repository, rules
from heed_customer.purchases.rules import Draft, NewPurchase, RecordedPurchase


async def record_purchases(
    session: AsyncSession,
    *,
    purchases: Sequence[NewPurchase],
    default_margin: Decimal,
    earliest: date,
    now: datetime,
) -> list[Outcome[RecordedPurchase]]:
    """Each purchase counts once, whatever becomes of the others; the outcomes stand in the order given."""
    errors = [
        occurrence_error(purchase.occurred_at, earliest=earliest, now=now, pointer="/occurred_at")
        for purchase in purchases
    ]
    plausible = [purchase for purchase, error in zip(purchases, errors, strict=True) if error is None]
    drafts = [
        rules.draft(purchase, default_margin=default_margin, purchase_id=new_id(), event_id=new_id())
        async for purchase in in_slices(plausible)
    ]
    taken = await repository.insert_purchases(session, drafts, now=now) if drafts else {}
    fresh = [rules.recorded(draft, customer_id=taken[draft.id], now=now) for draft in drafts if draft.id in taken]
    await outbox.stage_all(session, [_staged(purchase) async for purchase in in_slices(fresh)], now=now)
    left = [draft for draft in drafts if draft.id not in taken]
    known: dict[UUID, Outcome[RecordedPurchase]] = await _judge(session, left) if left else {}
    known |= {purchase.id: Stored(purchase, is_new=True) for purchase in fresh}
    outcomes = iter([known[draft.id] for draft in drafts])
    return [next(outcomes) if error is None else error for error in errors]


async def read_purchase(session: AsyncSession, *, purchase_id: UUID) -> RecordedPurchase:
    """The purchase as it was recorded."""
    purchase = await repository.find(session, purchase_id)
    if purchase is None:
        raise PurchaseNotFound
    return purchase


async def _judge(session: AsyncSession, drafts: Sequence[Draft]) -> dict[UUID, Outcome[RecordedPurchase]]:
    """Why these were not taken: their customer is not known, or their external_id is here already."""
    await repository.fill_in(session, drafts)
    stored = await repository.find_by_external_ids(session, {draft.told.external_id for draft in drafts})
    known = await customers.find_ids(
        session,
        ids={draft.told.customer_id for draft in drafts if draft.told.customer_id},
        external_ids={draft.told.customer_external_id for draft in drafts if draft.told.customer_external_id},
    )
    return {
        draft.id: _verdict(
            draft,
            customer_id=known.get(draft.told.customer_id or draft.told.customer_external_id or ""),
            stored=stored.get(draft.told.external_id),
        )
        for draft in drafts
    }


def _verdict(draft: Draft, *, customer_id: UUID | None, stored: RecordedPurchase | None) -> Outcome[RecordedPurchase]:
    if customer_id is None or stored is None:
        return CustomerUnknown(pointer="/customer_id" if draft.told.customer_id else "/customer_external_id")
    if stored.customer_id != customer_id or not rules.is_same(stored, draft):
        return ExternalIdConflict(pointer="/external_id")
    return Stored(stored, is_new=False)


def _staged(purchase: RecordedPurchase) -> StagedEvent:
    event = PurchaseRecorded(
        occurred_at=purchase.occurred_at,
        customer_id=purchase.customer_id,
        purchase_id=purchase.id,
        kind=purchase.kind,
        currency=purchase.currency,
        units=purchase.units,
        gross=purchase.gross,
        margin=purchase.margin,
        margin_estimated=purchase.margin_estimated,
        categories=rules.categories(purchase.lines),
        products=rules.products(purchase.lines),
        service_point_id=purchase.service_point_id,
        external_id=purchase.external_id,
    )
    return StagedEvent(event, aggversion=1, id=purchase.event_id)
