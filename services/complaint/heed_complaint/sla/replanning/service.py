"""After a change of calendars, policies, agreements or customers open complaints are planned anew, a page at a time.

Most complaints have nothing to tell of it: of those only the clocks that changed are read and written, as rows. Where
a deadline turns out to be missed, or in time after all, the whole complaint is read and tells of it.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.clock import Clock as Time
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_complaint.core.priority_rank import repository as refresh
from heed_complaint.sla import repository as clocks_kept
from heed_complaint.sla import rows, store
from heed_complaint.sla import service as sla
from heed_complaint.sla.clock.milestones import all_of
from heed_complaint.sla.clock.plan import Plan
from heed_complaint.sla.clock.working_time import BeyondHorizon
from heed_complaint.sla.replanning import repository, rules
from heed_complaint.sla.replanning.repository import Stub
from heed_complaint.sla.replanning.rules import Change
from heed_complaint.sla.terms import resolver
from heed_complaint.sla.terms.calendars.cache import load
from heed_complaint.sla.terms.resolver import Book
from heed_complaint.sla.terms.revisions import repository as changes

PAGE = 1000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """Some complaints with their plans, of which most share a few; those are numbered."""

    plans: Mapping[UUID, Plan]
    numbers: Mapping[UUID, int]
    granted: Sequence[Mapping[str, Any]]
    """By number and milestone, as rows hold it."""

    @classmethod
    def of(cls, plans: Mapping[UUID, Plan]) -> "Page":
        found = {id(plan): plan for plan in plans.values()}
        numbers = {identity: number for number, identity in enumerate(found)}
        granted = [row for identity, plan in found.items() for row in rules.granted_by(plan, numbers[identity])]
        return cls(plans, {name: numbers[id(plan)] for name, plan in plans.items()}, granted)


async def replan_page(session: AsyncSession, time: Time, isolate: Isolation = all_at_once) -> bool:
    """Plans one page of open complaints by the terms that count now. Answers whether there may be more."""
    now, book = time.now(), await resolver.book(session)
    stale = await repository.lock_stale(session, revision=book.revision, asked=book.asks, limit=PAGE, now=now)
    ended = [stub.id for stub in stale if stub.ended_at]
    if ended:
        await changes.mark_ended(session, ended)

    async def replan(stubs: Sequence[Stub]) -> None:
        await _replan(session, book, stubs, now=now)

    owed = [stub for stub in stale if not stub.ended_at]
    await isolate(session, repository.JOB, owed, replan, key=attrgetter("id"), now=now)
    return bool(stale)


async def _replan(session: AsyncSession, book: Book, owed: Sequence[Stub], *, now: datetime) -> None:
    await repository.expect_few(session)
    page = Page.of(await resolver.plans_by(session, book, owed))
    loud = await _keep_quiet_ones(session, page, await moved(session, page, now=now), now=now)
    await _tell_of(session, page, loud, now=now)
    # Last, since a milestone is planned as a whole: its waiting clock shows whether it was planned.
    await repository.write_waiting(session, page.numbers, page.granted)
    await changes.mark_planned(session, page.plans.keys(), revision=book.revision)


async def moved(session: AsyncSession, page: Page, *, now: datetime) -> dict[UUID, Change]:
    """What the plans change about the clocks. Where no deadline can be named by them, they stay as they are."""
    found = await repository.touched(session, page.numbers, page.granted)
    ledgers = await clocks_kept.ledgers_of(session, {row["complaint_id"] for row in found})
    calendars = await load(session, rows.calendars_in(found))
    changed: dict[UUID, Change] = {}
    for complaint_id, its_rows in groupby(found, key=lambda row: row["complaint_id"]):
        before = rows.clocks_of(list(its_rows), ledgers.get(complaint_id, ()), calendars)
        try:
            changed[complaint_id] = rules.change(before, page.plans[complaint_id], now=now)
        except BeyondHorizon:
            log.warning("complaint %s keeps its terms: the new calendar does not know its years", complaint_id)
    return changed


async def _keep_quiet_ones(
    session: AsyncSession, page: Page, changed: Mapping[UUID, Change], *, now: datetime
) -> list[UUID]:
    """Writes the clocks of which there is nothing to tell; answers the other complaints."""
    quiet: list[dict[str, Any]] = []
    for complaint_id, change in changed.items():
        if not change.has_news:
            said = {"complaint_id": complaint_id, "plan": page.numbers[complaint_id]}
            quiet += [rows.standing(clock, now=now) | said for one in change.after.values() for clock in all_of(one)]
    if quiet:
        await repository.write(session, quiet, page.granted)
        await refresh.place(session, {row["complaint_id"] for row in quiet})
    return [complaint_id for complaint_id, change in changed.items() if change.has_news]


async def _tell_of(session: AsyncSession, page: Page, complaint_ids: Sequence[UUID], *, now: datetime) -> None:
    if not complaint_ids:
        return
    found = await store.lock(session, complaint_ids)
    after = {name: rules.replanned(clocks, page.plans[name], now=now) for name, clocks in found.items()}
    await sla.ring_all(session, await repository.complaints(session, complaint_ids), after, now=now)
