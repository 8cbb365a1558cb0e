"""Receipt times of a survivor: its own are stored with its merges, the earliest of all duplicates count."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.merges import repository, rules
from heed_complaint.lifecycle.merges.rules import ReceiptTimes
from heed_complaint.sla.clock.milestones import Clocks


async def own_receipt_times(session: AsyncSession, survivor: Complaint) -> ReceiptTimes:
    """Return the survivor's own receipt times, which an earlier merge may have replaced."""
    for merge in await repository.active_merges(session, survivor.id):
        return ReceiptTimes(merge.survivor_received_at, merge.survivor_occurred_at)
    return ReceiptTimes(survivor.received_at, survivor.occurred_at)


async def correct_receipt_times(
    session: AsyncSession, complaint: Complaint, clocks: Clocks, changed: Collection[str], *, instead_of: datetime
) -> Clocks:
    """Store corrected times as the complaint's own. Return the clocks as they count from the earliest receipt."""
    corrected = {name: getattr(complaint, name) for name in ReceiptTimes._fields if name in changed}
    if not corrected:
        return clocks
    own = (await own_receipt_times(session, complaint))._replace(**corrected)
    await repository.update_own_receipt_times(session, complaint.id, own)
    complaint.received_at, complaint.occurred_at = await repository.earliest_receipt_times(
        session, complaint.id, received=own.received_at, occurred=own.occurred_at
    )
    return rules.with_received_at(clocks, complaint.received_at, instead_of=instead_of)
