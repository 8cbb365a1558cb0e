"""Replanning of open complaints after a change of calendars, policies, agreements or customers, page by page.

Most complaints have no alert due afterwards: of those only the changed clocks are loaded and saved, as rows. Where a
deadline turns out to be missed, or in time after all, the whole complaint is loaded and its alerts are fired.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.clock import Clock as Time
from heed_common.contracts.complaint import Milestone
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_complaint.core.priority_rank import repository as refresh
from heed_complaint.sla import repository as clock_repository
from heed_complaint.sla import service as sla
from heed_complaint.sla.clock.milestones import terms_of, with_previous
from heed_complaint.sla.clock.plan import Plan
from heed_complaint.sla.clock.rows import calendar_keys, clocks_from_rows, status_columns, terms_columns
from heed_complaint.sla.clock.working_time import BeyondHorizon
from heed_complaint.sla.replanning import repository, rules
from heed_complaint.sla.replanning.repository import ComplaintStub
from heed_complaint.sla.replanning.rules import ReplanResult
from heed_complaint.sla.terms import resolver
from heed_complaint.sla.terms.calendars.cache import load_calendars
from heed_complaint.sla.terms.resolver import TermsSnapshot
from heed_complaint.sla.terms.revisions import repository as revisions

PAGE_SIZE = 1000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PlannedPage:
    """A page of complaints with their plans. Most complaints share a few plans, which are numbered."""

    plans: Mapping[UUID, Plan]
    numbers: Mapping[UUID, int]
    plan_rows: Sequence[Mapping[str, Any]]
    """The terms by number and milestone, as columns."""

    @classmethod
    def from_plans(cls, plans: Mapping[UUID, Plan]) -> "PlannedPage":
        distinct = {id(plan): plan for plan in plans.values()}
        numbers = {identity: number for number, identity in enumerate(distinct)}
        rows = [row for identity, plan in distinct.items() for row in _plan_rows(plan, numbers[identity])]
        return cls(plans, {complaint_id: numbers[id(plan)] for complaint_id, plan in plans.items()}, rows)


async def replan_page(session: AsyncSession, time: Time, isolate: Isolation = all_at_once) -> bool:
    """Replan one page of open complaints by the current terms. Return whether there may be more."""
    now, terms = time.now(), await resolver.current_terms(session)
    outdated = await repository.lock_outdated(
        session, revision=terms.revision, fields=terms.required_fields, limit=PAGE_SIZE, now=now
    )
    ended = [stub.id for stub in outdated if stub.ended_at]
    if ended:
        await revisions.mark_ended(session, ended)

    async def replan(stubs: Sequence[ComplaintStub]) -> None:
        await _replan(session, terms, stubs, now=now)

    open_stubs = [stub for stub in outdated if not stub.ended_at]
    await isolate(session, repository.JOB, open_stubs, replan, key=attrgetter("id"), now=now)
    return bool(outdated)


async def replan_results(session: AsyncSession, page: PlannedPage, *, now: datetime) -> dict[UUID, ReplanResult]:
    """Return what the plans change about the clocks. Clocks whose deadline no calendar knows remain unchanged."""
    found = await repository.clocks_with_changed_terms(session, page.numbers, page.plan_rows)
    ledgers = await clock_repository.load_ledgers(session, {row["complaint_id"] for row in found})
    calendars = await load_calendars(session, calendar_keys(found))
    results: dict[UUID, ReplanResult] = {}
    for complaint_id, its_rows in groupby(found, key=lambda row: row["complaint_id"]):
        before = clocks_from_rows(list(its_rows), ledgers.get(complaint_id, ()), calendars)
        try:
            results[complaint_id] = rules.replan_and_evaluate(before, page.plans[complaint_id], now=now)
        except BeyondHorizon:
            log.warning("complaint %s not replanned: the new calendar does not know its years", complaint_id)
    return results


def _plan_rows(plan: Plan, number: int) -> Iterator[dict[str, Any]]:
    """Yield the columns of the plan's terms, one row for each milestone, with the number of the plan."""
    for milestone in Milestone:
        columns = terms_columns(terms_of(plan, milestone))
        yield columns | {"plan": number, "milestone": milestone.value, "retroactive": plan.retroactive}


async def _replan(
    session: AsyncSession, terms: TermsSnapshot, stubs: Sequence[ComplaintStub], *, now: datetime
) -> None:
    await repository.disable_seqscan(session)
    page = PlannedPage.from_plans(await resolver.plans_for(session, stubs, terms=terms))
    with_alerts = await _save_without_alerts(session, page, await replan_results(session, page, now=now), now=now)
    await _save_with_alerts(session, page, with_alerts, now=now)
    # Last, since a milestone is planned as a whole: its waiting clock shows whether it was planned.
    await repository.update_waiting_clocks(session, page.numbers, page.plan_rows)
    await revisions.mark_planned(session, page.plans.keys(), revision=terms.revision)


async def _save_without_alerts(
    session: AsyncSession, page: PlannedPage, results: Mapping[UUID, ReplanResult], *, now: datetime
) -> list[UUID]:
    """Save the clocks of complaints without due alerts; return the other complaints."""
    rows: list[dict[str, Any]] = []
    for complaint_id, result in results.items():
        if not result.has_alerts:
            key = {"complaint_id": complaint_id, "plan": page.numbers[complaint_id]}
            clocks = (clock for present in result.after.values() for clock in with_previous(present))
            rows += [status_columns(clock, now=now) | key for clock in clocks]
    if rows:
        await repository.update_clocks(session, rows, page.plan_rows)
        await refresh.refresh_ranks(session, {row["complaint_id"] for row in rows})
    return [complaint_id for complaint_id, result in results.items() if result.has_alerts]


async def _save_with_alerts(
    session: AsyncSession, page: PlannedPage, complaint_ids: Sequence[UUID], *, now: datetime
) -> None:
    if not complaint_ids:
        return
    before = await clock_repository.load_clocks(session, complaint_ids, lock=True)
    after = {
        complaint_id: rules.replanned(clocks, page.plans[complaint_id], now=now)
        for complaint_id, clocks in before.items()
    }
    await sla.fire_alerts(session, await repository.load_complaints(session, complaint_ids), after, now=now)
