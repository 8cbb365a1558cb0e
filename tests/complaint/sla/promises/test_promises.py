"""Promises to customers: kept, renegotiated in advance, or broken, and published once."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_complaint.core import repository as complaints
from heed_complaint.core.errors import ComplaintEnded
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.sla.promises import service
from heed_complaint.sla.promises.errors import (
    PromiseDateInPast,
    PromiseIsBroken,
    PromiseNotFound,
    PromiseNotOpen,
)
from heed_complaint.sla.promises.jobs import INTERVAL_SECONDS, promise_job
from heed_complaint.sla.promises.rules import PromiseKind
from heed_complaint.sla.promises.tables import Promise
from tests.complaint.factories.complaints import CLERK, move, names, open_complaint, staged_events, walk
from tests.complaint.lifecycle.merges.test_merges import merge
from tests.conftest import NOON

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SOON = timedelta(microseconds=1)
TO_COMMITTED = (Action.ACCEPT, Action.CONTACT, Action.COMMIT)
pytestmark = pytest.mark.asyncio


async def promised(session, case, *, promised_by=NOON + HOUR, kind=PromiseKind.OTHER, now=NOON):
    return await service.create(
        session,
        complaint_id=case.complaint.id,
        kind=kind,
        description="A call",
        promised_by=promised_by,
        by=CLERK,
        now=now,
    )


async def mark_kept(session, promise, *, now):
    return await service.mark_kept(session, complaint_id=promise.complaint_id, promise_id=promise.id, by=CLERK, now=now)


async def promise_events(session, *kinds):
    return [event for event in await staged_events(session) if names([event])[0].removeprefix("complaint.") in kinds]


async def actions(session, case):
    history = await complaints.list_history(session, [case.complaint.id], after=0, limit=100)
    return [(entry.action, entry.actor) for entry in history]


async def test_commit_creates_a_promise_and_completion_in_time_keeps_it(session):
    case = await walk(session, await open_complaint(session, now=NOON), *TO_COMMITTED, now=NOON)
    (promise,) = await session.scalars(select(Promise))
    assert (promise.description, promise.kind, promise.state) == ("A new one by Friday", "repair_cycle", "open")
    await move(session, case, Action.COMPLETE, now=NOON + DAY)
    assert (promise.state, promise.settled_at) == ("kept", NOON + DAY)
    assert names(await staged_events(session))[-2:] == ["complaint.promise_kept", "complaint.completed"]


async def test_completion_after_the_moment_leaves_the_promise_broken_at_that_moment(session):
    case = await walk(session, await open_complaint(session, now=NOON), *TO_COMMITTED, now=NOON)
    await move(session, case, Action.COMPLETE, now=NOON + DAY + SOON)
    (broken,) = await promise_events(session, "promise_broken", "promise_kept")
    assert broken.data["occurred_at"] == broken.data["promised_by"] == "2026-03-03T12:00:00Z"
    assert broken.data["told_before"] is False


async def test_a_promise_of_quality_stays_open_after_the_completion(session):
    case = await walk(session, await open_complaint(session, now=NOON), Action.ACCEPT, now=NOON)
    later = await promised(session, case, kind=PromiseKind.QUALITY, promised_by=NOON + 30 * DAY)
    await move(session, case, Action.COMPLETE, now=NOON)
    assert later.state == "open"
    assert (await mark_kept(session, later, now=NOON + 30 * DAY)).state == "kept"


async def test_a_promise_can_be_marked_as_kept_until_its_very_moment_and_once(session):
    case = await open_complaint(session, now=NOON)
    promise = await promised(session, case)
    await mark_kept(session, promise, now=NOON + HOUR)
    assert names(await staged_events(session))[-1] == "complaint.promise_kept"
    with pytest.raises(PromiseNotOpen):
        await mark_kept(session, promise, now=NOON + HOUR)
    late = await promised(session, case)
    with pytest.raises(PromiseIsBroken):
        await mark_kept(session, late, now=NOON + HOUR + SOON)
    assert await actions(session, case) == [
        ("open", CLERK),
        ("promise", CLERK),
        ("keep_promise", CLERK),
        ("promise", CLERK),
    ]


async def test_renegotiation_breaks_the_promise_with_an_apology_and_replaces_it(session):
    case = await walk(session, await open_complaint(session, now=NOON), *TO_COMMITTED, now=NOON)
    (promise,) = await session.scalars(select(Promise))
    again = await service.renegotiate(
        session,
        complaint_id=case.complaint.id,
        promise_id=promise.id,
        apology="The part is late; we are sorry",
        promised_by=NOON + 3 * DAY,
        by=CLERK,
        if_match=case.complaint.revision,
        now=NOON + HOUR,
    )
    assert (promise.state, promise.customer_notified, promise.settled_at) == ("broken", True, NOON + HOUR)
    assert (again.state, again.replaces, again.description) == ("open", promise.id, promise.description)
    assert case.complaint.promised_by == NOON + 3 * DAY
    (broken,) = await promise_events(session, "promise_broken")
    assert broken.data["told_before"] is True
    assert broken.data["occurred_at"] == "2026-03-02T13:00:00Z"
    await move(session, case, Action.COMPLETE, now=NOON + 2 * DAY)
    assert (promise.state, again.state) == ("broken", "kept")


async def test_promises_for_the_past_or_on_an_ended_complaint_are_refused(session):
    case = await open_complaint(session, now=NOON)
    with pytest.raises(PromiseDateInPast):
        await promised(session, case, promised_by=NOON)
    contacted = await walk(session, case, Action.ACCEPT, Action.CONTACT, now=NOON)
    with pytest.raises(PromiseDateInPast):
        await move(session, contacted, Action.COMMIT, now=NOON, promised_by=NOON)
    promise = await promised(session, case)
    case = await walk(session, case, Action.WITHDRAW, now=NOON)
    with pytest.raises(ComplaintEnded):
        await promised(session, case)
    assert promise.state == "void"
    assert await promise_events(session, "promise_kept", "promise_broken") == []


async def test_a_promise_belongs_to_its_complaint(session):
    mine, theirs = [await open_complaint(session, now=NOON) for _ in range(2)]
    promise = await promised(session, mine)
    for complaint_id, promise_id in ((theirs.complaint.id, promise.id), (mine.complaint.id, uuid4())):
        with pytest.raises(PromiseNotFound):
            await service.mark_kept(session, complaint_id=complaint_id, promise_id=promise_id, by=CLERK, now=NOON)


async def test_a_promise_on_a_complaint_that_was_merged_since_can_still_be_kept(session):
    survivor, duplicate = [await open_complaint(session, now=NOON) for _ in range(2)]
    promise = await promised(session, duplicate)
    await merge(session, survivor, duplicate, confirmed=True)
    assert (await mark_kept(session, promise, now=NOON + HOUR)).state == "kept"


def loop(database, clock):
    return promise_job(Resources(database, clock, Metrics("complaint")))


async def given(database, count, *, promised_by=NOON + HOUR):
    async with database.transaction() as session:
        cases = [await open_complaint(session, now=NOON) for _ in range(count)]
        return [await promised(session, case, promised_by=promised_by) for case in cases]


async def broken_ones(database):
    async with database.transaction() as session:
        return [UUID(envelope.data["promise_id"]) for envelope in await promise_events(session, "promise_broken")]


async def test_an_overdue_promise_is_broken_after_its_moment_and_not_before(complaint_database, clock):
    (promise,) = await given(complaint_database, 1)
    timer = loop(complaint_database, clock)
    clock.advance(HOUR)
    assert not await timer.run_once()
    assert await broken_ones(complaint_database) == []
    clock.advance(SOON)
    assert await timer.run_once()
    assert await broken_ones(complaint_database) == [promise.id]
    async with complaint_database.transaction() as session:
        row = (await session.scalars(select(Promise))).one()
        assert row.settled_at == NOON + HOUR
        history = await complaints.list_history(session, [promise.complaint_id], after=0, limit=9)
        assert (history[-1].action, history[-1].actor) == ("break_promise", None)


@pytest.mark.slow
async def test_after_a_day_of_downtime_two_jobs_break_each_overdue_promise_once(complaint_database, clock):
    promises = await given(complaint_database, 120)
    clock.advance(DAY)
    timers = [loop(complaint_database, clock) for _ in range(2)]

    async def until_quiet(timer):
        for _ in range(6):
            await timer.run_once()

    await asyncio.gather(*(until_quiet(timer) for timer in timers))
    await until_quiet(timers[0])
    assert sorted(await broken_ones(complaint_database)) == sorted(promise.id for promise in promises)


async def test_the_job_skips_complaints_that_another_transaction_has_locked(complaint_database, clock):
    (promise,) = await given(complaint_database, 1)
    clock.advance(2 * HOUR)
    timer = loop(complaint_database, clock)
    async with complaint_database.transaction() as session:
        await complaints.lock_complaint(session, promise.complaint_id)
        await asyncio.wait_for(timer.run_once(), timeout=60)
        assert await broken_ones(complaint_database) == []
    await timer.run_once()
    assert await broken_ones(complaint_database) == [promise.id]


async def test_the_running_job_breaks_overdue_promises_within_a_second(complaint_database, clock):
    """How long a look takes is the machine's affair; how long it rests between two is ours."""
    assert INTERVAL_SECONDS < 0.5
    (promise,) = await given(complaint_database, 1)
    timer = loop(complaint_database, clock)
    running = asyncio.create_task(timer.run())
    async with asyncio.timeout(60):
        while not timer.ready:
            await asyncio.sleep(0.01)
        clock.advance(HOUR + SOON)
        while await broken_ones(complaint_database) != [promise.id]:
            await asyncio.sleep(0.01)
        timer.stop()
        await running
