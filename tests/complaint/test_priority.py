"""Which complaint comes first: what the order promises, and that the database keeps to the same rule."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from heed_common.contracts.complaint import Severity
from heed_complaint.workforce.priority_queue import refresh, rules
from heed_complaint.workforce.priority_queue.rules import PriorityInputs
from heed_complaint.workforce.priority_queue.tables import PriorityRank
from tests.complaint.factories.complaints import open_complaint
from tests.complaint.factories.workforce import say_what_is_saved
from tests.conftest import NOON

HOUR = timedelta(hours=1)
MOMENTS = st.integers(-2000, 2000).map(lambda hours: NOON + hours * HOUR)
AMOUNTS = st.floats(-1000, 1e9)
STANDINGS = st.builds(
    PriorityInputs,
    severity=st.sampled_from(Severity),
    received_at=MOMENTS,
    regulator=st.booleans(),
    value_saved=st.none() | AMOUNTS,
    due_at=st.none() | MOMENTS,
    customer_wrote_at=st.none() | MOMENTS,
)
GRAVER = {Severity.MINOR: Severity.MAJOR, Severity.MAJOR: Severity.CRITICAL}


@given(STANDINGS, AMOUNTS, AMOUNTS)
def test_more_value_saved_never_moves_a_complaint_back(standing, one, other):
    less, more = sorted((one, other))
    assert replace(standing, value_saved=more).key >= replace(standing, value_saved=less).key


@given(STANDINGS, MOMENTS)
def test_a_message_of_the_customer_never_moves_a_complaint_back(standing, at):
    silent = replace(standing, customer_wrote_at=None)
    assert replace(silent, customer_wrote_at=at).key >= silent.key
    assert replace(silent, customer_wrote_at=at).counts_until <= at + timedelta(days=1)


@given(STANDINGS, MOMENTS, MOMENTS)
def test_less_time_left_never_moves_a_complaint_back(standing, one, other):
    sooner, later = sorted((one, other))
    assert replace(standing, due_at=sooner).key >= replace(standing, due_at=later).key


@given(STANDINGS)
def test_a_regulator_or_a_graver_severity_moves_a_complaint_forward(standing):
    assert replace(standing, regulator=True).key >= standing.key
    graver = GRAVER.get(standing.severity, standing.severity)
    assert replace(standing, severity=graver).key >= standing.key


@given(STANDINGS, STANDINGS, MOMENTS, MOMENTS)
def test_time_alone_changes_no_order(one, other, now, later):
    if one.key > other.key + 1e-6:
        assert rules.priority(one.key, now=now) > rules.priority(other.key, now=now)
        assert rules.priority(one.key, now=later) > rules.priority(other.key, now=later)


def test_a_day_less_is_worth_as_much_as_twice_the_weight():
    at_noon = PriorityInputs(Severity.MINOR, NOON, value_saved=99, due_at=NOON)
    a_day_later = replace(at_noon, value_saved=199, due_at=NOON + timedelta(days=1))
    assert at_noon.key == pytest.approx(a_day_later.key)
    assert rules.priority(at_noon.key, now=NOON) == pytest.approx(6.643856, abs=1e-6)  # log2(100)


def test_what_nobody_has_valued_counts_as_said_in_the_rule():
    unknown = PriorityInputs(Severity.MAJOR, NOON)
    assert unknown.key == replace(unknown, value_saved=50.0).key
    assert unknown.counts_until == NOON + timedelta(days=30)


@pytest.mark.asyncio
@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize(("saved", "regulator"), [(None, False), ("-3", True), ("0", False), ("123.4567", True)])
async def test_the_database_places_complaints_by_the_same_rule(session, severity, saved, regulator):
    case = await open_complaint(session, now=NOON, severity=severity, regulator=regulator)
    if saved is not None:
        await say_what_is_saved(session, case.complaint.id, saved, now=NOON)
    place = (await session.scalars(select(PriorityRank).execution_options(populate_existing=True))).one()
    standing = PriorityInputs(
        severity, NOON, regulator, value_saved=None if saved is None else float(saved), due_at=NOON + HOUR
    )
    assert place.due_at == standing.due_at
    assert place.weight == pytest.approx(standing.weight, rel=1e-12)
    assert place.key == pytest.approx(standing.key, abs=1e-9)
    assert place.to_do


@pytest.mark.asyncio
@pytest.mark.parametrize("days", [-3, 3])
async def test_the_database_counts_what_customers_wrote_by_the_same_rule(session, days):
    case = await open_complaint(session, now=NOON)
    wrote = case.complaint.customer_wrote_at = NOON + timedelta(days=days)
    await session.flush()
    await refresh.refresh_ranks(session, [case.complaint.id])
    place = (await session.scalars(select(PriorityRank).execution_options(populate_existing=True))).one()
    standing = PriorityInputs(Severity.MAJOR, NOON, due_at=NOON + HOUR, customer_wrote_at=wrote)
    assert place.counts_until == standing.counts_until
    assert place.key == pytest.approx(standing.key, abs=1e-9)
