"""An anonymous survey over HTTP: nothing is published before five answers, nothing names anyone, nothing is lost."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from heed_common.business_days import UTC_DAYS, BusinessDays
from heed_survey.responses.anonymous import service
from tests.survey.factories import CUSTOMER, create_anonymous, published_events, respond

pytestmark = pytest.mark.asyncio

RECEIVED = "heed.response.received"


async def release(database, clock, days=UTC_DAYS):
    async with database.transaction() as session:
        return await service.release_pools(session, days=days, now=clock.now())


async def answer(client, survey, *values):
    for value in values:
        response = await respond(client, survey, customer_id=None, answers={"satisfaction": value})
        assert response.status_code == 201, response.text


async def rows(database, query="SELECT * FROM response"):
    async with database.transaction() as session:
        return [row._mapping for row in await session.execute(text(query))]


async def test_nothing_is_published_before_five_answers_and_then_all_together(client, clock, survey_database):
    survey = await create_anonymous(client)
    await answer(client, survey, 1, 2, 3, 4)
    assert await release(survey_database, clock) == 0
    assert (await published_events(survey_database, RECEIVED), await rows(survey_database)) == ([], [])
    await answer(client, survey, 5)
    assert await release(survey_database, clock) == 1
    events = await published_events(survey_database, RECEIVED)
    assert sorted(event.data["answers"][0]["value"] for event in events) == [1, 2, 3, 4, 5]
    assert {event.data["customer_id"] for event in events} == {None}
    assert {event.data["occurred_at"] for event in events} == {"2026-03-02T00:00:00Z"}
    stored = await rows(survey_database)
    assert {str(row["id"]) for row in stored} == {event.data["response_id"] for event in events}
    assert {row["id"].version for row in stored} == {4}


async def test_a_released_response_has_a_day_and_nothing_that_identifies(client, clock, survey_database):
    survey = await create_anonymous(client)
    await answer(client, survey, 1, 2, 3, 4, 5)
    await release(survey_database, clock)
    stored = await rows(survey_database)
    assert len(stored) == 5
    for row in stored:
        for column in ("customer_id", "external_id", "link_id", "interviewer", "seconds", "complaint_id", "context"):
            assert row[column] is None, column
        assert row["answered_at"] == row["received_at"] == clock.now().replace(hour=0)


async def test_the_day_is_that_of_the_organisation(client, clock, survey_database):
    survey = await create_anonymous(client)
    await answer(client, survey, 1, 2, 3, 4, 5)
    clock.advance(timedelta(hours=6))
    await release(survey_database, clock, BusinessDays.of("Asia/Shanghai"))
    (moment,) = {row["answered_at"] for row in await rows(survey_database)}
    assert moment.isoformat() == "2026-03-02T16:00:00+00:00"
    assert moment < clock.now()


async def test_the_reply_shows_neither_id_nor_answers_nor_event(client):
    survey = await create_anonymous(client)
    response = await respond(client, survey, customer_id=None)
    assert response.json() == {"survey_id": survey["id"], "anonymous": True}
    assert "Heed-Event" not in response.headers


@pytest.mark.parametrize(
    ("member", "value"), [("customer_id", CUSTOMER), ("external_id", "r-1"), ("interviewer", "I7")]
)
async def test_what_identifies_is_refused(client, survey_database, member, value):
    survey = await create_anonymous(client)
    response = await respond(client, survey, **{"customer_id": None, member: value})
    assert (response.status_code, response.json()["code"]) == (422, "not_anonymous")
    assert response.json()["errors"][0]["pointer"] == f"/{member}"
    assert await rows(survey_database, "SELECT * FROM response_pool") == []


async def test_later_responses_become_visible_in_groups_and_all_after_closing(client, clock, survey_database):
    survey = await create_anonymous(client)
    visible = []
    for _ in range(13):
        await answer(client, survey, 3)
        await release(survey_database, clock)
        visible.append(len(await rows(survey_database)))
    assert visible == [0] * 4 + [5] * 9
    await answer(client, survey, 3, 3)
    await release(survey_database, clock)
    assert len(await rows(survey_database)) == 10
    await client.post(f"/v1/surveys/{survey['id']}/close")
    await release(survey_database, clock)
    assert len(await rows(survey_database)) == len(await published_events(survey_database, RECEIVED)) == 15


async def test_a_keyed_request_is_recorded_once_and_leaves_no_hash_of_its_answers(client, clock, survey_database):
    survey = await create_anonymous(client)
    path, body = f"/v1/surveys/{survey['id']}/responses", {"answers": {"satisfaction": 1}}
    first = await client.post(path, json=body, headers={"Idempotency-Key": "k-1"})
    again = await client.post(path, json=body, headers={"Idempotency-Key": "k-1"})
    assert (first.status_code, again.headers["Idempotent-Replayed"], again.json()) == (201, "true", first.json())
    (stored,) = await rows(survey_database, "SELECT * FROM idempotency")
    assert stored["body_hash"] == b""
    (pool,) = await rows(survey_database, "SELECT * FROM response_pool")
    assert pool["size"] == 1


async def test_concurrent_responses_and_releases_lose_and_double_nothing(client, clock, survey_database):
    survey = await create_anonymous(client)
    await asyncio.gather(
        *(answer(client, survey, 1 + index % 5) for index in range(30)),
        *(release(survey_database, clock) for _ in range(5)),
    )
    await client.post(f"/v1/surveys/{survey['id']}/close")
    await release(survey_database, clock)
    values = [row["answers"]["satisfaction"] for row in await rows(survey_database)]
    assert sorted(values) == sorted(1 + index % 5 for index in range(30))
    assert len({UUID(event.data["response_id"]) for event in await published_events(survey_database, RECEIVED)}) == 30


async def test_the_pilot_of_an_anonymous_survey_publishes_nothing(client, clock, survey_database):
    survey = await create_anonymous(client, publish=False)
    await client.post(f"/v1/surveys/{survey['id']}/pilot")
    await answer(client, survey, 1, 2, 3, 4, 5)
    await release(survey_database, clock)
    assert {row["state"] for row in await rows(survey_database)} == {"pilot"}
    assert await published_events(survey_database, RECEIVED) == []
