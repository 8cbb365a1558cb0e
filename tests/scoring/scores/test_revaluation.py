"""An event answers for what it moved, and for nothing else."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from heed_common.contracts.scoring import ScoreChanged
from heed_scoring import handlers
from heed_scoring.scores import repository, service
from tests.scoring.factories import make_complaint, make_merge, make_purchase, received
from tests.scoring.outbox import published

pytestmark = pytest.mark.asyncio
HALF_A_YEAR = timedelta(days=180)


async def take_in(database, clock, *events):
    async with database.transaction() as session:
        await handlers.process_batch(session, [received(event) for event in events], clock=clock)


async def causes(database):
    return [one.event.caused_by_type for one in await published(database, ScoreChanged)]


async def history(database, customer_id):
    async with database.transaction() as session:
        return [document for _, document in await repository.history(session, customer_id, before=None, limit=50)]


async def test_what_half_a_year_did_is_not_blamed_on_the_complaint_after_it(scoring_database, clock):
    customer_id = uuid4()
    await take_in(scoring_database, clock, *[make_purchase(customer_id, days_ago=days) for days in (90, 60, 30)])
    clock.advance(HALF_A_YEAR)
    await take_in(scoring_database, clock, make_complaint(customer_id))
    newest, by_time, *_ = await history(scoring_database, customer_id)
    assert (newest["caused_by"]["type"], by_time["caused_by"]["type"]) == ("heed.complaint.opened.v1", "time")
    assert by_time["as_of"] < newest["as_of"]
    assert newest["previous"]["churn_risk"] == by_time["churn_risk"]["probability"]
    assert by_time["churn_risk"]["probability"] > by_time["previous"]["churn_risk"]
    assert (await causes(scoring_database))[-2:] == ["time", "heed.complaint.opened.v1"]


async def test_each_of_these_scores_can_be_read_again(scoring_database, clock):
    customer_id = uuid4()
    await take_in(scoring_database, clock, *[make_purchase(customer_id, days_ago=days) for days in (90, 60, 30)])
    clock.advance(HALF_A_YEAR)
    await take_in(scoring_database, clock, make_complaint(customer_id))
    clock.advance(timedelta(seconds=1))
    answers = await history(scoring_database, customer_id)
    assert len(answers) > 2
    for stored in answers:
        async with scoring_database.transaction() as session:
            at = datetime.fromisoformat(stored["as_of"])
            assert await service.score_at(session, customer_id=customer_id, at=at, now=clock.now()) == stored


async def test_an_event_of_the_same_day_and_model_is_all_there_is(scoring_database, clock):
    customer_id = uuid4()
    await take_in(scoring_database, clock, make_purchase(customer_id, days_ago=30))
    await take_in(scoring_database, clock, make_complaint(customer_id))
    assert await causes(scoring_database) == ["heed.purchase.recorded.v1", "heed.complaint.opened.v1"]


async def test_members_of_a_family_are_carried_over_as_one(scoring_database, clock):
    survivor, duplicate = uuid4(), uuid4()
    for customer_id in (survivor, duplicate):
        await take_in(scoring_database, clock, *[make_purchase(customer_id, days_ago=days) for days in (90, 60, 30)])
    await take_in(scoring_database, clock, make_merge(duplicate, survivor))
    clock.advance(HALF_A_YEAR)
    await take_in(scoring_database, clock, make_complaint(duplicate))
    newest, by_time, *_ = await history(scoring_database, survivor)
    assert (newest["caused_by"]["type"], by_time["caused_by"]["type"]) == ("heed.complaint.opened.v1", "time")
    assert by_time["as_of"] < newest["as_of"]
