"""Use cases of customer merges."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.customer import CustomerMerged, MergeEvent
from heed_common.decoding import ReceivedEvent
from heed_survey.customers import repository


async def apply_merges(session: AsyncSession, events: Sequence[ReceivedEvent[MergeEvent]]) -> None:
    """Store the newest merge or un-merge of each duplicate; the events may arrive in any order."""
    newest = {item.event.customer_id: item for item in sorted(events, key=lambda item: item.aggversion)}
    rows = [
        {
            "duplicate_id": duplicate_id,
            "survivor_id": item.event.survivor_id if isinstance(item.event, CustomerMerged) else None,
            "version": item.aggversion,
        }
        for duplicate_id, item in newest.items()
    ]
    await repository.upsert_merges(session, rows)


async def families_of(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Return for each customer all customers merged with it, itself included."""
    return await repository.families_of(session, customer_ids)
