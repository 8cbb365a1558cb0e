"""Records of a master file: new customers are registered, known ones are compared with what Heed has now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.cooperation import in_slices
from heed_common.errors import HeedError
from heed_common.outbox import StagedEvent
from heed_customer.customers import repository, rules, service
from heed_customer.customers.rules import CustomerRecord
from heed_customer.errors import CustomerIsMerged, ExternalIdConflict
from heed_customer.item_results import ItemResult, OnConflict
from heed_customer.merges import repository as merges
from heed_customer.tables import Customer


@dataclass(frozen=True, slots=True)
class _Known:
    """Customers that Heed has already, locked, and what is to be done with records that differ from them."""

    customers: Mapping[str, Customer]
    merged: Collection[UUID]
    on_conflict: OnConflict
    now: datetime


async def upsert_customers(
    session: AsyncSession, *, records: Sequence[CustomerRecord], on_conflict: OnConflict, now: datetime
) -> list[ItemResult | HeedError]:
    """Register or compare each record in the order given. The last of several records of one customer wins."""
    drafts, taken = await service.insert_drafts(session, customers=[each.customer for each in records], now=now)
    names = {str(draft.external_id) for draft in drafts if draft.id not in taken}
    stored = await repository.lock_by_external_ids(session, names) if names else {}
    merged = await merges.find_merged(session, [each.id for each in stored.values()]) if stored else set()
    known = _Known(stored, merged, on_conflict, now)
    results: list[ItemResult | HeedError] = []
    events: list[StagedEvent] = []
    async for record, draft in in_slices(zip(records, drafts, strict=True)):
        results.append(ItemResult.CREATED if draft.id in taken else _reconcile(record, known, events))
    await session.flush()
    await outbox.stage_all(session, events, now=now)
    return results


def _reconcile(record: CustomerRecord, known: _Known, events: list[StagedEvent]) -> ItemResult | HeedError:
    customer, wanted = known.customers[str(record.customer.external_id)], record.fields()
    differing = rules.changes({name: getattr(customer, name) for name in wanted}, wanted)
    if not differing:
        return ItemResult.UNCHANGED
    if known.on_conflict is OnConflict.KEEP:
        return ItemResult.KEPT
    if known.on_conflict is OnConflict.REJECT:
        return ExternalIdConflict(
            f"Heed has another {', '.join(sorted(differing))}, and that stays. Import with on_conflict=update to"
            " replace it, or with keep to pass over such lines.",
            pointer="/external_id",
        )
    if customer.id in known.merged:
        return CustomerIsMerged(
            "This customer is merged into another one, and readers are shown that one.", pointer="/external_id"
        )
    event = service.update(customer, wanted, now=known.now)
    if event is not None:
        events.append(event)
    return ItemResult.UPDATED
