"""Thresholds: a critical risk, another tier or class, published once with the score that crossed them."""

import json
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.clock import FakeClock
from heed_common.contracts.complaint import ComplaintCompleted, ComplaintStatus, Severity
from heed_common.contracts.scoring import ScoreChanged, ThresholdCrossed
from heed_scoring import handlers
from heed_scoring.engine.model import prior
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import RISING_CLASSES, ThresholdCrossing, crossed_thresholds
from heed_scoring.scores import publication, score_document, score_events
from heed_scoring.scores.daily_refresh import DailyRefresh
from heed_scoring.scores.score_document import TIME_PASSED
from tests.examples import examples
from tests.scoring.factories import (
    NOON,
    as_batch,
    make_complaint,
    make_purchase,
    make_registration,
    make_response,
    received,
)
from tests.scoring.ledger.test_facts import ledgers
from tests.scoring.outbox import published
from tests.scoring.scores.test_score_document import causes, models, statement_of

pytestmark = pytest.mark.asyncio
LATER = NOON + timedelta(minutes=1)
STEPS = {"churn_risk": "band", "value": "tier", "loyalty": "loyalty_class"}


async def take_in(database, clock, *events):
    async with database.transaction() as session:
        await handlers.process_batch(session, list(events), clock=clock)


async def refresh(database, clock):
    async with database.transaction() as session:
        await DailyRefresh()(session, clock)


def bands_of(event):
    return {"churn_risk": event.churn_risk.band, "value": event.value.tier, "loyalty": event.loyalty.loyalty_class}


async def borders_between_scores(database):
    """Return the crossings between consecutive scores."""
    scores = [bands_of(one.event) for one in await published(database, ScoreChanged)]
    return [
        (name, before[name], after[name])
        for before, after in pairwise(scores)
        for name in before
        if before[name] != after[name] and before[name] is not None
    ]


async def crossed(database):
    return [(one.event.score, one.event.from_, one.event.to) for one in await published(database, ThresholdCrossed)]


async def test_a_complaint_that_makes_a_customer_critical_is_published_with_its_event(scoring_database, clock):
    customer_id = uuid4()
    await take_in(scoring_database, clock, *as_batch([make_purchase(customer_id, days_ago=ago) for ago in (60, 30)]))
    before = len(await published(scoring_database))
    complaint = make_complaint(customer_id, severity=Severity.CRITICAL)
    opened = received(complaint)
    await take_in(scoring_database, clock, opened)
    changed, crossing, *others = (await published(scoring_database))[before:]
    assert (changed.event.churn_risk.band, others) == ("critical", [])
    assert (crossing.event.score, crossing.event.to, crossing.event.direction) == ("churn_risk", "critical", "up")
    assert (crossing.causation, crossing.event.caused_by_event_id) == (opened.id, opened.id)
    assert crossing.aggversion == changed.aggversion + 1
    done = {"severity": "minor", "state": ComplaintStatus.COMPLETED, "completed_at": NOON, "within_target": True}
    completed = ComplaintCompleted(**(complaint.model_dump() | done))
    await take_in(scoring_database, clock, received(completed, aggversion=2))
    relieved = (await published(scoring_database, ThresholdCrossed))[-1].event
    assert (relieved.score, relieved.from_, relieved.direction) == ("churn_risk", "critical", "down")


async def test_the_first_score_has_crossed_nothing_and_the_same_event_again_crosses_nothing(scoring_database, clock):
    first = received(make_purchase(uuid4()))
    for _ in range(2):
        await take_in(scoring_database, clock, first)
    assert len(await published(scoring_database, ScoreChanged)) == 1
    assert await crossed(scoring_database) == []


async def test_each_event_of_a_batch_publishes_the_thresholds_that_it_crossed(scoring_database, clock):
    customer_id = uuid4()
    bought = [make_purchase(customer_id, days_ago=ago, gross="1000") for ago in (40, 20, 0)]
    await take_in(scoring_database, clock, *as_batch([make_registration(customer_id), *bought]))
    borders = await crossed(scoring_database)
    assert ("value", "B", "A") in borders
    assert borders == await borders_between_scores(scoring_database)


async def test_time_alone_crosses_each_border_once(scoring_database):
    clock, customer_id = FakeClock(NOON), uuid4()
    await take_in(scoring_database, clock, *as_batch([make_purchase(customer_id, days_ago=ago) for ago in (60, 30)]))
    before = len(await crossed(scoring_database))
    for _ in range(60):
        clock.advance(timedelta(days=4))
        await refresh(scoring_database, clock)
    borders = await crossed(scoring_database)
    assert len(borders) > before
    assert borders == await borders_between_scores(scoring_database)


@pytest.mark.parametrize(("place", "name"), [("churn_risk", "band"), ("value", "tier")])
async def test_a_threshold_is_published_however_small_the_step_over_it(place, name):
    result = statement_of([], prior(Money()), TIME_PASSED).score
    told_before = json.loads(score_document.serialize_numbers(result))
    assert not publication.is_significant_change(json.dumps(told_before), result)
    others = {"churn_risk": RISING_CLASSES["churn_risk"], "value": RISING_CLASSES["value"]}[place]
    told_before[place][name] = next(step for step in others if step != told_before[place][name])
    assert publication.is_significant_change(json.dumps(told_before), result)


async def test_a_class_that_becomes_known_has_crossed_nothing_and_one_that_changes_has(scoring_database, clock):
    customer_id = uuid4()
    await take_in(scoring_database, clock, received(make_response(customer_id, level=5)))
    purchases = [make_purchase(customer_id, days_ago=ago) for ago in range(0, 420, 30)]
    await take_in(scoring_database, clock, *as_batch(purchases))
    assert (await published(scoring_database, ScoreChanged))[-1].event.loyalty.loyalty_class is not None
    before = len([one for one in await crossed(scoring_database) if one[0] == "loyalty"])
    await take_in(scoring_database, clock, received(make_response(customer_id, level=1, occurred_at=LATER)))
    classes = [one for one in await crossed(scoring_database) if one[0] == "loyalty"]
    assert len(classes) == before + 1
    assert await crossed(scoring_database) == await borders_between_scores(scoring_database)


@given(ledgers(), ledgers(), models, causes)
@examples(60)
async def test_it_is_published_to_the_letter_as_the_contract_would_serialize_it(rows, others, model, cause):
    statement, before = statement_of(rows, model, cause), statement_of(others, model, cause).score
    found = crossed_thresholds(score_document.parse_numbers(score_document.serialize_numbers(before)), statement.score)
    for crossing in found:
        written = score_events.threshold_crossed(statement, crossing, version=3)
        event = ThresholdCrossed.model_validate_json(written.data)
        assert event.model_dump_json() == written.data
    sides = [
        (name, getattr(getattr(before, "risk" if name == "churn_risk" else name), step)) for name, step in STEPS.items()
    ]
    assert {crossing.score: crossing.before for crossing in found}.items() <= dict(sides).items()


@given(st.sampled_from(list(RISING_CLASSES)), st.data())
async def test_up_is_more_of_the_score_and_the_way_back_is_down(name, data):
    before, after = data.draw(st.lists(st.sampled_from(RISING_CLASSES[name]), min_size=2, max_size=2, unique=True))
    there, back = ThresholdCrossing(name, before, after).direction, ThresholdCrossing(name, after, before).direction
    assert {there, back} == {"up", "down"}
    assert (there == "up") == (RISING_CLASSES[name].index(after) > RISING_CLASSES[name].index(before))
