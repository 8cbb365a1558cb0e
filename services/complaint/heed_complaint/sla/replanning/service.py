"""After a change of calendars, policies, agreements or customers open complaints are planned anew, a page at a time.

Most complaints have nothing to tell of it: of those only the clocks that changed are read and written, as rows. Where
a deadline turns out to be missed, or in time after all, the whole complaint is read and tells of it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.clock import Clock as Time
from heed_complaint.sla import keeping, rows, terms
from heed_complaint.sla import repository as clocks_kept
from heed_complaint.sla import service as sla
from heed_complaint.sla.calendars.loading import load
from heed_complaint.sla.changes import repository as changes
from heed_complaint.sla.plans import Plan
from heed_complaint.sla.replanning import repository, rules
from heed_complaint.sla.replanning.repository import Stub
from heed_complaint.sla.rules import Clocks

PAGE = 1000


async def replan_page(session: AsyncSession, time: Time) -> bool:
    """Plans one page of open complaints by the terms that count now. Answers whether there may be more."""
    now, book = time.now(), await terms.book(session)
    stale = await repository.lock_stale(session, revision=book.revision, limit=PAGE)
    ended = [stub.id for stub in stale if stub.ended_at]
    if ended:
        await changes.mark_ended(session, ended)
    owed = [stub for stub in stale if not stub.ended_at]
    if owed:
        plans = await terms.plans_by(session, book, owed)
        loud = await _keep_quiet_ones(session, await moved(session, owed, plans, now=now), now=now)
        await _tell_of(session, loud, plans, now=now)
        await changes.mark_planned(session, plans.keys(), revision=book.revision)
    return bool(stale)


async def moved(
    session: AsyncSession, stubs: Sequence[Stub], plans: Mapping[UUID, Plan], *, now: datetime
) -> dict[UUID, tuple[Clocks, Clocks]]:
    """The clocks that these plans change, before and after."""
    touched = await _touched(session, stubs, plans)
    ledgers = await clocks_kept.ledgers_of(session, touched.keys())
    calendars = await load(session, rows.calendars_in([row for its_rows in touched.values() for row in its_rows]))
    found: dict[UUID, tuple[Clocks, Clocks]] = {}
    for complaint_id, its_rows in touched.items():
        before = rows.clocks_of(its_rows, ledgers.get(complaint_id, ()), calendars)
        after = rules.replanned(before, plans[complaint_id], now=now)
        changed = [milestone for milestone, clock in after.items() if clock is not before[milestone]]
        if changed:
            found[complaint_id] = {name: before[name] for name in changed}, {name: after[name] for name in changed}
    return found


async def _keep_quiet_ones(
    session: AsyncSession, changed: Mapping[UUID, tuple[Clocks, Clocks]], *, now: datetime
) -> list[UUID]:
    """Writes the clocks of which there is nothing to tell; answers the other complaints."""
    quiet, loud = {}, []
    for complaint_id, (_, after) in changed.items():
        clocks, has_news = rules.rung(after, now=now)
        if has_news:
            loud.append(complaint_id)
        else:
            quiet[complaint_id] = clocks
    if quiet:
        await keeping.save(session, quiet, now=now)
    return loud


async def _tell_of(
    session: AsyncSession, complaint_ids: Sequence[UUID], plans: Mapping[UUID, Plan], *, now: datetime
) -> None:
    if not complaint_ids:
        return
    found = await keeping.lock(session, complaint_ids)
    after = {name: rules.replanned(clocks, plans[name], now=now) for name, clocks in found.items()}
    await sla.ring_all(session, await repository.complaints(session, complaint_ids), after, now=now)


async def _touched(
    session: AsyncSession, stubs: Sequence[Stub], plans: Mapping[UUID, Plan]
) -> dict[UUID, list[Mapping[str, Any]]]:
    granted = {id(plan): rules.granted_by(plan) for plan in plans.values()}
    found = await clocks_kept.clocks_of(session, [stub.id for stub in stubs], lock=False)
    grouped = groupby(found, key=lambda row: row["complaint_id"])
    touched = {
        complaint_id: rules.touched(list(its_rows), granted[id(plans[complaint_id])])
        for complaint_id, its_rows in grouped
    }
    return {complaint_id: its_rows for complaint_id, its_rows in touched.items() if its_rows}
