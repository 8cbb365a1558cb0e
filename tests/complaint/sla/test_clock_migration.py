"""Complaints from before there were calendars have the same deadlines, pauses and verdicts."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common import migrations
from heed_common.contracts.complaint import Milestone
from heed_common.database import Database
from heed_common.metrics import Metrics
from heed_complaint.sla import repository
from heed_complaint.sla.clock.clock import ClockState
from heed_complaint.sla.clock.pauses import Pause, PauseReason
from heed_complaint.sla.jobs import DeadlineScheduler
from tests.complaint.factories.complaints import names, staged_events
from tests.conftest import NOON

HOUR = timedelta(hours=1)
COMPLAINT = text("""
    INSERT INTO complaint (id, fingerprint, event_id, customer_id, channel, category, severity, description,
        occurred_at, received_at, currency, state, paused, opened_at)
    VALUES (:id, '', :id, :id, 'phone', 'product', 'major', '', :at, :at, 'USD', :state, :paused, :at)
""")
CLOCK = text("""
    INSERT INTO milestone (complaint_id, milestone, target, started_at, stood, stood_since, reached_at, cancelled_at,
        missed, state, due_at)
    VALUES (:id, :milestone, :target, :started_at, :stood, :stood_since, :reached_at, :cancelled_at, :missed, :state,
        :due_at)
""")
STEP = text("""
    INSERT INTO history_entry (complaint_id, at, action, before, after)
    VALUES (:id, :at, 'step', '{}',
        jsonb_build_object('state', CAST(:state AS text), 'paused', CAST(:paused AS boolean)))
""")
pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def before(databases):
    """A complaint service as it was before."""
    name = await databases.empty()
    await migrations.upgrade(databases.url(name), "heed_complaint", to="0004")
    database = Database(databases.url(name), pool_size=4)
    yield database
    await database.close()
    await databases.drop(name)


async def lived(database, state, *steps, paused=False):
    """A complaint with its history: hours after the receipt, the state, and whether it was paused then."""
    id_ = uuid4()
    async with database.transaction() as session:
        await session.execute(COMPLAINT, {"id": id_, "at": NOON, "state": state, "paused": paused})
        for hours, then, was_paused in steps:
            await session.execute(STEP, {"id": id_, "at": NOON + hours * HOUR, "state": then, "paused": was_paused})
    return id_


async def store_clock(database, id_: UUID, milestone, target, *, stood=0, **facts):
    at = {
        name: NOON + facts.pop(name) * HOUR for name in ("stood_since", "reached_at", "cancelled_at") if name in facts
    }
    waits = facts.get("state") == "waiting"
    row = {
        "id": id_,
        "milestone": milestone,
        "target": target * HOUR,
        "started_at": None if waits else NOON,
        "stood": stood * HOUR,
        "due_at": None if waits or "stood_since" in at else NOON + (target + stood) * HOUR,
        "missed": facts.get("state") == "missed",
    }
    empty = dict.fromkeys(("stood_since", "reached_at", "cancelled_at"))
    async with database.transaction() as session:
        await session.execute(CLOCK, {**row, **empty, **at, **facts})


async def migrated(database, id_):
    await migrations.upgrade(database.url.render_as_string(hide_password=False), "heed_complaint")
    await database.close()
    async with database.transaction() as session:
        return (await repository.load_clocks(session, [id_]))[id_]


async def test_a_complaint_that_was_paused_and_reopened_has_the_same_deadline_and_pauses(before):
    id_ = await lived(
        before,
        "accepted",
        (1, "accepted", False),
        (2, "accepted", True),
        (5, "accepted", False),
        (10, "completed", False),
        (11, "confirmed", False),
        (30, "accepted", False),
    )
    await store_clock(before, id_, "first_contact", 1, stood=20, state="missed", cancelled_at=10)
    await store_clock(before, id_, "commitment", 4, state="met", reached_at=3)
    await store_clock(before, id_, "resolution", 48, stood=23, state="running")
    await store_clock(before, id_, "call_back", 72, state="waiting")
    clocks = await migrated(before, id_)
    resolution = clocks[Milestone.RESOLUTION]
    assert resolution.due_at == NOON + 71 * HOUR
    assert resolution.ledger == (
        Pause(NOON + 2 * HOUR, NOON + 5 * HOUR),
        Pause(NOON + 10 * HOUR, NOON + 30 * HOUR, PauseReason.CLOSED),
    )
    assert resolution.consumed(NOON + 40 * HOUR) == 17 * HOUR
    states = {milestone: clock.state(NOON + 40 * HOUR) for milestone, clock in clocks.items()}
    assert states == {
        Milestone.FIRST_CONTACT: ClockState.MISSED,
        Milestone.COMMITMENT: ClockState.MET,
        Milestone.RESOLUTION: ClockState.RUNNING,
        Milestone.CALL_BACK: ClockState.WAITING,
    }


async def test_a_complaint_that_waits_for_the_customer_goes_on_waiting(before):
    id_ = await lived(before, "accepted", (1, "accepted", False), (2, "accepted", True), paused=True)
    await store_clock(before, id_, "resolution", 48, state="paused", stood_since=2)
    (resolution,) = (await migrated(before, id_)).values()
    assert resolution.state(NOON + 900 * HOUR) is ClockState.PAUSED
    assert resolution.consumed(NOON + 900 * HOUR) == 2 * HOUR


async def test_what_runs_is_looked_at_by_the_timers_from_then_on(before, clock):
    id_ = await lived(before, "received", (0, "received", False))
    for milestone in ("first_contact", "commitment", "call_back"):
        await store_clock(before, id_, milestone, 1, state="waiting")
    await store_clock(before, id_, "resolution", 48, state="running")
    await migrated(before, id_)
    timers = DeadlineScheduler(before, clock=clock, metrics=Metrics("complaint"))
    clock.advance(HOUR)
    assert await timers.fire_batch() == 0.0
    clock.advance(48 * HOUR)
    await timers.fire_batch()
    async with before.transaction() as session:
        assert names(await staged_events(session, id_)) == ["sla.warned", "sla.breached"]


async def test_the_way_back_leaves_the_deadlines_where_they_are(before):
    id_ = await lived(before, "accepted", (2, "accepted", True), (5, "accepted", False))
    await store_clock(before, id_, "resolution", 48, stood=3, state="running")
    await migrated(before, id_)
    await migrations.downgrade(before.url.render_as_string(hide_password=False), "heed_complaint", to="0004")
    await before.close()
    async with before.transaction() as session:
        rows = (await session.execute(text("SELECT stood, due_at FROM milestone"))).all()
    assert [tuple(row) for row in rows] == [(3 * HOUR, NOON + 51 * HOUR)]
