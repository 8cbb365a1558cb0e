"""Receipts of complaints that others are merged into: the own one is stored, the earliest one counts."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.merges import repository, rules
from heed_complaint.lifecycle.merges.rules import Receipt
from heed_complaint.sla.clock.milestones import Clocks


async def own_receipt(session: AsyncSession, survivor: Complaint) -> Receipt:
    """Return the survivor's own receipt, which an earlier merge may have replaced."""
    for earlier in await repository.standing_merges(session, survivor.id):
        return Receipt(earlier.survivor_received_at, earlier.survivor_occurred_at)
    return Receipt(survivor.received_at, survivor.occurred_at)


async def correct(
    session: AsyncSession, complaint: Complaint, clocks: Clocks, changed: Collection[str], *, instead_of: datetime
) -> Clocks:
    """Store a corrected receipt as the complaint's own, and return the clocks as they count from the earliest one."""
    corrected = {name: getattr(complaint, name) for name in Receipt._fields if name in changed}
    if not corrected:
        return clocks
    own = (await own_receipt(session, complaint))._replace(**corrected)
    await repository.set_own_receipt(session, complaint.id, own)
    complaint.received_at, complaint.occurred_at = await repository.earliest(
        session, complaint.id, received=own.received_at, occurred=own.occurred_at
    )
    return rules.received_at(clocks, complaint.received_at, instead_of=instead_of)
