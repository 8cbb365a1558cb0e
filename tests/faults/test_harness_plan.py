"""The plan of the fault harness: from one seed, complete, and within what the product's rules allow."""

from hypothesis import given
from hypothesis import strategies as st

from tests.faults.harness.plan import (
    MAX_DRIFT_MINUTES,
    MAX_POISON_EVENTS,
    MAX_STAGE,
    WEIGHTS,
    Bus,
    FaultKind,
    make_plan,
)

SEEDS = st.integers(0, 2**32)
COUNTS = st.integers(50, 600)


@given(seed=SEEDS, faults=COUNTS, kafka=st.booleans())
def test_the_same_seed_gives_the_same_plan_with_the_requested_number_of_faults(seed, faults, kafka):
    plan = make_plan(seed=seed, faults=faults, kafka=kafka)
    assert plan == make_plan(seed=seed, faults=faults, kafka=kafka)
    assert sum(len(stage.faults) for stage in plan) == faults
    assert {stage.bus for stage in plan} == (set(Bus) if kafka else {Bus.EMBEDDED})


@given(seed=SEEDS, faults=COUNTS)
def test_every_kind_of_fault_happens_in_every_run(seed, faults):
    plan = make_plan(seed=seed, faults=faults, kafka=True)
    for stage in plan:
        assert len(stage.faults) <= MAX_STAGE
        assert {fault.kind for fault in stage.faults} <= WEIGHTS[stage.bus].keys()
    assert {fault.kind for stage in plan for fault in stage.faults} == set(FaultKind)


@given(seed=SEEDS, faults=COUNTS)
def test_no_life_is_so_poisoned_or_so_long_that_the_product_rightly_stops_or_closes_complaints(seed, faults):
    plan = make_plan(seed=seed, faults=faults, kafka=True)
    assert plan
    for stage in plan:
        kinds = [fault.kind for fault in stage.faults]
        assert kinds.count(FaultKind.POISON_EVENTS) <= MAX_POISON_EVENTS
        drift = 0.0
        for fault in stage.faults:
            drift += {FaultKind.JUMP_AHEAD: fault.amount, FaultKind.JUMP_BACK: -fault.amount}.get(fault.kind, 0.0)
            assert drift <= MAX_DRIFT_MINUTES


def test_other_seeds_give_other_plans():
    assert make_plan(seed=1, faults=50, kafka=True) != make_plan(seed=2, faults=50, kafka=True)


@given(seed=SEEDS)
def test_what_is_impossible_here_is_replaced_by_as_many_other_faults(seed):
    plan = make_plan(seed=seed, faults=50, kafka=True, impossible={FaultKind.FILL_DISK})
    kinds = [fault.kind for stage in plan for fault in stage.faults]
    assert len(kinds) == 50
    assert FaultKind.FILL_DISK not in kinds
