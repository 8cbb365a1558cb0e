"""Any life of a complaint: moves, policies, pauses, reopenings and time in any order, beside a book of minutes."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from heed_common.contracts.complaint import ComplaintStatus, Milestone
from heed_common.errors import HeedError
from heed_complaint.lifecycle.backdated_pauses.rules import check_pause
from heed_complaint.lifecycle.transitions import rules as moves
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.sla.clock import alerts, rows
from heed_complaint.sla.clock import milestones as sla
from heed_complaint.sla.clock.alerts import AlertKind
from heed_complaint.sla.clock.clock import ClockState
from heed_complaint.sla.clock.plan import OnReopen, Plan, PolicyKey, Terms
from tests.complaint.factories.calendars import MINUTE
from tests.complaint.factories.complaints import make_move
from tests.complaint.sla.clock.clock_oracle import CALENDARS, LENGTH, START, WRITTEN, ZERO, Book, Grant, at
from tests.examples import examples

MILESTONES = CONTACT, COMMITMENT, RESOLUTION, CALL_BACK = (
    *(Milestone.FIRST_CONTACT, Milestone.COMMITMENT),
    *(Milestone.RESOLUTION, Milestone.CALL_BACK),
)
GRANTS = st.builds(
    Grant,
    target=st.sampled_from([30, 480, 1500]),
    calendar=st.sampled_from(sorted(WRITTEN)),
    pause_counts=st.booleans(),
)
POLICIES = st.fixed_dictionaries(dict.fromkeys(MILESTONES, GRANTS))
MINUTES = st.one_of(st.integers(0, 90), st.integers(0, 1500))
REACHES = {Action.CONTACT: CONTACT, Action.COMMIT: COMMITMENT, Action.CALL_BACK: CALL_BACK}
ENDS = {Action.DECLINE, Action.REFER, Action.CLOSE, Action.WITHDRAW}
BY_KEY = {calendar.key: calendar for calendar in CALENDARS.values()}


def make_plan(policy):
    terms = {
        milestone: Terms(
            grant.target * MINUTE,
            CALENDARS[grant.calendar],
            pause_counts=grant.pause_counts,
            policy=PolicyKey("any", 1),
        )
        for milestone, grant in policy.items()
    }
    return Plan("any", 1, None, terms)


class Life(RuleBasedStateMachine):
    """The rules as the service uses them, and every clock written to its row and read again after each step."""

    @initialize(policy=POLICIES)
    def open(self, policy):
        self.now = 0
        self.state, self.paused = ComplaintStatus.RECEIVED, False
        self.waits = ZERO.copy()
        self.books = {milestone: Book(policy[milestone], self.waits) for milestone in MILESTONES}
        self.books[CALL_BACK].waits = self.books[CONTACT].waits = self.books[COMMITMENT].waits = ZERO
        for milestone in (CONTACT, COMMITMENT, RESOLUTION):
            self.books[milestone].start(0)
        self.earlier = {milestone: [] for milestone in MILESTONES}
        self.fired = Counter()
        self.take(sla.opened(make_plan(policy), received_at=START, dispatch_received_at=None))

    def take(self, clocks):
        """Fire what is due, store the clocks and load them again."""
        checked = {milestone: alerts.due_alerts(clock, now=at(self.now)) for milestone, clock in clocks.items()}
        for _, due in checked.values():
            self.fired.update((item.clock.milestone, item.clock.cycle, item.kind) for item in due)
        clocks = {milestone: clock for milestone, (clock, _) in checked.items()}
        written = [*rows.clock_rows(clocks, now=at(self.now))]
        self.clocks = rows.clocks_from_rows(written, rows.ledger_of(clocks), BY_KEY)
        assert self.clocks[RESOLUTION] == clocks[RESOLUTION]

    @rule(minutes=MINUTES)
    def let_time_pass(self, minutes):
        self.now += minutes

    @rule()
    def check_alerts(self):
        self.take(self.clocks)

    @rule(data=st.data(), how=st.sampled_from(OnReopen))
    @precondition(lambda self: self.state is not ComplaintStatus.WITHDRAWN)
    def move(self, data, how):
        step = make_move(data.draw(st.sampled_from(moves.allowed(self.state, paused=self.paused))))
        step = replace(step, solved=True)
        if step.action is Action.CALL_BACK:
            step = replace(step, solved=data.draw(st.sampled_from([True, False, None])))
        if step.action is Action.CONFIRM:
            step = replace(step, accepted=data.draw(st.booleans()))
        self.take(self.clocks)
        self.take(moves.clocks_after(self.clocks, step, at=at(self.now), on_reopen=how))
        self.book(step, how)
        written = moves.field_changes(self.state, step, paused=self.paused, at=at(self.now))
        self.state, self.paused = written["state"], written["paused"]

    def book(self, step, how):
        books, now = self.books, self.now
        if step.effect in {Action.WAIT_FOR_CUSTOMER, Action.RESUME, Action.COMPLETE, *ENDS}:
            self.waits[now:] = step.effect is Action.WAIT_FOR_CUSTOMER
        if step.effect is Action.REOPEN:
            self.book_reopening(how)
        elif step.effect in REACHES and step.solved is not None:
            books[REACHES[step.effect]].stop(now, reached=True)
        elif step.effect is Action.COMPLETE:
            for milestone in (CONTACT, COMMITMENT, RESOLUTION):
                books[milestone].stop(now, reached=milestone is RESOLUTION)
            books[CALL_BACK].start(now)
        elif step.effect in ENDS:
            for book in books.values():
                book.stop(now, reached=False)

    def book_reopening(self, how):
        for milestone in (CONTACT, COMMITMENT, RESOLUTION):
            if milestone is RESOLUTION or not self.books[milestone].reached:
                self.books[milestone], old = self.books[milestone].reopen(self.now, how)
                self.earlier[milestone] += old
        call_back = self.books[CALL_BACK]
        if call_back.tries and how is not OnReopen.NEW and call_back.late(self.now):
            call_back.stop(self.now, reached=False)
            return
        if call_back.tries and how is OnReopen.NEW:
            call_back.stop(self.now, reached=False)
            self.earlier[CALL_BACK].append(call_back)
        self.books[CALL_BACK] = Book(call_back.grant, ZERO)

    @rule(policy=POLICIES, from_the_start=st.booleans())
    def change_the_policies(self, policy, from_the_start):
        since = None if from_the_start else self.now
        for milestone, book in self.books.items():
            if from_the_start and policy[milestone] != book.grant:
                for old in self.earlier[milestone]:
                    old.grant = None
                    old.replace_grant(policy[milestone], None)
            book.replace_grant(policy[milestone], since)
        self.take(sla.replanned(self.clocks, make_plan(policy), since=None if from_the_start else at(self.now)))

    @rule(ago=MINUTES, minutes=st.integers(1, 600))
    def learn_of_a_pause(self, ago, minutes):
        since = max(0, self.now - ago)
        until, resolution = since + minutes, self.books[RESOLUTION]
        known = self.waits[since:until].any() or self.rested(since, until)
        ended = resolution.stopped is not None and until > resolution.stopped
        pause = {"since": at(since), "until": at(until), "received_at": START, "now": at(self.now)}
        if known or ended or until > self.now:
            with pytest.raises(HeedError):
                check_pause(self.clocks[RESOLUTION], **pause)
            return
        check_pause(self.clocks[RESOLUTION], **pause)
        self.waits[since:until] = True
        self.take(sla.pause_recorded(self.clocks, at(since), at(until)))

    def rested(self, since, until):
        books = [*self.earlier[RESOLUTION], self.books[RESOLUTION]]
        between = ((old.stopped, new.tries[0].start) for old, new in pairwise(books))
        return any(book.rests[since:until].any() for book in books) or any(
            max(since, end) < min(until, start) for end, start in between
        )

    @invariant()
    def the_time_used_is_the_minutes_that_counted(self):
        for milestone, clock in self.clocks.items():
            assert clock.consumed(at(self.now)) == self.books[milestone].used(self.now) * MINUTE

    @invariant()
    def the_deadline_is_where_the_minutes_put_it(self):
        for milestone, clock in self.clocks.items():
            book = self.books[milestone]
            due = book.due(book.tries[-1]) if book.tries else None
            if due is not None:
                assert clock.due_at == at(due)
            elif clock.due_at is not None:
                assert clock.due_at >= at(LENGTH)

    @invariant()
    def late_is_late_even_if_no_check_ran(self):
        for milestone, clock in self.clocks.items():
            books = [*self.earlier[milestone], self.books[milestone]]
            late = [one.state(at(self.now)) is ClockState.MISSED for one in sla.with_previous(clock)]
            assert late == [book.late(self.now) for book in books]

    @invariant()
    def a_breach_is_announced_once_and_no_warning_comes_twice_without_a_reason(self):
        announced = Counter()
        for (milestone, number, alarm), times in self.fired.items():
            if alarm is not AlertKind.WARNING:
                announced[milestone, number] += times if alarm is AlertKind.BREACH else -times
        assert set(announced.values()) <= {0, 1}
        breached = {key for key, times in announced.items() if times}
        clocks = [one for clock in self.clocks.values() for one in sla.with_previous(clock)]
        assert {(one.milestone, one.cycle) for one in clocks if one.breach_announced} <= breached

    @invariant()
    def an_ended_complaint_has_no_open_clock_and_no_alerts(self):
        clocks = self.clocks.values()
        if self.state in moves.ENDED:
            assert not {c.state(at(self.now)) for c in clocks} & {
                ClockState.RUNNING,
                ClockState.PAUSED,
                ClockState.WAITING,
            }
            assert {alerts.next_alert_at(clock, now=at(self.now)) for clock in clocks} == {None}

    @invariant()
    def clock_and_complaint_agree_on_a_pause(self):
        resolution = self.clocks[RESOLUTION]
        assert resolution.is_paused is (self.paused and not resolution.terms.pause_counts)

    @invariant()
    def who_sleeps_until_the_next_moment_misses_none(self):
        for clock in self.clocks.values():
            checked, _ = alerts.due_alerts(clock, now=at(self.now))
            moment = alerts.next_alert_at(checked, now=at(self.now))
            if moment is not None:
                assert moment >= at(self.now)
                assert alerts.due_alerts(checked, now=moment - timedelta(microseconds=1))[1] == []


TestLife = pytest.mark.slow(Life.TestCase)
TestLife.settings = examples(100, stateful_step_count=25)


def test_a_call_back_that_was_missed_stays_so_though_the_work_had_rested_meanwhile():
    plan = make_plan(dict.fromkeys(Milestone, Grant(target=30, calendar="always", pause_counts=False)))
    completed = sla.completed(sla.opened(plan, received_at=START, dispatch_received_at=None), START)
    back = sla.reopened(completed, at(31), how=OnReopen.CONTINUE)
    read = rows.clocks_from_rows([*rows.clock_rows(back, now=at(31))], rows.ledger_of(back), BY_KEY)
    assert read[CALL_BACK].state(at(31)) is ClockState.MISSED
