"""Two customers turn out to be one: what was promised to one of them holds for both."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.customer import CustomerMerged, MergeEvent
from heed_common.decoding import ReceivedEvent
from heed_survey.customers import repository


async def note_merges(session: AsyncSession, events: Sequence[ReceivedEvent[MergeEvent]]) -> None:
    """Of several words about a member the newest holds, in whatever order they come."""
    newest = {one.event.customer_id: one for one in sorted(events, key=lambda one: one.aggversion)}
    rows = [
        {
            "member": member,
            "survivor": one.event.survivor_id if isinstance(one.event, CustomerMerged) else None,
            "version": one.aggversion,
        }
        for member, one in newest.items()
    ]
    await repository.write_aliases(session, rows)
