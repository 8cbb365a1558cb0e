from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common.broker.protocols import Record
from heed_common.clock import FakeClock
from heed_common.contracts.complaint import ComplaintAmended, ComplaintCompleted, ComplaintStatus
from heed_common.contracts.scoring import ScoreChanged
from heed_common.decoding import decode
from heed_scoring import handlers
from heed_scoring.scores import repository, service
from heed_scoring.scores.errors import FutureMoment, NoScoreThen
from tests.scoring.factories import (
    NOON,
    as_batch,
    make_complaint,
    make_purchase,
    make_registration,
    make_response,
    make_return,
    received,
)

pytestmark = pytest.mark.asyncio


async def take_in(database, clock, *batch):
    async with database.transaction() as session:
        return await handlers.process_batch(session, list(batch), clock=clock)


async def read(database, customer_id, *, now, at=None):
    async with database.transaction() as session:
        return await service.score_at(session, customer_id=customer_id, at=at, now=now)


def added_up(document, score):
    return sum(Decimal(str(factor["contribution"])) for factor in document["explanation"] if factor["score"] == score)


async def test_the_walk_from_registration_to_a_return(scoring_database, clock):
    customer_id = uuid4()
    purchases = [make_purchase(customer_id, days_ago=days) for days in (300, 200, 100)]
    await take_in(scoring_database, clock, *as_batch([make_registration(customer_id), *purchases]))
    before = await read(scoring_database, customer_id, now=NOON)
    complaint = make_complaint(customer_id)
    opened = received(complaint)
    await take_in(scoring_database, clock, opened)
    while_open = await read(scoring_database, customer_id, now=NOON)
    assert while_open["churn_risk"]["probability"] > before["churn_risk"]["probability"]
    assert while_open["churn_risk"]["reason"] == "service"
    assert while_open["caused_by"] == {"event_id": str(opened.id), "type": "heed.complaint.opened.v1"}
    assert str(opened.id) in while_open["explanation"][-1]["evidence"]
    assert while_open["previous"]["churn_risk"] == before["churn_risk"]["probability"]

    done = {"state": ComplaintStatus.COMPLETED, "completed_at": NOON, "within_target": True}
    completed = ComplaintCompleted(**(complaint.model_dump() | done))
    await take_in(scoring_database, clock, received(completed, aggversion=2))
    resolved = await read(scoring_database, customer_id, now=NOON)
    assert resolved["churn_risk"]["probability"] < while_open["churn_risk"]["probability"]

    await take_in(scoring_database, clock, received(make_return(purchases[-1])))
    returned = await read(scoring_database, customer_id, now=NOON)
    assert Decimal(returned["value"]["amount"]) < Decimal(resolved["value"]["amount"])


async def test_printed_contributions_add_up_exactly(scoring_database, clock):
    customer_id = uuid4()
    events = [make_purchase(customer_id, days_ago=days, gross="33.3333") for days in (91, 60, 31)]
    await take_in(
        scoring_database, clock, *as_batch([*events, make_complaint(customer_id), make_response(customer_id)])
    )
    document = await read(scoring_database, customer_id, now=NOON)
    assert added_up(document, "churn_risk") == Decimal(str(document["churn_risk"]["probability"]))
    assert added_up(document, "loyalty") == Decimal(str(document["loyalty"]["index"]))
    assert added_up(document, "value") == Decimal(document["value"]["amount"])


async def test_an_event_that_comes_twice_counts_once(scoring_database, clock):
    customer_id = uuid4()
    bought = received(make_purchase(customer_id))
    assert await take_in(scoring_database, clock, bought, bought) == 1
    once = await read(scoring_database, customer_id, now=NOON)
    assert await take_in(scoring_database, clock, bought) == 0
    assert await read(scoring_database, customer_id, now=NOON) == once


async def test_the_score_at_a_moment_is_what_history_shows(scoring_database):
    clock = FakeClock(NOON)
    customer_id = uuid4()
    events = [make_registration(customer_id), *(make_purchase(customer_id, days_ago=days) for days in (80, 20, 3))]
    for event in [*events, make_complaint(customer_id)]:
        await take_in(scoring_database, clock, received(event))
        clock.advance(timedelta(hours=1))
    async with scoring_database.transaction() as session:
        rows = await repository.history(session, customer_id, before=None, limit=10)
    assert len(rows) == 5
    for recorded_at, row in rows:
        assert await read(scoring_database, customer_id, now=clock.now(), at=recorded_at) == row


async def test_a_day_without_events_moves_the_risk_with_time_as_its_cause(scoring_database):
    clock = FakeClock(NOON)
    customer_id = uuid4()
    await take_in(scoring_database, clock, *as_batch([make_purchase(customer_id, days_ago=days) for days in (60, 30)]))
    today = await read(scoring_database, customer_id, now=NOON)
    assert await read(scoring_database, customer_id, now=NOON + timedelta(hours=11)) == today | {
        "as_of": "2026-03-02T23:00:00.000000Z"
    }
    later = await read(scoring_database, customer_id, now=NOON + timedelta(days=10))
    assert later["churn_risk"]["probability"] > today["churn_risk"]["probability"]
    assert later["caused_by"] == {"type": "time"}


async def test_a_customer_has_no_score_before_the_first_event(scoring_database, clock):
    with pytest.raises(NoScoreThen):
        await read(scoring_database, uuid4(), now=NOON)
    customer_id = uuid4()
    await take_in(scoring_database, clock, received(make_registration(customer_id)))
    with pytest.raises(NoScoreThen):
        await read(scoring_database, customer_id, now=NOON, at=NOON - timedelta(seconds=1))
    with pytest.raises(FutureMoment):
        await read(scoring_database, customer_id, now=NOON, at=NOON + timedelta(seconds=1))


async def test_a_customer_without_a_purchase_is_scored_and_the_method_shows_it(scoring_database, clock):
    customer_id = uuid4()
    await take_in(scoring_database, clock, received(make_registration(customer_id)))
    document = await read(scoring_database, customer_id, now=NOON)
    assert document["value"]["method"] == "no_purchase/none"
    assert document["value"]["amount"] == "0.00"
    assert document["loyalty"]["index"] is None
    assert 0 < document["churn_risk"]["probability"] < 1


async def test_a_currency_without_a_rate_is_left_out_and_named(scoring_database, clock):
    customer_id = uuid4()
    events = [make_purchase(customer_id), make_purchase(customer_id, currency="CNY", gross="9999")]
    await take_in(scoring_database, clock, *as_batch(events))
    document = await read(scoring_database, customer_id, now=NOON)
    assert document["value"]["current"] == "40.00"
    assert document["coverage"] == {"currencies_left_out": ["CNY"]}


async def test_a_complaint_that_was_filed_under_the_wrong_customer_burdens_the_right_one_only(scoring_database, clock):
    wrong, right = uuid4(), uuid4()
    await take_in(scoring_database, clock, *as_batch([make_purchase(wrong), make_purchase(right)]))
    before = [await read(scoring_database, customer_id, now=NOON) for customer_id in (wrong, right)]
    complaint = make_complaint(wrong)
    moved = make_complaint(
        right,
        ComplaintAmended,
        complaint_id=complaint.complaint_id,
        former_customer_ids=(wrong,),
        changed=("customer_id",),
    )
    for events in ([received(moved, aggversion=2)], [received(complaint, aggversion=1)]):
        await take_in(scoring_database, clock, *events)
    after = [await read(scoring_database, customer_id, now=NOON) for customer_id in (wrong, right)]
    assert after[0]["churn_risk"] == before[0]["churn_risk"]
    assert after[1]["churn_risk"]["probability"] > before[1]["churn_risk"]["probability"]


async def test_each_change_is_published_as_the_contract_defines(scoring_database, clock):
    customer_id = uuid4()
    events = as_batch([make_purchase(customer_id), make_complaint(customer_id), make_response(customer_id)])
    await take_in(scoring_database, clock, *events)
    document = await read(scoring_database, customer_id, now=NOON)
    async with scoring_database.transaction() as session:
        payloads = list(await session.scalars(text("SELECT payload FROM outbox ORDER BY seq")))
    messages = [decode(Record("heed.scoring", 0, 0, None, payload)) for payload in payloads]
    assert list(dict.fromkeys(message.causation for message in messages)) == [event.id for event in events]
    assert [message.aggversion for message in messages] == list(range(1, len(messages) + 1))
    messages = [message for message in messages if isinstance(message.event, ScoreChanged)]
    assert len(messages) == len(events)
    stakes = [str(outlook.complaint_id) for outlook in messages[-1].event.complaints]
    assert stakes == [outlook["complaint_id"] for outlook in document["complaints"]]
    assert messages[-1].event.lifecycle.stage == document["lifecycle"]["stage"]
    assert messages[-1].event.churn_risk.probability == Decimal(str(document["churn_risk"]["probability"]))
    assert messages[-1].event.value.amount == Decimal(document["value"]["amount"])
    factors = [part["factor"] for part in document["explanation"]]
    assert [part.factor for part in messages[-1].event.explanation] == factors


async def test_the_largest_purchase_that_may_be_recorded_is_scored(scoring_database, clock):
    customer_id = uuid4()
    most = make_purchase(customer_id, gross="999999999999900000000.0000", units=Decimal(10) ** 9)
    await take_in(scoring_database, clock, received(most))
    document = await read(scoring_database, customer_id, now=NOON)
    assert document["value"]["current"] == "399999999999960000000.00"
    assert await read(scoring_database, customer_id, now=NOON, at=NOON) == document
