"""After a change of terms every open complaint is replanned once, whatever it has been through."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from heed_common.contracts.complaint import Milestone
from heed_common.metrics import Metrics
from heed_common.periodic_job import PeriodicJob
from heed_complaint.core import repository as complaints
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.sla import case as cases
from heed_complaint.sla import repository as clock_repository
from heed_complaint.sla.clock import milestones, rows
from heed_complaint.sla.replanning.service import replan_page
from heed_complaint.sla.terms import resolver
from heed_complaint.sla.terms.calendars import service as calendars
from heed_complaint.sla.terms.policies import service as policies
from heed_complaint.sla.terms.revisions import repository as changes
from heed_complaint.sla.terms.revisions.tables import ComplaintPlanState
from tests.complaint.factories.complaints import move, names, open_complaint, staged_events, walk
from tests.complaint.factories.terms import make_calendar, make_policy, make_target, replan
from tests.conftest import NOON

pytestmark = pytest.mark.asyncio
HOUR = timedelta(hours=1)
LIVES = {
    "untouched": (),
    "contacted": (Action.ACCEPT, Action.CONTACT),
    "waiting for the customer": (Action.ACCEPT, Action.WAIT_FOR_CUSTOMER),
    "after a wait": (Action.ACCEPT, Action.WAIT_FOR_CUSTOMER, Action.RESUME),
    "completed": (Action.ACCEPT, Action.CONTACT, Action.COMPLETE),
    "come back": (Action.ACCEPT, Action.COMPLETE, Action.REOPEN),
    "come back twice": (Action.ACCEPT, Action.COMPLETE, Action.REOPEN, Action.COMPLETE, Action.REOPEN),
    "withdrawn": (Action.WITHDRAW,),
}


async def write_office(session, *day, now=NOON, **overrides):
    document = make_calendar(*day, **overrides)
    await calendars.put(session, name="office", document=document, by="boss", if_match=-1, now=now)


async def write_policy(session, *, now=NOON, **overrides):
    await policies.put(session, name="mine", document=make_policy(**overrides), by="boss", if_match=None, now=now)


async def live(session, actions, **overrides):
    """An hour between each step and the next, from Monday noon on."""
    now = NOON
    case = await open_complaint(session, now=now, severity="minor", **overrides)
    for action in actions:
        now += HOUR
        case = await move(session, case, action, now=now)
    return case.complaint.id


async def read(database, ids):
    async with database.transaction() as session:
        return await clock_repository.load_clocks(session, ids)


async def revisions(session, ids):
    found = await session.execute(
        select(ComplaintPlanState.complaint_id, ComplaintPlanState.revision).where(
            ComplaintPlanState.complaint_id.in_(ids)
        )
    )
    return {row.complaint_id: row.revision for row in found}


def stored_columns(clocks, now):
    """Return the stored columns. When a stopped clock would have warned does not matter."""
    return [
        rows.status_columns(clock, now=now) if clock.stopped_at else rows.clock_row(clock, now=now)
        for clock in milestones.in_flow_order(clocks)
    ]


@pytest.mark.parametrize("on_reopen", ["continue", "reset", "new"])
@pytest.mark.parametrize("retroactive", [True, False])
async def test_whatever_a_complaint_has_been_through_its_clocks_are_what_its_terms_make_of_the_facts(
    complaint_database, clock, on_reopen, retroactive
):
    steps = [{"at": 1.5, "to": "lead"}]
    async with complaint_database.transaction() as session:
        await write_policy(
            session, targets={}, order=1, on_reopen=on_reopen, retroactive=retroactive, escalate=steps, when=None
        )
        ids = [await live(session, actions) for actions in LIVES.values()]
    before = await read(complaint_database, ids)
    clock.advance(30 * HOUR)
    async with complaint_database.transaction() as session:
        await write_office(session, ("09:00", "10:00"), ("11:00", "11:30"), now=clock.now())
    await replan(complaint_database, clock)
    async with complaint_database.transaction() as session:
        open_ones = [
            row for row in [await complaints.load_complaint(session, name) for name in ids] if not row.ended_at
        ]
        plans = await resolver.plans_for(session, open_ones, terms=await resolver.current_terms(session))
    now, since = clock.now(), None if retroactive else clock.now()
    planned = {name: milestones.replanned(before[name], plan, since=since) for name, plan in plans.items()}
    expected = {
        name: milestones.evaluate(milestones.suppress_past_warnings(own, now=now), now=now)
        for name, own in planned.items()
    }
    after = await read(complaint_database, ids)
    for name in plans:
        assert stored_columns(after[name], now) == stored_columns(expected[name], now)
    assert len(plans) == len(LIVES) - 1
    assert sum(after[name] != before[name] for name in plans) == len(plans)
    (withdrawn,) = set(ids) - set(plans)
    assert after[withdrawn] == before[withdrawn]


async def test_a_complaint_is_planned_by_the_newest_terms_from_its_opening_on(session):
    case = await open_complaint(session, now=NOON)
    newest = (await changes.newest(session)).number
    assert await revisions(session, [case.complaint.id]) == {case.complaint.id: newest}


async def test_the_target_of_a_call_back_that_waits_is_the_new_one_when_it_begins(complaint_database, clock):
    async with complaint_database.transaction() as session:
        name = await live(session, (Action.ACCEPT,))
        await write_policy(session, targets={"call_back": make_target("PT2H")})
    await replan(complaint_database, clock)
    async with complaint_database.transaction() as session:
        waiting = (await clock_repository.load_clocks(session, [name]))[name][Milestone.CALL_BACK]
    assert (waiting.terms.target, waiting.terms.policy.name, waiting.due_at) == (2 * HOUR, "mine", None)


async def test_who_works_on_a_complaint_is_not_waited_for_and_it_is_planned_later(complaint_database, clock):
    async with complaint_database.transaction() as session:
        busy, idle = [await live(session, ()) for _ in range(2)]
        await write_policy(session)
        newest = (await changes.newest(session)).number
    async with complaint_database.transaction() as desk:
        await complaints.lock_complaint(desk, busy)
        await asyncio.wait_for(replan(complaint_database, clock), 10)
        known = await revisions(desk, [busy, idle])
        assert known[busy] < newest
        assert known[idle] == newest
    await replan(complaint_database, clock)
    clocks = await read(complaint_database, [busy])
    assert clocks[busy][Milestone.RESOLUTION].due_at == NOON + 8 * HOUR


async def test_two_workers_at_once_publish_each_breach_once(complaint_database, clock):
    async with complaint_database.transaction() as session:
        for _ in range(20):
            await live(session, (Action.ACCEPT, Action.CONTACT))
        await write_policy(session)
    clock.advance(10 * HOUR)
    loops = [
        PeriodicJob("one", replan_page, database=complaint_database, clock=clock, metrics=Metrics("sla"), lock=lock)
        for lock in (1, 2)
    ]
    for _ in range(3):
        await asyncio.gather(*(loop.run_once() for loop in loops))
    async with complaint_database.transaction() as session:
        late = [one for one in await staged_events(session) if one.data.get("milestone") == "resolution"]
    assert names(late) == ["sla.breached"] * 20
    assert len({one.subject for one in late}) == 20


async def test_what_has_ended_is_forgotten_and_planned_by_what_holds_then_when_it_is_reopened(
    complaint_database, clock
):
    async with complaint_database.transaction() as session:
        name = await live(session, ())
        case = await walk(session, await _case(session, name), Action.DECLINE, now=NOON)
        await write_policy(session)
    await replan(complaint_database, clock)
    async with complaint_database.transaction() as session:
        assert await revisions(session, [name]) == {}
        await move(session, case, Action.REOPEN, now=NOON + HOUR)
    await replan(complaint_database, clock)
    resolution = (await read(complaint_database, [name]))[name][Milestone.RESOLUTION]
    assert resolution.terms.policy.name == "mine"
    assert resolution.due_at == NOON + 9 * HOUR


async def test_a_complaint_from_years_unknown_to_the_new_calendar_is_not_moved_and_others_are(
    complaint_database, clock
):
    long_ago = NOON.replace(year=1990)
    async with complaint_database.transaction() as session:
        old = await live(session, (), received_at=long_ago)
        new = await live(session, ())
        before = await clock_repository.load_clocks(session, [old])
        await write_office(session, ("09:00", "12:00"), holidays={"country": "CN"})
    await replan(complaint_database, clock)
    after = await read(complaint_database, [old, new])
    assert after[old][Milestone.RESOLUTION] == before[old][Milestone.RESOLUTION]
    assert after[new][Milestone.RESOLUTION].terms.calendar.key == ("office", 2)


async def test_without_a_change_nothing_is_replanned(complaint_database, clock):
    async with complaint_database.transaction() as session:
        await live(session, ())
    timer = PeriodicJob("one", replan_page, database=complaint_database, clock=clock, metrics=Metrics("sla"), lock=1)
    assert await timer.run_once() is False


async def test_complaints_of_which_the_same_holds_share_one_plan(session):
    opened = [
        (await open_complaint(session, now=NOON, severity=severity)).complaint for severity in 3 * ("minor", "major")
    ]
    plans = await resolver.plans_for(session, opened, terms=await resolver.current_terms(session))
    assert len({id(plan) for plan in plans.values()}) == 2


async def _case(session, name):
    return await cases.lock(session, name)
