"""Properties of the priority formula, and its equality in the database."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from heed_common.contracts.complaint import Severity
from heed_complaint.core.priority_rank import repository as refresh
from heed_complaint.core.priority_rank import rules
from heed_complaint.core.priority_rank.tables import PriorityRank
from tests.complaint.factories.complaints import open_complaint
from tests.complaint.factories.workforce import save_forecast
from tests.complaint.workforce.priority_queue.priority_oracle import PriorityInputs
from tests.conftest import NOON

HOUR = timedelta(hours=1)
MOMENTS = st.integers(-2000, 2000).map(lambda hours: NOON + hours * HOUR)
AMOUNTS = st.floats(-1000, 1e9)
INPUTS = st.builds(
    PriorityInputs,
    severity=st.sampled_from(Severity),
    received_at=MOMENTS,
    regulator=st.booleans(),
    value_saved=st.none() | AMOUNTS,
    due_at=st.none() | MOMENTS,
    customer_wrote_at=st.none() | MOMENTS,
)
GRAVER = {Severity.MINOR: Severity.MAJOR, Severity.MAJOR: Severity.CRITICAL}


@given(INPUTS, AMOUNTS, AMOUNTS)
def test_more_value_saved_never_moves_a_complaint_back(inputs, one, other):
    less, more = sorted((one, other))
    assert replace(inputs, value_saved=more).sort_key >= replace(inputs, value_saved=less).sort_key


@given(INPUTS, MOMENTS)
def test_a_message_of_the_customer_never_moves_a_complaint_back(inputs, at):
    silent = replace(inputs, customer_wrote_at=None)
    assert replace(silent, customer_wrote_at=at).sort_key >= silent.sort_key
    assert replace(silent, customer_wrote_at=at).effective_deadline <= at + timedelta(days=1)


@given(INPUTS, MOMENTS, MOMENTS)
def test_less_time_left_never_moves_a_complaint_back(inputs, one, other):
    sooner, later = sorted((one, other))
    assert replace(inputs, due_at=sooner).sort_key >= replace(inputs, due_at=later).sort_key


@given(INPUTS)
def test_a_regulator_or_a_graver_severity_moves_a_complaint_forward(inputs):
    assert replace(inputs, regulator=True).sort_key >= inputs.sort_key
    graver = GRAVER.get(inputs.severity, inputs.severity)
    assert replace(inputs, severity=graver).sort_key >= inputs.sort_key


@given(INPUTS, INPUTS, MOMENTS, MOMENTS)
def test_time_alone_changes_no_order(one, other, now, later):
    if one.sort_key > other.sort_key + 1e-6:
        assert rules.priority(one.sort_key, now=now) > rules.priority(other.sort_key, now=now)
        assert rules.priority(one.sort_key, now=later) > rules.priority(other.sort_key, now=later)


def test_a_day_less_is_worth_as_much_as_twice_the_weight():
    at_noon = PriorityInputs(Severity.MINOR, NOON, value_saved=99, due_at=NOON)
    a_day_later = replace(at_noon, value_saved=199, due_at=NOON + timedelta(days=1))
    assert at_noon.sort_key == pytest.approx(a_day_later.sort_key)
    assert rules.priority(at_noon.sort_key, now=NOON) == pytest.approx(6.643856, abs=1e-6)  # log2(100)


def test_a_complaint_without_a_forecast_has_the_default_value():
    unknown = PriorityInputs(Severity.MAJOR, NOON)
    assert unknown.sort_key == replace(unknown, value_saved=50.0).sort_key
    assert unknown.effective_deadline == NOON + timedelta(days=30)


@pytest.mark.asyncio
@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize(("saved", "regulator"), [(None, False), ("-3", True), ("0", False), ("123.4567", True)])
async def test_the_database_ranks_complaints_by_the_same_formula(session, severity, saved, regulator):
    case = await open_complaint(session, now=NOON, severity=severity, regulator=regulator)
    if saved is not None:
        await save_forecast(session, case.complaint.id, saved, now=NOON)
    rank = (await session.scalars(select(PriorityRank).execution_options(populate_existing=True))).one()
    inputs = PriorityInputs(
        severity, NOON, regulator, value_saved=None if saved is None else float(saved), due_at=NOON + HOUR
    )
    assert rank.due_at == inputs.due_at
    assert rank.weight == pytest.approx(inputs.weight, rel=1e-12)
    assert rank.sort_key == pytest.approx(inputs.sort_key, abs=1e-9)
    assert rank.actionable


@pytest.mark.asyncio
@pytest.mark.parametrize("days", [-3, 3])
async def test_the_database_includes_messages_of_customers_by_the_same_formula(session, days):
    case = await open_complaint(session, now=NOON)
    wrote = case.complaint.customer_wrote_at = NOON + timedelta(days=days)
    await session.flush()
    await refresh.refresh_ranks(session, [case.complaint.id])
    rank = (await session.scalars(select(PriorityRank).execution_options(populate_existing=True))).one()
    inputs = PriorityInputs(Severity.MAJOR, NOON, due_at=NOON + HOUR, customer_wrote_at=wrote)
    assert rank.effective_deadline == inputs.effective_deadline
    assert rank.sort_key == pytest.approx(inputs.sort_key, abs=1e-9)
