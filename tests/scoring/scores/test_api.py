import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common import dead_letters
from heed_common.broker.protocols import Record
from heed_common.dead_letters import DeadLetter
from heed_scoring import handlers
from heed_scoring.scores import api, service
from heed_scoring.scores.daily_refresh import DailyRefresh
from tests.scoring.factories import NOON, as_batch, make_complaint, make_purchase, received

pytestmark = pytest.mark.asyncio


async def take_in(resources, *batch):
    async with resources.database.transaction() as session:
        await handlers.process_batch(session, list(batch), clock=resources.clock)
    resources.signal("heed_scored").notify()


async def test_a_score_has_the_shape_of_the_contract(client, resources):
    customer_id = uuid4()
    await take_in(resources, *as_batch([make_purchase(customer_id), make_complaint(customer_id)]))
    score = (await client.get(f"/v1/scores/{customer_id}")).json()
    assert score["customer_id"] == str(customer_id)
    assert score["as_of"] == "2026-03-02T12:00:00.000000Z"
    assert set(score["value"]) == {"amount", "currency", "current", "potential", "tier", "method", "interval"}
    assert set(score["loyalty"]) == {"index", "class", "behaviour", "attitude", "coverage"}
    reasons = {"reason", "reason_label", "motives", "barriers"}
    assert set(score["churn_risk"]) == {"probability", "horizon_days", "band", "interval"} | reasons
    assert set(score["lifecycle"]) == {"stage", "label", "reason", "sentence"}
    (at_stake,) = score["complaints"]
    risks = {"risk_if_resolved_quickly", "risk_if_unresolved"}
    assert set(at_stake) == {"complaint_id", "expected_value_saved", "sentence"} | risks
    assert isinstance(score["value"]["amount"], str)
    assert isinstance(score["churn_risk"]["probability"], float)
    assert {part["score"] for part in score["explanation"]} == {"value", "loyalty", "churn_risk"}
    assert set(score["previous"]) == {"churn_risk", "loyalty", "value"}


async def test_a_caller_waits_until_scoring_has_come_to_the_event(client, resources):
    customer_id = uuid4()
    opened = received(make_complaint(customer_id))
    await take_in(resources, received(make_purchase(customer_id)))
    waiting = asyncio.create_task(client.get(f"/v1/scores/{customer_id}", params={"after": str(opened.id)}))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await take_in(resources, opened)
    answer = await waiting
    assert answer.status_code == 200
    assert answer.json()["caused_by"]["event_id"] == str(opened.id)


async def test_a_wait_without_result_is_answered_with_retry_after(client):
    answer = await client.get(
        f"/v1/scores/{uuid4()}", params={"after": str(uuid4())}, headers={"Prefer": "respond-async, wait=0"}
    )
    assert answer.status_code == 503
    assert answer.json()["code"] == "score_not_current"
    assert "Retry-After" in answer.headers


async def test_an_event_that_ended_among_the_dead_letters_is_not_waited_for(client, resources):
    event_id = uuid4()
    letter = DeadLetter(Record("heed.customer", 3, 7, b"key", b"broken"), "broken envelope", event_id)
    async with resources.database.transaction() as session:
        await dead_letters.store(session, [letter], group="heed-scoring", now=NOON)
    answer = await client.get(f"/v1/scores/{uuid4()}", params={"after": str(event_id)}, headers={"Prefer": "wait=30"})
    assert (answer.status_code, answer.json()["code"]) == (409, "event_dead_lettered")


@pytest.mark.slow
async def test_five_hundred_may_wait_and_hold_no_connection(app, client, resources, monkeypatch):
    monkeypatch.setattr(api, "MAX_WAIT_SECONDS", 600)  # A busy machine needs longer than 30 s for so many requests.
    monkeypatch.setattr(resources.database.engine.pool, "_timeout", 600)
    customer_id, event = uuid4(), received(make_purchase(uuid4()))
    await take_in(resources, received(make_purchase(customer_id)))
    ask = {"params": {"after": str(event.id)}, "headers": {"Prefer": "wait=600"}}
    waiting = [asyncio.create_task(client.get(f"/v1/scores/{customer_id}", **ask)) for _ in range(500)]
    async with asyncio.timeout(300):
        while app.state.waiters.count < 500:
            await asyncio.sleep(0.05)
    assert resources.database.engine.pool.checkedout() <= 1
    one_more = await client.get(f"/v1/scores/{customer_id}", **ask)
    assert (one_more.status_code, one_more.json()["code"]) == (503, "too_many_waiters")
    await take_in(resources, event)
    assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {200}


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"as_of": "2026-03-02T12:00:00.000001Z"}, 422, "future_moment"),
        ({"as_of": "2026-03-02T11:59:59Z"}, 404, "no_score_then"),
        ({"as_of": "2026-03-02T11:59:59"}, 422, None),
        ({"after": "not an id"}, 422, None),
    ],
)
async def test_a_question_that_makes_no_sense_is_answered_clearly(client, resources, query, status, code):
    customer_id = uuid4()
    await take_in(resources, received(make_purchase(customer_id)))
    answer = await client.get(f"/v1/scores/{customer_id}", params=query)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert code is None or answer.json()["code"] == code


async def test_history_comes_newest_first_in_pages(client, resources):
    customer_id = uuid4()
    for days_ago in (40, 30, 20):
        await take_in(resources, received(make_purchase(customer_id, days_ago=days_ago)))
        resources.clock.advance(timedelta(minutes=1))
    url = f"/v1/scores/{customer_id}/history"
    whole = (await client.get(url)).json()["items"]
    assert [item["as_of"] for item in whole] == sorted((item["as_of"] for item in whole), reverse=True)
    first = (await client.get(url, params={"limit": 2})).json()
    rest = (await client.get(url, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert first["items"] + rest["items"] == whole
    assert rest["next_cursor"] is None
    for item in whole:
        then = await client.get(f"/v1/scores/{customer_id}", params={"as_of": item["as_of"]})
        assert then.json() == item


async def test_the_list_begins_where_most_value_is_at_risk(client, resources):
    for gross in ("10", "1000", "100"):
        customer_id = uuid4()
        await take_in(resources, *as_batch([make_purchase(customer_id, days_ago=d, gross=gross) for d in (60, 30)]))
    first = (await client.get("/v1/scores", params={"sort": "-value_at_risk", "limit": 2})).json()
    rest = (await client.get("/v1/scores", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    amounts = [float(item["value_at_risk"]["amount"]) for item in first["items"] + rest["items"]]
    assert len(amounts) == 3
    assert amounts == sorted(amounts, reverse=True)
    assert "facts" not in first["items"][0]


async def test_the_list_is_filtered_by_its_numbers_and_customers_in_short_pages(client, resources, monkeypatch):
    monkeypatch.setattr(service, "BATCH", 2)
    monkeypatch.setattr(service, "MAX_EXAMINED", 2)
    batch = [make_purchase(uuid4(), days_ago=days, gross=gross) for gross in ("10", "5000", "700") for days in (2, 900)]
    await take_in(resources, *as_batch(batch))
    everything = (await client.get("/v1/scores")).json()["items"]
    assert len(everything) == 6
    fields = {"tier": ("value", "tier"), "band": ("churn_risk", "band"), "stage": ("lifecycle", "stage")}
    for name, (score, field) in fields.items():
        values = {item[score][field] for item in everything}
        assert len(values) > 1
        for value in values:
            found, cursor = [], None
            while cursor or not found:
                params = {name: [value], "limit": 5} | ({"cursor": cursor} if cursor else {})
                page = (await client.get("/v1/scores", params=params)).json()
                found, cursor = found + page["items"], page["next_cursor"]
            assert found == [item for item in everything if item[score][field] == value]
            file = await client.get("/v1/scores.ndjson", params={name: value})
            assert len(file.text.splitlines()) == len(found)
    ids = [item["customer_id"] for item in everything[1:3]]
    assert (await client.get("/v1/scores", params={"customer_id": ids})).json()["items"] == everything[1:3]
    for wrong in ({"tier": "E"}, {"class": "loyal"}, {"customer_id": "x"}, {"stage": ""}):
        assert (await client.get("/v1/scores", params=wrong)).status_code == 422


async def test_the_list_is_sorted_by_the_published_numbers_that_it_shows(client, resources):
    for number in range(12):
        gross = str(100 + number)
        customer_id = uuid4()
        await take_in(
            resources,
            *as_batch([make_purchase(customer_id, days_ago=90 + 7 * number * n, gross=gross) for n in (1, 0)]),
        )
    refresh = DailyRefresh()
    for days in (1, 4, 9):
        resources.clock.advance(timedelta(days=days))
        async with resources.database.transaction() as session:
            assert await refresh(session, resources.clock)
        items = (await client.get("/v1/scores")).json()["items"]
        amounts = [float(item["value_at_risk"]["amount"]) for item in items]
        assert len(amounts) == 12
        assert amounts == sorted(amounts, reverse=True)


async def test_the_built_in_model_is_in_force_until_a_fit(client):
    models = (await client.get("/v1/models")).json()["items"]
    assert [(model["version"], model["in_force"]) for model in models] == [("prior-1", True)]


async def test_a_fit_is_stored_and_can_be_read(client, resources):
    fit = await client.post("/v1/models:fit", json={"model": "bg_nbd", "penalty": 0, "observed_until": "2026-01-31"})
    assert fit.status_code == 202
    assert (await client.get(fit.headers["Location"])).json() == fit.json()
    assert fit.json()["state"] == "pending"
    async with resources.database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM fit")) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"model": "crystal_ball"},
        {"penalty": -1},
        {"observed_until": "soon"},
        {"x": 1},
        {"observed_until": "2026-03-03"},
    ],
)
async def test_a_fit_that_makes_no_sense_is_refused(client, body):
    answer = await client.post("/v1/models:fit", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/")
