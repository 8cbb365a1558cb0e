import asyncio
from uuid import UUID

import pytest

from heed_common.broker.protocols import Record
from heed_common.decoding import decode
from tests.common.sample_app import make_client, make_token
from tests.survey.factories import CUSTOMER, create_draft, create_published, make_item, published_events, respond

pytestmark = pytest.mark.asyncio

INVALID_RESPONSES = [
    ({"answers": {"mood": 1}}, "/answers/mood", "unknown_item"),
    ({"answers": {"satisfaction": 6}}, "/answers/satisfaction", "off_the_scale"),
    ({"answers": {"satisfaction": "good"}}, "/answers/satisfaction", "wrong_kind_of_answer"),
    ({"answers": {"satisfaction": 2.5}}, "/answers/satisfaction", "wrong_kind_of_answer"),
    ({"answers": {"satisfaction": True}}, "/answers/satisfaction", "wrong_kind_of_answer"),
    ({"answers": {}}, "/answers", "validation_failed"),
    ({"answers": [{"item": "satisfaction", "value": 1}]}, "/answers", "validation_failed"),
    ({"answers": {f"q{index}": 1 for index in range(201)}}, "/answers", "validation_failed"),
    ({"answered_at": "2026-03-02T12:05:01Z"}, "/answered_at", "in_the_future"),
    ({"answered_at": "0026-03-02T12:00:00Z"}, "/answered_at", "too_early"),
    ({"answered_at": "2026-03-02T12:00:00"}, "/answered_at", "validation_failed"),
    ({"mode": "telepathy"}, "/mode", "validation_failed"),
    ({"design": {"weight": 0}}, "/design/weight", "validation_failed"),
    ({"design": {"weight": "2"}}, "/design/weight", "validation_failed"),
    ({"design": {"population": -5}}, "/design/population", "validation_failed"),
    ({"seconds": -1}, "/seconds", "validation_failed"),
    ({"survey_version": 0}, "/survey_version", "validation_failed"),
    ({"customer_id": "somebody"}, "/customer_id", "validation_failed"),
    ({"mood": 1}, "/mood", "validation_failed"),
]


async def test_an_answer_is_published_with_its_scale_under_the_customers_key(client, survey_database):
    survey = await create_published(client)
    response = await respond(client, survey, answered_at="2026-03-01T09:00:00Z")
    assert response.status_code == 201
    event = (await published_events(survey_database))[-1]
    assert response.headers["Heed-Event"] == str(event.id)
    assert (event.partitionkey, event.subject) == (CUSTOMER, response.json()["id"])
    assert event.data["occurred_at"] == "2026-03-01T09:00:00Z"
    scale = {"measure": "satisfaction", "lowest": 1, "highest": 5}
    assert event.data["answers"] == [{"item": "satisfaction", "value": 2, "about": None, "reversed": False} | scale]
    record = Record("heed.survey", 0, 0, None, event.model_dump_json().encode())
    assert decode(record).event.answers[0].value == 2


async def test_a_reason_to_leave_is_published_with_its_code(client, survey_database):
    item = make_item(code="price_matters", measure="defection_reason", about="price")
    survey = await create_published(client, title="Why", items=[item])
    assert survey["items"][0]["about"] == "price"
    await respond(client, survey, answers={"price_matters": 6})
    response = (await published_events(survey_database))[-1].data["answers"][0]
    assert (response["measure"], response["about"], response["value"]) == ("defection_reason", "price", 6)


async def test_free_text_is_stored_and_never_published(client, survey_database):
    items = [make_item(), make_item(code="why", measure="other", scale=None)]
    survey = await create_published(client, title="After the repair", items=items)
    content = {"effort": 7, "why": "Mr Wang was rude"}
    response = await respond(client, survey, answers=content)
    assert response.status_code == 201
    assert response.json()["answers"]["why"] == "Mr Wang was rude"
    event = (await published_events(survey_database))[-1]
    assert [given["item"] for given in event.data["answers"]] == ["effort"]
    assert "rude" not in event.model_dump_json()


async def test_an_anonymous_response_has_an_id_without_a_time(client, survey_database):
    survey = await create_published(client)
    response = await respond(client, survey, customer_id=None)
    assert UUID(response.json()["id"]).version == 4
    event = (await published_events(survey_database))[-1]
    assert event.data["customer_id"] is None
    assert event.partitionkey == response.json()["id"]


async def test_a_draft_cannot_be_answered(client, survey_database):
    response = await respond(client, await create_draft(client))
    assert (response.status_code, response.json()["code"]) == (409, "survey_not_published")
    assert await published_events(survey_database) == []


async def test_an_invalid_response_is_rejected_and_publishes_nothing(client, survey_database):
    survey = await create_published(client)
    for wrong, pointer, code in INVALID_RESPONSES:
        response = await respond(client, survey, **wrong)
        assert (response.status_code, response.json()["code"]) == (422, code), wrong
        assert response.json()["errors"][0]["pointer"] == pointer, wrong
    assert len(await published_events(survey_database)) == 1


async def test_a_repeated_response_is_recorded_once_and_names_the_first_event(client, survey_database):
    survey = await create_published(client)
    first = await respond(client, survey, external_id="r-1")
    again = await respond(client, survey, external_id="r-1")
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["Heed-Event"] == first.headers["Heed-Event"]
    other = await respond(client, survey, external_id="r-1", answers={"satisfaction": 5})
    assert (other.status_code, other.json()["code"]) == (409, "external_id_conflict")
    elsewhere = await respond(client, await create_published(client), external_id="r-1")
    assert elsewhere.status_code == 409
    assert [event.type for event in await published_events(survey_database)].count("heed.response.received.v1") == 1


async def test_concurrent_requests_record_a_response_once(client, survey_database):
    survey = await create_published(client)
    responses = await asyncio.gather(*(respond(client, survey, external_id="r-1") for _ in range(4)))
    assert sorted(response.status_code for response in responses) == [200, 200, 200, 201]
    assert len({response.headers["Heed-Event"] for response in responses}) == 1
    assert len(await published_events(survey_database)) == 2


async def test_each_call_needs_its_own_scope(app, client, survey_database, clock):
    survey = await create_published(client)
    async with make_client(app) as anonymous:
        assert (await respond(anonymous, survey)).status_code == 401
    author = await make_token(survey_database, now=clock.now(), scopes=frozenset({"surveys:read", "surveys:write"}))
    async with make_client(app, author) as client:
        assert (await respond(client, survey)).status_code == 403
    reader = await make_token(survey_database, now=clock.now(), scopes=frozenset({"surveys:read"}))
    async with make_client(app, reader) as client:
        assert (await client.get("/v1/surveys")).status_code == 200
        assert (await client.post("/v1/surveys", json={"template": "satisfaction"})).status_code == 403
