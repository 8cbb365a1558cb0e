"""The checker of the fault harness: each kind of damage is seen, and what is only repeated is none."""

from dataclasses import replace

import pytest

from tests.faults.harness.checks import Alarms, ClockState, Evidence, Published, alarms_missed, assess, timers_missed
from tests.faults.harness.journal import Journal, Write
from tests.faults.harness.report import Report
from tests.scoring.factories import NOON

REGISTERED = "heed.customer.registered"
FIRST = Published("event-1", REGISTERED, "ann", 1, "heed.customer")
SECOND = Published("event-2", "heed.customer.updated", "ann", 2, "heed.customer")
BREACH = Published("event-3", "heed.sla.breached", "leak", 2, "heed.complaint", "resolution")
WITHDRAWAL = replace(BREACH, id="event-4", kind="heed.sla.breach_withdrawn", aggversion=3)
WARNING = replace(BREACH, id="event-6", kind="heed.sla.warned", aggversion=1)
STEPS = [
    replace(BREACH, id=f"step-{step}", kind="heed.sla.escalated", aggversion=4 + step, step=step) for step in (1, 2)
]
QUIET = Alarms("leak", "resolution", is_overdue=False, warned=False, escalated=0)
MISSED, RUNNING = {"leak": [ClockState("resolution", "missed")]}, {"leak": [ClockState("resolution", "running")]}


def make_journal():
    write = Write("/v1/customers", {}, "key", {"id": "ann"}, FIRST.id, (REGISTERED, "ann"), NOON)
    return Journal(writes=[write], rows={"/v1/customers/ann": {"name": "Ann"}})


def make_evidence(**overrides):
    return replace(Evidence(published=[FIRST, SECOND], rows={"/v1/customers/ann": {"name": "Ann"}}), **overrides)


def test_what_is_there_once_and_in_order_is_no_damage():
    assert assess(make_journal(), make_evidence()).is_none


def test_an_event_that_was_delivered_again_is_no_damage():
    assert assess(make_journal(), make_evidence(published=[FIRST, SECOND, FIRST, SECOND])).is_none


@pytest.mark.parametrize(
    ("damaged", "overrides"),
    [
        ("lost", {"published": [SECOND]}),
        ("lost", {"rows": {"/v1/customers/ann": None}}),
        ("lost", {"rows": {"/v1/customers/ann": {"name": "Bob"}}}),
        ("lost", {"dead_letters": frozenset({FIRST.id})}),
        ("doubled", {"published": [FIRST, SECOND, replace(FIRST, id="event-9", aggversion=3)]}),
        ("doubled", {"published": [FIRST, replace(FIRST, id="event-9", subject="phantom")]}),
        ("disordered", {"published": [SECOND, FIRST]}),
        ("disordered", {"published": [FIRST, SECOND, replace(SECOND, id="event-9")]}),
        ("timers_missed", {"clocks": MISSED}),
        ("timers_missed", {"alarms": [replace(QUIET, is_overdue=True)]}),
        ("scores_differ", {"rescored": ["facts of ann"]}),
        ("scores_differ", {"units": {"ann": 2}}),
    ],
)
def test_each_kind_of_damage_is_seen_as_what_it_is(damaged, overrides):
    damage = assess(make_journal(), make_evidence(**overrides))
    assert [name for name in type(damage).__slots__ if getattr(damage, name)] == [damaged]


def test_a_repetition_that_had_its_effect_again_is_doubled():
    journal = make_journal()
    journal.contradictions.append("another answer")
    assert assess(journal, make_evidence()).doubled


@pytest.mark.parametrize(
    ("announcements", "clocks", "missed"),
    [
        ([BREACH], MISSED, 0),
        ([BREACH, WITHDRAWAL], RUNNING, 0),
        ([BREACH, WITHDRAWAL], MISSED, 1),
        ([BREACH, replace(BREACH, id="event-5", aggversion=4)], MISSED, 1),
        ([BREACH], RUNNING, 1),
        ([], RUNNING, 0),
    ],
)
def test_what_is_left_of_the_announcements_is_one_for_each_missed_clock(announcements, clocks, missed):
    assert len(timers_missed(announcements, clocks)) == missed


@pytest.mark.parametrize(
    ("announcements", "alarms", "missed"),
    [
        ([], QUIET, 0),
        ([WARNING], QUIET, 0),
        ([WARNING, *STEPS], replace(QUIET, warned=True, escalated=2), 0),
        ([WARNING, replace(WARNING, id="event-7", aggversion=9)], replace(QUIET, warned=True), 0),
        (STEPS, replace(QUIET, warned=True, escalated=2), 1),
        ([WARNING, STEPS[1]], replace(QUIET, warned=True, escalated=2), 1),
        ([replace(WARNING, milestone="first_contact")], replace(QUIET, warned=True), 1),
        ([WARNING], replace(QUIET, is_overdue=True), 1),
    ],
)
def test_every_warning_and_step_of_an_escalation_is_announced_and_none_is_overdue(announcements, alarms, missed):
    assert len(alarms_missed(announcements, [alarms])) == missed


def test_a_restore_takes_what_was_acknowledged_since_out_of_the_journal():
    journal = make_journal()
    backed_up = journal.acknowledged()
    journal.writes.append(replace(journal.writes[0], event_id="event-9", fact=(REGISTERED, "bob")))
    journal.rows["/v1/customers/bob"] = {"name": "Bob"}
    journal.units["bob"] += 2
    journal.go_back(backed_up)
    assert assess(journal, make_evidence()).is_none
    assert assess(
        journal, make_evidence(published=[FIRST, SECOND, replace(FIRST, id="event-9", subject="bob")])
    ).doubled
    assert assess(journal, make_evidence(units={"bob": 2})).scores_differ


def test_the_line_adds_up_the_stages_and_any_damage_surprise_or_missed_control_is_a_failure():
    lost = assess(make_journal(), make_evidence(published=[SECOND]))
    report = Report(7, faults=50, acknowledged=9, damages=[lost, lost], controls_caught=4)
    assert report.line() == (
        "seed 7 faults 50 acknowledged 9 lost 2 doubled 0 disordered 0 timers_missed 0 scores_differ 0 "
        "controls_caught 4/4"
    )
    assert not report.is_as_it_should_be
    sound = Report(7, controls_caught=4)
    assert sound.is_as_it_should_be
    assert not replace(sound, controls_caught=3).is_as_it_should_be
    assert not replace(sound, surprises=["it ended"]).is_as_it_should_be
