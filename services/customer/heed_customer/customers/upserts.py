"""Records of a master file: new customers are registered, known ones are compared with what Heed has now."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.cooperation import in_slices
from heed_common.errors import HeedError
from heed_common.outbox import Staged
from heed_customer.customers import repository, rules, service
from heed_customer.customers.rules import CustomerRecord
from heed_customer.errors import ExternalIdConflict
from heed_customer.outcomes import ItemResult, OnConflict
from heed_customer.tables import Customer


async def upsert_customers(
    session: AsyncSession, *, records: Sequence[CustomerRecord], on_conflict: OnConflict, now: datetime
) -> list[ItemResult | HeedError]:
    """Register or compare each record in the order given. The last of several records of one customer wins."""
    drafts, taken = await service.insert_drafts(session, customers=[each.customer for each in records], now=now)
    names = {str(draft.external_id) for draft in drafts if draft.id not in taken}
    stored = await repository.lock_by_external_ids(session, names) if names else {}
    results: list[ItemResult | HeedError] = []
    events: list[Staged] = []
    async for record, draft in in_slices(zip(records, drafts, strict=True)):
        if draft.id in taken:
            results.append(ItemResult.CREATED)
        else:
            results.append(_reconcile(stored[str(draft.external_id)], record, events, on_conflict=on_conflict, now=now))
    await session.flush()
    await outbox.stage_all(session, events, now=now)
    return results


def _reconcile(
    customer: Customer, record: CustomerRecord, events: list[Staged], *, on_conflict: OnConflict, now: datetime
) -> ItemResult | HeedError:
    wanted = record.fields()
    differing = rules.changes({name: getattr(customer, name) for name in wanted}, wanted)
    if not differing:
        return ItemResult.UNCHANGED
    if on_conflict is OnConflict.KEEP:
        return ItemResult.KEPT
    if on_conflict is OnConflict.REJECT:
        return ExternalIdConflict(
            f"Heed has another {', '.join(sorted(differing))}, and that stays. Import with on_conflict=update to"
            " replace it, or with keep to pass over such lines.",
            pointer="/external_id",
        )
    event = service.update(customer, wanted, now=now)
    if event is not None:
        events.append(event)
    return ItemResult.UPDATED
