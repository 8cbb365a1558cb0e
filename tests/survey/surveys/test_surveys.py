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


async def test_surveys_are_filtered_by_state(client):
    draft, published = await create_draft(client), await create_published(client)
    for state, expected in (("draft", draft), ("published", published)):
        (found,) = (await client.get("/v1/surveys", params={"state": state})).json()["items"]
        assert found["id"] == expected["id"]
    assert (await client.get("/v1/surveys", params={"state": "open"})).status_code == 422
    lines = (await client.get("/v1/surveys.csv", params={"state": "closed"})).text.splitlines()
    assert len(lines) == 1


async def test_a_survey_is_in_sections_with_all_types_of_items(client):
    yes_no = [{"code": "yes", "text": {"en": "Yes", "zh": "是"}}, {"code": "no", "text": {"en": "No", "zh": "否"}}]
    texts = {"text": TEXTS}
    items = [
        {"code": "used", "type": "single", "options": yes_no, "required": True, **texts},
        {"code": "which", "type": "multiple", "options": yes_no, **texts},
        {"code": "times", "type": "number", **texts},
        {"code": "service", "type": "servqual", "indicator": "speed", **texts},
        {"code": "feature", "type": "kano", "requirement": "quality.safety", **texts},
        {"code": "matters", "type": "importance", "about": "service", **texts},
        {"code": "price", "type": "rating_pair", **texts},
        {"code": "most", "type": "willingness_to_pay", **texts},
        {"code": "why", "show_if": {"field": "used", "op": "eq", "value": "no"}, **texts},
    ]
    sections = [{"title": TEXTS, "items": items[:4]}, {"items": items[4:]}]
    survey = await create_draft(client, title={"en": "All", "zh": "全部"}, sections=sections)
    assert [section["items"] for section in survey["sections"]] == [
        ["used", "which", "times", "service"],
        ["feature", "matters", "price", "most", "why"],
    ]
    by_code = {item["code"]: item for item in survey["items"]}
    assert (by_code["why"]["type"], by_code["why"]["show_if"]) == ("text", items[-1]["show_if"])
    assert [by_code[code]["scale"]["highest"] for code in ("service", "matters", "price")] == [7, 5, 10]


async def test_a_condition_is_only_on_earlier_items(client):
    later = {"field": "b", "op": "known"}
    for body, pointer in (
        ({"items": [make_item(code="a", show_if=later), make_item(code="b")]}, "/items/0/show_if/field"),
        (
            {"sections": [{"items": [make_item(code="b")]}, {"items": [make_item(code="a", show_if={"all": [{}]})]}]},
            "/sections/1/items/0/show_if/all/0",
        ),
        ({"items": [make_item(code="b"), make_item(code="a", show_if={**later, "op": "eq", "value": 9})]}, None),
    ):
        response = await client.post("/v1/surveys", json={"title": "Skip", **body})
        assert response.status_code == 422, body
        assert response.json()["errors"][0]["pointer"] == (pointer or "/items/1/show_if/value")


async def test_quotas_are_on_answers_and_customers(client):
    region = {"name": "North", "when": {"field": "customer.region", "op": "eq", "value": "north"}, "limit": 50}
    happy = {"name": "Happy", "when": {"field": "satisfaction", "op": "ge", "value": 4}, "limit": 50}
    survey = await create_draft(client, template="csat_5", quotas=[region, happy])
    assert survey["quotas"] == [region, happy]
    for quotas, pointer in (
        ([happy, happy], "/quotas"),
        ([{**happy, "when": {"field": "mood", "op": "known"}}], "/quotas/0/when/field"),
        ([{**happy, "limit": 0}], "/quotas/0/limit"),
    ):
        refused = await client.post("/v1/surveys", json={"template": "csat_5", "quotas": quotas})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize("min_group", [2, 0, "5"])
async def test_results_of_fewer_than_three_people_are_never_shown(client, min_group):
    refused = await client.post("/v1/surveys", json={"template": "csat_5", "min_group": min_group})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/min_group")
