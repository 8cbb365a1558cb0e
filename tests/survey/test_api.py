"""The survey service's HTTP door."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from heed_common.broker.protocols import Record
from heed_common.contracts.event import Envelope
from heed_common.decoding import decode
from tests.common.sample_app import make_client, make_token

CUSTOMER = "01954f9e-7e3a-7000-8000-000000000001"
WORDS = {"en": "How was it?", "zh": "怎么样？"}
pytestmark = pytest.mark.asyncio


def item(**overrides):
    return {"code": "effort", "text": WORDS, "measure": "effort", "scale": {"lowest": 1, "highest": 7}} | overrides


BAD_RESPONSES = [
    ({"answers": [{"item": "mood", "value": 1}]}, "/answers/0/item", "unknown_item"),
    ({"answers": [{"item": "satisfaction", "value": 6}]}, "/answers/0/value", "off_the_scale"),
    ({"answers": [{"item": "satisfaction", "value": 1}] * 2}, "/answers/1/item", "answered_twice"),
    ({"answers": [{"item": "satisfaction", "text": "good"}]}, "/answers/0", "wrong_kind_of_answer"),
    ({"answered_at": "2026-03-02T12:05:01Z"}, "/answered_at", "in_the_future"),
    ({"answered_at": "0026-03-02T12:00:00Z"}, "/answered_at", "too_early"),
    ({"answered_at": "2026-03-02T12:00:00"}, "/answered_at", "validation_failed"),
    ({"answers": []}, "/answers", "validation_failed"),
    ({"answers": [{"item": "satisfaction", "value": 2.5}]}, "/answers/0/value", "validation_failed"),
    ({"answers": [{"item": "satisfaction", "value": True}]}, "/answers/0/value", "validation_failed"),
    ({"answers": [{"item": "satisfaction"}]}, "/answers/0", "validation_failed"),
    ({"customer_id": "somebody"}, "/customer_id", "validation_failed"),
    ({"mood": 1}, "/mood", "validation_failed"),
]
BAD_SURVEYS = [
    ({"title": "Nothing"}, ""),
    ({"items": [item()]}, ""),
    ({"template": "everything"}, "/template"),
    ({"template": "satisfaction", "items": [item()]}, ""),
    ({"title": "Twice", "items": [item(), item()]}, ""),
    ({"title": "No scale", "items": [item(scale=None)]}, "/items/0"),
    ({"title": "Flat", "items": [item(scale={"lowest": 3, "highest": 3})]}, "/items/0/scale"),
    ({"title": "Short", "items": [item(scale={"lowest": 1, "highest": 3, "labels": [WORDS]})]}, "/items/0/scale"),
    ({"title": "Mixed", "items": [item(text={"en": "Only"}), item(code="b", text={"zh": "只有"})]}, ""),
    ({"title": "Wordless", "items": [item(text={})]}, "/items/0/text"),
    ({"title": "English", "items": [item(text={"en": "Only"})], "languages": ["en", "zh"]}, ""),
    ({"title": "German", "items": [item()], "languages": ["de"]}, "/languages/0"),
    ({"title": "None", "items": [item()], "languages": []}, "/languages"),
    ({"title": "Code", "items": [item(code="How?")]}, "/items/0/code"),
    ({"title": " ", "items": [item()]}, "/title"),
    ({"title": "About nothing", "items": [item(about="price")]}, "/items/0"),
    ({"title": "About what", "items": [item(measure="defection_reason")]}, "/items/0"),
    ({"title": "About else", "items": [item(measure="switching_barrier", about="price")]}, "/items/0"),
]


async def drafted(client, **body):
    answer = await client.post("/v1/surveys", json=body or {"template": "satisfaction"})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def published(client, **body):
    survey = await drafted(client, **body)
    answer = await client.post(f"/v1/surveys/{survey['id']}/publish")
    assert answer.status_code == 200, answer.text
    return answer.json()


def response(**overrides):
    return {"customer_id": CUSTOMER, "answers": [{"item": "satisfaction", "value": 2}]} | overrides


async def respond(client, survey, **overrides):
    return await client.post(f"/v1/surveys/{survey['id']}/responses", json=response(**overrides))


async def told(database):
    async with database.transaction() as session:
        rows = await session.scalars(text("SELECT payload FROM outbox ORDER BY seq"))
        return [Envelope.model_validate_json(payload) for payload in rows]


async def test_the_satisfaction_question_is_there_to_be_published(client, survey_database):
    survey = await drafted(client)
    assert (survey["state"], survey["survey_version"], survey["published_at"]) == ("draft", 1, None)
    (question,) = survey["items"]
    assert (question["code"], question["measure"]) == ("satisfaction", "satisfaction")
    assert question["scale"]["labels"][0] == {"en": "Very dissatisfied", "zh": "很不满意"}
    answer = await client.post(f"/v1/surveys/{survey['id']}/publish")
    (event,) = await told(survey_database)
    assert (event.type, event.data["survey_id"]) == ("heed.survey.published.v1", survey["id"])
    assert answer.headers["Heed-Event"] == str(event.id)
    assert answer.headers["ETag"] == '"2"'
    assert answer.json()["published_at"] == "2026-03-02T12:00:00.000000Z"
    assert (await client.get(f"/v1/surveys/{survey['id']}")).json() == answer.json()


async def test_a_published_survey_is_not_published_again(client, survey_database):
    survey = await published(client)
    again = await client.post(f"/v1/surveys/{survey['id']}/publish")
    assert (again.status_code, again.json()["code"]) == (409, "survey_already_published")
    assert len(await told(survey_database)) == 1


async def test_a_survey_that_has_changed_since_it_was_read_is_not_published(client):
    survey = await drafted(client)
    stale = await client.post(f"/v1/surveys/{survey['id']}/publish", headers={"If-Match": '"9"'})
    assert stale.status_code == 412


async def test_an_answer_is_told_with_its_scale_under_the_customers_key(client, survey_database):
    survey = await published(client)
    answer = await respond(client, survey, answered_at="2026-03-01T09:00:00Z")
    assert answer.status_code == 201
    event = (await told(survey_database))[-1]
    assert answer.headers["Heed-Event"] == str(event.id)
    assert (event.partitionkey, event.subject) == (CUSTOMER, answer.json()["id"])
    assert event.data["occurred_at"] == "2026-03-01T09:00:00Z"
    assert event.data["answers"] == [
        {"item": "satisfaction", "measure": "satisfaction", "lowest": 1, "highest": 5, "value": 2, "about": None}
    ]
    record = Record("heed.survey", 0, 0, None, event.model_dump_json().encode())
    assert decode(record).event.answers[0].value == 2


async def test_what_would_make_a_customer_leave_is_told_with_what_it_is_about(client, survey_database):
    asked = item(code="price_matters", measure="defection_reason", about="price")
    survey = await published(client, title="Why", items=[asked])
    assert survey["items"][0]["about"] == "price"
    await respond(client, survey, answers=[{"item": "price_matters", "value": 6}])
    answer = (await told(survey_database))[-1].data["answers"][0]
    assert (answer["measure"], answer["about"], answer["value"]) == ("defection_reason", "price", 6)


async def test_words_are_kept_and_never_told(client, survey_database):
    items = [item(), item(code="why", measure="other", scale=None)]
    survey = await published(client, title="After the repair", items=items)
    said = [{"item": "effort", "value": 7}, {"item": "why", "text": "Mr Wang was rude"}]
    answer = await respond(client, survey, answers=said)
    assert answer.status_code == 201
    assert answer.json()["answers"][1]["text"] == "Mr Wang was rude"
    event = (await told(survey_database))[-1]
    assert [given["item"] for given in event.data["answers"]] == ["effort"]
    assert "rude" not in event.model_dump_json()


async def test_an_anonymous_answer_has_an_id_without_a_time_in_it(client, survey_database):
    survey = await published(client)
    answer = await respond(client, survey, customer_id=None)
    assert UUID(answer.json()["id"]).version == 4
    event = (await told(survey_database))[-1]
    assert event.data["customer_id"] is None
    assert event.partitionkey == answer.json()["id"]


async def test_a_draft_cannot_be_answered(client, survey_database):
    answer = await respond(client, await drafted(client))
    assert (answer.status_code, answer.json()["code"]) == (409, "survey_not_published")
    assert await told(survey_database) == []


async def test_an_answer_that_does_not_fit_is_refused_and_nothing_is_told(client, survey_database):
    survey = await published(client)
    for wrong, pointer, code in BAD_RESPONSES:
        answer = await respond(client, survey, **wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, code), wrong
        assert answer.json()["errors"][0]["pointer"] == pointer, wrong
    assert len(await told(survey_database)) == 1


async def test_a_questionnaire_that_makes_no_sense_is_refused_with_the_place(client):
    for wrong, pointer in BAD_SURVEYS:
        answer = await client.post("/v1/surveys", json=wrong)
        assert answer.status_code == 422, wrong
        assert answer.json()["errors"][0]["pointer"] == pointer, wrong
    assert (await client.get("/v1/surveys")).json()["items"] == []


async def test_a_repeated_answer_counts_once_and_names_the_first_event(client, survey_database):
    survey = await published(client)
    first = await respond(client, survey, external_id="r-1")
    again = await respond(client, survey, external_id="r-1")
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["Heed-Event"] == first.headers["Heed-Event"]
    other = await respond(client, survey, external_id="r-1", answers=[{"item": "satisfaction", "value": 5}])
    assert (other.status_code, other.json()["code"]) == (409, "external_id_conflict")
    elsewhere = await respond(client, await published(client), external_id="r-1")
    assert elsewhere.status_code == 409
    assert [event.type for event in await told(survey_database)].count("heed.response.received.v1") == 1


async def test_the_same_answer_sent_many_times_at_once_counts_once(client, survey_database):
    survey = await published(client)
    answers = await asyncio.gather(*(respond(client, survey, external_id="r-1") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.headers["Heed-Event"] for answer in answers}) == 1
    assert len(await told(survey_database)) == 2


async def test_a_repeated_draft_is_the_same_survey(client):
    body = {"external_id": "s-1", "title": "Effort", "items": [item()]}
    first = await client.post("/v1/surveys", json=body)
    again = await client.post("/v1/surveys", json=body)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    other = await client.post("/v1/surveys", json=body | {"title": "Ease"})
    assert (other.status_code, other.json()["code"]) == (409, "external_id_conflict")


async def test_surveys_are_listed_newest_first(client):
    ids = [(await drafted(client))["id"] for _ in range(3)]
    first = (await client.get("/v1/surveys", params={"limit": 2})).json()
    await drafted(client)
    second = (await client.get("/v1/surveys", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [survey["id"] for page in (first, second) for survey in page["items"]] == ids[::-1]
    assert second["next_cursor"] is None


async def test_what_is_not_there_is_404(client):
    for answer in (
        await client.get(f"/v1/surveys/{uuid4()}"),
        await client.post(f"/v1/surveys/{uuid4()}/publish"),
        await respond(client, {"id": uuid4()}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "survey_not_found")


async def test_each_door_asks_for_its_own_scope(app, client, survey_database, clock):
    survey = await published(client)
    async with make_client(app) as nobody:
        assert (await respond(nobody, survey)).status_code == 401
    author = await make_token(survey_database, now=clock.now(), scopes=frozenset({"surveys:read", "surveys:write"}))
    async with make_client(app, author) as client:
        assert (await respond(client, survey)).status_code == 403
    reader = await make_token(survey_database, now=clock.now(), scopes=frozenset({"surveys:read"}))
    async with make_client(app, reader) as client:
        assert (await client.get("/v1/surveys")).status_code == 200
        assert (await client.post("/v1/surveys", json={"template": "satisfaction"})).status_code == 403
