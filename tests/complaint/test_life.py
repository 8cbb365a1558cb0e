"""Any life of a complaint: moves, corrections and the passing of time in any order."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from heed_common.contracts.complaint import ComplaintStatus, Milestone, Severity
from heed_complaint.moves import rules as moves
from heed_complaint.moves.rules import Action
from heed_complaint.sla import rules as sla
from heed_complaint.sla.rules import ClockState
from tests.complaint.factories import make_move

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
TARGETS = {Severity.CRITICAL: timedelta(hours=24), Severity.MAJOR: timedelta(hours=48), Severity.MINOR: timedelta(5)}
HOURS = st.integers(0, 60).map(lambda hours: timedelta(hours=hours))


class Life(RuleBasedStateMachine):
    """The rules as the service uses them, beside the plainest book-keeping of the time that counts."""

    @initialize(severity=st.sampled_from(Severity))
    def open(self, severity):
        self.now = START
        self.severity = severity
        self.state, self.paused = ComplaintStatus.RECEIVED, False
        self.completed_at = None
        self.counted = timedelta()
        self.announced = Counter()
        self.clocks = sla.clocks_of_a_new_complaint(severity, received_at=START, dispatch_received_at=None)

    def counts(self):
        """Whether the time that passes now is ours to resolve it."""
        return not self.paused and self.completed_at is None and self.state not in moves.ENDED

    def take(self, clocks):
        for milestone in Milestone:
            self.announced[milestone] += clocks[milestone].missed - self.clocks[milestone].missed
        self.clocks = clocks

    @rule(hours=HOURS)
    def let_time_pass(self, hours):
        if self.counts():
            self.counted += hours
        self.now += hours

    @rule()
    def ring(self):
        self.take(sla.judge(self.clocks, now=self.now))

    @rule(data=st.data())
    @precondition(lambda self: self.state is not ComplaintStatus.WITHDRAWN)
    def move(self, data):
        action = data.draw(st.sampled_from(moves.allowed(self.state, paused=self.paused)))
        step = make_move(action)
        if action is Action.CALL_BACK:
            step = replace(step, solved=data.draw(st.sampled_from([True, False, None])))
        if action is Action.CONFIRM:
            step = replace(step, accepted=data.draw(st.booleans()))
        self.take(sla.judge(self.clocks, now=self.now))
        self.take(moves.clocks_after(self.clocks, step, at=self.now))
        written = moves.fields_after(self.state, step, paused=self.paused, at=self.now)
        self.state, self.paused = written["state"], written["paused"]
        self.completed_at = written.get("completed_at", self.completed_at)

    @rule(severity=st.sampled_from(Severity))
    def correct_the_severity(self, severity):
        self.severity = severity
        replanned = sla.replanned(self.clocks, severity, received_at=START, dispatch_received_at=None)
        self.take(sla.judge(replanned, now=self.now))

    @invariant()
    def the_time_used_is_the_time_that_was_ours(self):
        assert self.clocks[Milestone.RESOLUTION].consumed(self.now) == self.counted

    @invariant()
    def it_is_within_the_target_if_it_is_completed_and_no_more_than_the_target_was_used(self):
        judged = sla.judge(self.clocks, now=self.now)
        late = self.counted > TARGETS[self.severity]
        done = self.completed_at is not None
        assert sla.within_target(judged) is (False if late else True if done else None)

    @invariant()
    def a_milestone_is_announced_as_breached_once_and_never_the_other_way_round(self):
        assert {milestone for milestone, times in self.announced.items() if times} == set(sla.breached(self.clocks))
        assert set(self.announced.values()) <= {0, 1}

    @invariant()
    def who_has_ended_owes_nothing(self):
        if self.state in moves.ENDED:
            states = {clock.state for clock in self.clocks.values()}
            assert not states & {ClockState.RUNNING, ClockState.PAUSED, ClockState.WAITING}

    @invariant()
    def a_pause_stands_on_the_clock_and_on_the_complaint_alike(self):
        assert (self.clocks[Milestone.RESOLUTION].stood_since is not None) is self.paused

    @invariant()
    def only_what_runs_is_due(self):
        for clock in self.clocks.values():
            if clock.state is ClockState.RUNNING:
                assert clock.due_at is not None
                assert clock.consumed(self.now) + max(clock.due_at - self.now, timedelta()) >= clock.target


TestLife = pytest.mark.slow(Life.TestCase)
TestLife.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
