from uuid import uuid4

import pytest

from tests.survey.factories import TEXTS, create_draft, create_published, make_item, published_events, respond

pytestmark = pytest.mark.asyncio

INVALID_SURVEYS = [
    ({"title": "Nothing"}, ""),
    ({"items": [make_item()]}, ""),
    ({"template": "everything"}, "/template"),
    ({"template": "satisfaction", "items": [make_item()]}, ""),
    ({"title": "Twice", "items": [make_item(), make_item()]}, "/items/1/code"),
    ({"title": "No scale", "items": [make_item(scale=None)]}, "/items/0"),
    ({"title": "Flat", "items": [make_item(scale={"lowest": 3, "highest": 3})]}, "/items/0/scale"),
    ({"title": "Short", "items": [make_item(scale={"lowest": 1, "highest": 3, "labels": [TEXTS]})]}, "/items/0/scale"),
    (
        {"title": "Mixed", "items": [make_item(text={"en": "Only"}), make_item(code="b", text={"zh": "只有"})]},
        "/languages",
    ),
    ({"title": "Wordless", "items": [make_item(text={})]}, "/items/0/text"),
    ({"title": "English", "items": [make_item(text={"en": "Only"})], "languages": ["en", "zh"]}, "/items/0/text"),
    ({"title": "German", "items": [make_item()], "languages": ["de"]}, "/languages/0"),
    ({"title": "None", "items": [make_item()], "languages": []}, "/languages"),
    ({"title": "Code", "items": [make_item(code="How?")]}, "/items/0/code"),
    ({"title": " ", "items": [make_item()]}, "/title"),
    ({"title": "About nothing", "items": [make_item(about="price")]}, "/items/0/about"),
    ({"title": "About what", "items": [make_item(measure="defection_reason")]}, "/items/0/about"),
    ({"title": "About else", "items": [make_item(measure="switching_barrier", about="price")]}, "/items/0/about"),
]


async def test_the_satisfaction_template_can_be_published(client, survey_database):
    survey = await create_draft(client)
    assert (survey["state"], survey["survey_version"], survey["published_at"]) == ("draft", 1, None)
    (question,) = survey["items"]
    assert (question["code"], question["measure"]) == ("satisfaction", "satisfaction")
    assert question["scale"]["labels"][0] == {"en": "Very dissatisfied", "zh": "很不满意"}
    response = await client.post(f"/v1/surveys/{survey['id']}/publish")
    (event,) = await published_events(survey_database)
    assert (event.type, event.data["survey_id"]) == ("heed.survey.published.v1", survey["id"])
    assert response.headers["Heed-Event"] == str(event.id)
    assert response.headers["ETag"] == '"2"'
    assert response.json()["published_at"] == "2026-03-02T12:00:00.000000Z"
    assert (await client.get(f"/v1/surveys/{survey['id']}")).json() == response.json()


async def test_a_published_survey_is_not_published_again(client, survey_database):
    survey = await create_published(client)
    again = await client.post(f"/v1/surveys/{survey['id']}/publish")
    assert (again.status_code, again.json()["code"]) == (409, "survey_already_published")
    assert len(await published_events(survey_database)) == 1


async def test_a_survey_is_not_published_with_a_stale_revision(client):
    survey = await create_draft(client)
    stale = await client.post(f"/v1/surveys/{survey['id']}/publish", headers={"If-Match": '"9"'})
    assert stale.status_code == 412


async def test_an_invalid_survey_is_rejected_with_the_pointer(client):
    for wrong, pointer in INVALID_SURVEYS:
        response = await client.post("/v1/surveys", json=wrong)
        assert response.status_code == 422, wrong
        assert response.json()["errors"][0]["pointer"] == pointer, wrong
    assert (await client.get("/v1/surveys")).json()["items"] == []


async def test_a_repeated_draft_is_the_same_survey(client):
    body = {"external_id": "s-1", "title": "Effort", "items": [make_item()]}
    first = await client.post("/v1/surveys", json=body)
    again = await client.post("/v1/surveys", json=body)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    other = await client.post("/v1/surveys", json=body | {"title": "Ease"})
    assert (other.status_code, other.json()["code"]) == (409, "external_id_conflict")


async def test_surveys_are_listed_newest_first(client):
    ids = [(await create_draft(client))["id"] for _ in range(3)]
    first = (await client.get("/v1/surveys", params={"limit": 2})).json()
    await create_draft(client)
    second = (await client.get("/v1/surveys", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [survey["id"] for page in (first, second) for survey in page["items"]] == ids[::-1]
    assert second["next_cursor"] is None


async def test_an_unknown_survey_is_not_found(client):
    for response in (
        await client.get(f"/v1/surveys/{uuid4()}"),
        await client.post(f"/v1/surveys/{uuid4()}/publish"),
        await respond(client, {"id": uuid4()}),
    ):
        assert (response.status_code, response.json()["code"]) == (404, "survey_not_found")
