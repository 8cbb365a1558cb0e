"""To whom a complaint is given: the rule by itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from heed_complaint.workforce.assignment import rules
from heed_complaint.workforce.assignment.rules import (
    AssignmentCriteria,
    Candidate,
    Ineligibility,
    SuccessRate,
    TeamQueue,
)
from heed_complaint.workforce.staff.availability import parse_availability
from tests.conftest import NOON

HOUR = timedelta(hours=1)
OFFICE = {"time_zone": "Asia/Shanghai", "hours": {"mon": [["09:00", "12:00"], ["13:30", "18:00"]], "tue": []}}
WORK = AssignmentCriteria(category="delivery.late")
RATES = st.integers(0, 30).flatmap(lambda cases: st.integers(0, cases).map(lambda good: SuccessRate(good, cases)))
CANDIDATES = st.builds(
    Candidate,
    id=st.uuids().map(str),
    on_duty=st.booleans(),
    max_load=st.integers(0, 10),
    load=st.integers(0, 12),
    queues=st.sampled_from([(), ("general",), ("other",)]),
    skills=st.sampled_from([(), ("delivery",), ("delivery.late",), ("billing",)]),
    languages=st.sampled_from([(), ("zh",), ("en", "zh")]),
    service_points=st.sampled_from([(), ("north",), ("south",)]),
    handles_confidential=st.booleans(),
    promises_kept=RATES,
    fixed_at_once=RATES,
)
CRITERIA = st.builds(
    AssignmentCriteria,
    category=st.just("delivery.late"),
    service_point_id=st.sampled_from([None, "north"]),
    language=st.sampled_from([None, "zh"]),
    confidential=st.booleans(),
)


def candidate(name, **overrides):
    return Candidate(**({"id": name, "on_duty": True, "max_load": 10} | overrides))


def chosen(*candidates, work=WORK, queue="general"):
    return rules.decide(work, candidates, queue=queue).owner


def test_who_knows_the_whole_category_comes_before_who_knows_its_first_level_and_the_generalist():
    whole = candidate("a", skills=("delivery.late",))
    level1 = candidate("b", skills=("delivery",))
    anything = candidate("c")
    assert chosen(anything, level1, whole) == "a"
    assert chosen(anything, level1) == "b"
    assert chosen(anything, candidate("d", skills=("billing",))) == "c"


def test_among_equals_the_free_hand_takes_it():
    assert chosen(candidate("a", load=5), candidate("b", load=2)) == "b"


def test_among_equals_the_better_record_takes_it_and_two_lucky_cases_are_no_record():
    steady = candidate("a", promises_kept=SuccessRate(95, 100), fixed_at_once=SuccessRate(95, 100))
    lucky = candidate("b", promises_kept=SuccessRate(2, 2), fixed_at_once=SuccessRate(2, 2))
    poor = candidate("c", promises_kept=SuccessRate(10, 100), fixed_at_once=SuccessRate(10, 100))
    assert chosen(poor, lucky, steady) == "a"


def test_agents_who_speak_the_customers_language_come_first_and_others_after_them():
    busy = candidate("a", languages=("zh",), load=9)
    assert chosen(busy, candidate("b"), work=replace(WORK, language="zh")) == "a"
    assert chosen(candidate("b"), work=replace(WORK, language="zh")) == "b"


def test_ineligible_agents_are_given_nothing_and_the_reason_counts_why():
    decision = rules.decide(
        replace(WORK, confidential=True, service_point_id="north"),
        [
            candidate("a", on_duty=False),
            candidate("b"),
            candidate("c", handles_confidential=True, queues=("other",)),
            candidate("d", handles_confidential=True, service_points=("south",)),
            candidate("e", handles_confidential=True, skills=("billing",)),
            candidate("f", handles_confidential=True, load=10),
        ],
        queue="general",
    )
    assert (decision.owner, decision.queue) == (None, "general")
    assert decision.reason["left_out"] == {str(obstacle): 1 for obstacle in sorted(Ineligibility)}


@given(st.lists(CANDIDATES, max_size=6, unique_by=lambda one: one.id), CRITERIA)
def test_the_agent_chosen_is_eligible_and_a_complaint_waits_only_without_one(candidates, work):
    decision = rules.decide(work, candidates, queue="general")
    able = [one for one in candidates if rules.ineligibility(one, work, queue="general") is None]
    assert (decision.owner is None) == (not able)
    for owner in (one for one in candidates if one.id == decision.owner):
        assert owner.on_duty
        assert owner.load < owner.max_load
        assert owner.handles_confidential or not work.confidential


@given(CANDIDATES, CRITERIA, RATES, RATES)
def test_more_load_never_makes_fitter_and_a_better_record_never_less_fit(one, work, promises, fixes):
    fitness = rules.fitness(one, work, promises=promises, fixes=fixes)
    assert 0 <= fitness <= 1
    assert rules.fitness(replace(one, load=one.load + 1), work, promises=promises, fixes=fixes) <= fitness
    better = replace(one, promises_kept=one.promises_kept + SuccessRate(1, 1))
    assert rules.fitness(better, work, promises=promises, fixes=fixes) >= fitness - 1e-12


def test_a_complaint_waits_in_the_first_queue_that_takes_such():
    places = [
        TeamQueue("repairs", ("product",)),
        TeamQueue("north", (), ("north",)),
        TeamQueue("late", ("delivery.late",)),
    ]
    assert rules.select_queue(WORK, places) == "late"
    assert rules.select_queue(replace(WORK, service_point_id="north"), places) == "north"
    assert rules.select_queue(AssignmentCriteria("product.fault"), places) == "repairs"
    assert rules.select_queue(AssignmentCriteria("billing"), places) == "general"


def test_duty_follows_shifts_in_the_agents_time_zone_and_absences():
    monday = datetime(2026, 3, 2, 1, tzinfo=UTC)  # nine in the morning in Shanghai
    at_work = parse_availability(present=True, shifts=OFFICE, absences=[])
    assert at_work.on_duty(monday)
    assert not at_work.on_duty(monday - timedelta(microseconds=1))
    assert not at_work.on_duty(monday + 3 * HOUR)
    assert at_work.on_duty(monday + 4.5 * HOUR)
    assert not at_work.on_duty(monday + 24 * HOUR)
    assert not replace(at_work, present=False).on_duty(monday)
    away = [{"since": "2026-03-02T12:00:00.000000Z", "until": "2026-03-02T13:00:00.000000Z"}]
    on_leave = parse_availability(present=True, shifts=None, absences=away)
    assert not on_leave.on_duty(NOON)
    assert on_leave.on_duty(NOON + HOUR)
