"""How the clocks of complaints are kept: rows become clocks once the calendars that they name are at hand, and back."""

from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.priority_rank import repository as refresh
from heed_complaint.sla import repository, rows
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.terms.resolver import load_calendars


async def read(session: AsyncSession, complaint_ids: Collection[UUID]) -> dict[UUID, Clocks]:
    """The clocks as they are kept; what fell due since the last look has not been told yet."""
    return await _read(session, complaint_ids, lock=False)


async def lock(session: AsyncSession, complaint_ids: Collection[UUID]) -> dict[UUID, Clocks]:
    """For whoever changes them and holds the locks of the complaints."""
    return await _read(session, complaint_ids, lock=True)


async def save(session: AsyncSession, clocks: Mapping[UUID, Clocks], *, now: datetime) -> None:
    """Writes clocks of which everything that is due was told. The pauses are kept apart."""
    await repository.save_clocks(
        session,
        [
            {"complaint_id": complaint_id, **row}
            for complaint_id in sorted(clocks)
            for row in rows.rows_of(clocks[complaint_id], now=now)
        ],
    )
    await refresh.place(session, clocks)


async def save_pauses(session: AsyncSession, clocks: Mapping[UUID, Clocks]) -> None:
    """Writes the ledgers, for whoever may have changed one."""
    ledgers = {complaint_id: rows.ledger_of(its_clocks) for complaint_id, its_clocks in clocks.items()}
    await repository.save_ledgers(session, ledgers)


async def _read(session: AsyncSession, complaint_ids: Collection[UUID], *, lock: bool) -> dict[UUID, Clocks]:
    found = await repository.clocks_of(session, complaint_ids, lock=lock)
    ledgers = await repository.ledgers_of(session, complaint_ids)
    calendars = await load_calendars(session, rows.calendars_in(found))
    return {
        complaint_id: rows.clocks_of(tuple(its_rows), ledgers.get(complaint_id, ()), calendars)
        for complaint_id, its_rows in groupby(found, key=lambda row: row["complaint_id"])
    }
