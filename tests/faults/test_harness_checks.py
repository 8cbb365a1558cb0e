"""The checker of the fault harness: each kind of damage is seen, and what is only repeated is none."""

from dataclasses import replace

import pytest

from tests.faults.harness.checks import ClockState, Evidence, Published, assess, timers_missed
from tests.faults.harness.journal import Journal, Write
from tests.faults.harness.report import Report
from tests.scoring.factories import NOON

REGISTERED = "heed.customer.registered"
FIRST = Published("event-1", REGISTERED, "ann", 1, "heed.customer")
SECOND = Published("event-2", "heed.customer.updated", "ann", 2, "heed.customer")
BREACH = Published("event-3", "heed.sla.breached", "leak", 2, "heed.complaint", "resolution")
WITHDRAWAL = replace(BREACH, id="event-4", kind="heed.sla.breach_withdrawn", aggversion=3)
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
