"""Milestones that exist where messages can be sent: acknowledgement, and progress."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.complaint import MESSAGE_MILESTONES, Milestone
from heed_complaint.sla.clock import milestones as sla
from heed_complaint.sla.clock import rows
from heed_complaint.sla.clock.clock import ClockState
from heed_complaint.sla.clock.plan import OnReopen, Plan, Terms
from tests.complaint.factories.sla import ALWAYS, DAY, HOUR, make_plan
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)
ACKNOWLEDGEMENT, PROGRESS = Milestone.ACKNOWLEDGEMENT, Milestone.PROGRESS
STEPS = {
    "informed": sla.informed,
    "reported": sla.progress_reported,
    "contacted": sla.contacted,
    "paused": sla.paused,
    "resumed": sla.resumed,
    "completed": sla.completed,
    "ended": sla.ended,
    "unreachable": sla.unreachable,
    "acknowledged": sla.acknowledged,
    "reopened": lambda clocks, at: sla.reopened(clocks, at, how=OnReopen.CONTINUE),
}


ENDS = {"completed", "ended"}
LIVES = st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(1, 4000)), max_size=12)


def live(steps):
    """Return step, clocks and moment: of the opening, and of each step that is possible then."""
    clocks, now, is_open = opened(), NOON, True
    found = [("opened", clocks, now)]
    for name, minutes in steps:
        now += minutes * MINUTE
        if (name == "reopened") is not is_open:
            is_open = name == "reopened" or (is_open and name not in ENDS)
            clocks = sla.evaluate(STEPS[name](sla.evaluate(clocks, now=now), now), now=now)
            found.append((name, clocks, now))
    return found


def plan_with_messages():
    plan = make_plan()
    targets = {ACKNOWLEDGEMENT: 15 * MINUTE, PROGRESS: 5 * DAY}
    terms = {**plan.terms, **{name: Terms(target, ALWAYS) for name, target in targets.items()}}
    return Plan(plan.policy, plan.policy_version, None, terms)


def opened(by_message=(ACKNOWLEDGEMENT, PROGRESS)):
    return sla.opened(plan_with_messages(), received_at=NOON, dispatch_received_at=None, by_message=by_message)


def test_without_messages_a_complaint_has_the_clocks_that_it_always_had():
    clocks = opened(by_message=())
    assert MESSAGE_MILESTONES.isdisjoint(clocks)
    for step in STEPS.values():
        assert MESSAGE_MILESTONES.isdisjoint(step(clocks, NOON + HOUR))
    assert [clock.milestone for clock in sla.in_flow_order(clocks)] == list(sla.ALWAYS_PRESENT)


def test_the_clocks_are_listed_in_the_order_of_the_flow():
    assert [clock.milestone for clock in sla.in_flow_order(opened())] == list(Milestone)


def test_an_acknowledgement_at_the_deadline_is_in_time_and_a_microsecond_later_it_is_late():
    for late, state in ((timedelta(0), ClockState.MET), (timedelta(microseconds=1), ClockState.MISSED)):
        at = NOON + 15 * MINUTE + late
        assert sla.acknowledged(opened(), at)[ACKNOWLEDGEMENT].state(at) is state


@given(minutes=st.integers(1, 5 * 24 * 60))
def test_a_contact_in_time_gives_the_whole_time_again(minutes):
    at = NOON + minutes * MINUTE
    progress = sla.informed(opened(), at)[PROGRESS]
    assert progress.due_at == at + 5 * DAY
    assert (progress.cycle, progress.earlier) == (1, ())


@given(minutes=st.integers(5 * 24 * 60 + 1, 30 * 24 * 60))
def test_a_contact_after_the_deadline_is_late_and_the_next_clock_starts(minutes):
    at = NOON + minutes * MINUTE
    progress = sla.informed(opened(), at)[PROGRESS]
    assert [clock.state(at) for clock in sla.with_previous(progress)] == [ClockState.MISSED, ClockState.RUNNING]
    assert progress.due_at == at + 5 * DAY


@given(steps=LIVES)
def test_at_any_time_at_most_one_clock_of_progress_runs_and_none_after_the_end(steps):
    lives = live(steps)
    assert lives
    for name, clocks, _ in lives:
        every = sla.with_previous(clocks[PROGRESS])
        running = [clock for clock in every if clock.stopped_at is None]
        assert len(running) <= (0 if name in ENDS else 1)
        assert [clock.cycle for clock in every] == [*range(1, clocks[PROGRESS].cycle + 1)]


@given(steps=LIVES)
def test_clocks_that_are_stored_and_loaded_have_the_same_deadlines_and_states(steps):
    lives = live(steps)
    assert lives
    for _, clocks, now in lives:
        written = list(rows.clock_rows(clocks, now=now))
        loaded = rows.clocks_from_rows(written, rows.ledger_of(clocks), {ALWAYS.key: ALWAYS})
        for milestone in MESSAGE_MILESTONES:
            before, after = clocks[milestone], loaded[milestone]
            assert [clock.state(now) for clock in sla.with_previous(after)] == [
                clock.state(now) for clock in sla.with_previous(before)
            ]
            assert before.stopped_at or after.due_at == before.due_at
            assert after.consumed(now) == before.consumed(now)
