"""From the draft over pilot and revision to publication, and the next version."""

import asyncio
from uuid import UUID

import pytest

from heed_survey.surveys import service
from heed_survey.surveys.errors import SurveyClosed, SurveyNotPublished, VersionChanged
from heed_survey.surveys.rules import collecting_version
from tests.survey.factories import create_draft, create_published, make_item, published_events, respond

REVISION = {"reason": "Two respondents misread it.", "changes": "Shorter wording."}
STUDY = {
    "purpose": "Find what to improve.",
    "nature": "conclusive",
    "population": "Customers of the past year",
    "method": "Stratified sample, web",
    "report_due": "2026-12-31",
    "responsible": "Research",
}
pytestmark = pytest.mark.asyncio


async def post(client, survey, action, body=None, status=200):
    response = await client.post(f"/v1/surveys/{survey['id']}/{action}", json=body)
    assert response.status_code == status, response.text
    return response.json()


async def patch(client, survey, body, revision="*"):
    header = {} if revision is None else {"If-Match": revision}
    return await client.patch(f"/v1/surveys/{survey['id']}", json=body, headers=header)


async def versions(client, survey):
    return (await client.get(f"/v1/surveys/{survey['id']}/versions")).json()["items"]


async def test_a_draft_is_replaced_as_a_whole_or_in_parts(client):
    survey = await create_draft(client, title="Effort", items=[make_item()])
    changed = await patch(client, survey, {"title": "Ease", "items": [make_item(code="ease")]}, '"1"')
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert [item["code"] for item in changed.json()["items"]] == ["ease"]
    assert changed.json()["title"] == {"en": "Ease", "zh": "Ease"}
    renamed = (await patch(client, survey, {"title": "Simple"}, '"2"')).json()
    assert [item["code"] for item in renamed["items"]] == ["ease"]
    assert (await client.get(f"/v1/surveys/{survey['id']}")).json() == renamed


async def test_a_change_needs_the_revision_that_its_caller_has_seen(client):
    survey = await create_draft(client)
    assert (await patch(client, survey, {"wave": "2026q4"}, None)).status_code == 428
    assert (await patch(client, survey, {"wave": "2026q4"}, '"9"')).status_code == 412
    assert (await patch(client, survey, {"title": "Ease", "items": [make_item(scale=None)]})).json()["errors"][0][
        "pointer"
    ] == "/items/0"


async def test_a_published_survey_changes_only_its_wave(client):
    survey = await create_published(client)
    for body in ({"title": "Ease"}, {"min_group": 10}, {"anonymous": True}, {"study": STUDY}):
        refused = await patch(client, survey, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "survey_already_published"), body
    assert (await patch(client, survey, {"wave": "2026q4"})).json()["wave"] == "2026q4"


async def test_the_version_of_a_pilot_does_not_change_and_is_published_with_a_record(client, survey_database):
    survey = await create_draft(client)
    assert (await post(client, survey, "pilot"))["state"] == "pilot"
    assert (await post(client, survey, "pilot", status=409))["code"] == "pilot_running"
    assert (await patch(client, survey, {"title": "Ease"})).json()["code"] == "pilot_running"
    assert (await post(client, survey, "publish", status=409))["code"] == "revision_missing"
    published = await post(client, survey, "publish", {"revision": REVISION})
    assert (published["state"], published["survey_version"], published["pilot_version"]) == ("published", 1, None)
    (version,) = await versions(client, survey)
    assert (version["revision"], version["piloted_at"] is None) == (REVISION, False)
    assert len(await published_events(survey_database, "heed.survey.published")) == 1


async def test_a_pilot_is_revised_and_published_as_the_next_version(client, survey_database):
    survey = await create_draft(client, title="Effort", items=[make_item(), make_item(code="old")])
    await post(client, survey, "pilot")
    revised = await post(client, survey, "revise", REVISION)
    assert (revised["state"], revised["draft_version"], revised["pilot_version"]) == ("draft", 2, None)
    scale = {"lowest": 1, "highest": 5}
    await patch(client, survey, {"items": [make_item(scale=scale), make_item(code="new")]})
    published = await post(client, survey, "publish")
    assert (published["state"], published["survey_version"], published["draft_version"]) == ("published", 2, None)
    first, second = await versions(client, survey)
    assert (first["survey_version"], first["published_at"]) == (1, None)
    assert first["items"]["added"] == ["effort", "old"]
    assert second["items"] == {"added": ["new"], "removed": ["old"], "changed": ["effort"]}
    assert second["revision"] == REVISION
    (event,) = await published_events(survey_database, "heed.survey.published")
    assert event.data["survey_version"] == 2


async def test_a_published_survey_is_answered_in_its_version_while_the_next_is_written(client, survey_database):
    survey = await create_published(client)
    draft = await post(client, survey, "revise", REVISION)
    assert (draft["state"], draft["survey_version"], draft["draft_version"]) == ("published", 1, 2)
    assert (await post(client, survey, "revise", REVISION, status=409))["code"] == "draft_exists"
    await patch(client, survey, {"items": [make_item()]})
    assert (await client.get(f"/v1/surveys/{survey['id']}")).json()["items"][0]["code"] == "satisfaction"
    assert (await respond(client, survey)).json()["survey_version"] == 1
    published = await post(client, survey, "publish")
    assert (published["survey_version"], published["items"][0]["code"]) == (2, "effort")
    first, second = await published_events(survey_database, "heed.survey.published")
    assert [event.data["survey_version"] for event in (first, second)] == [1, 2]
    assert [event.aggversion for event in (first, second)] == [1, 2]


async def test_of_concurrent_publications_one_is_made(client, survey_database):
    survey = await create_draft(client)
    path = f"/v1/surveys/{survey['id']}/publish"
    responses = await asyncio.gather(*(client.post(path) for _ in range(5)))
    assert sorted(response.status_code for response in responses) == [200, 409, 409, 409, 409]
    assert len(await published_events(survey_database, "heed.survey.published")) == 1


async def test_a_revision_needs_its_reason(client):
    survey = await create_published(client)
    refused = await post(client, survey, "revise", {"changes": "Shorter."}, status=422)
    assert refused["errors"][0]["pointer"] == "/reason"


async def test_a_closed_survey_is_neither_answered_nor_changed(client):
    survey = await create_draft(client)
    assert (await post(client, survey, "close", status=409))["code"] == "survey_not_published"
    await post(client, survey, "publish")
    closed = await post(client, survey, "close")
    assert (closed["state"], closed["closed_at"] is None) == ("closed", False)
    assert (await respond(client, survey)).json()["code"] == "survey_closed"
    for action in ("close", "publish", "pilot"):
        assert (await post(client, survey, action, status=409))["code"] == "survey_closed"
    assert (await post(client, survey, "revise", REVISION, status=409))["code"] == "survey_closed"
    assert (await patch(client, survey, {"wave": "w2"})).json()["code"] == "survey_closed"


@pytest.mark.parametrize("action", ["publish", "pilot", "revise", "close"])
async def test_a_transition_honours_if_match(client, action):
    survey = await create_draft(client)
    body = REVISION if action == "revise" else None
    stale = await client.post(f"/v1/surveys/{survey['id']}/{action}", json=body, headers={"If-Match": '"9"'})
    assert stale.status_code == 412


@pytest.mark.parametrize(
    "settings", [{"anonymous": True}, {"quotas": [{"name": "all", "limit": 100}]}, {"study": {"nature": "conclusive"}}]
)
async def test_a_study_is_published_only_with_the_complete_record_of_its_design(client, settings):
    survey = await create_draft(client, template="csat_5", **settings)
    refused = await post(client, survey, "publish", status=409)
    assert (refused["code"], refused["errors"][0]["pointer"]) == ("study_missing", "/study")
    incomplete = {name: value for name, value in STUDY.items() if name != "method"}
    await patch(client, survey, {"study": incomplete})
    assert "method" in (await post(client, survey, "publish", status=409))["detail"]
    await patch(client, survey, {"study": STUDY})
    published = await post(client, survey, "publish")
    assert published["study"]["report_due"] == "2026-12-31"


async def test_versions_are_listed_in_pages(client):
    survey = await create_published(client)
    for _ in range(2):
        await post(client, survey, "revise", REVISION)
        await post(client, survey, "publish")
    path = f"/v1/surveys/{survey['id']}/versions"
    first = (await client.get(path, params={"limit": 2})).json()
    second = (await client.get(path, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [version["survey_version"] for version in first["items"] + second["items"]] == [1, 2, 3]
    assert second["items"][0]["items"] == {"added": [], "removed": [], "changed": []}


async def test_each_version_is_exported_as_it_was(client):
    survey = await create_published(client)
    await post(client, survey, "revise", REVISION)
    await patch(client, survey, {"items": [make_item()]})
    path = f"/v1/surveys/{survey['id']}/questionnaire"
    exported = {number: await client.get(path, params={"survey_version": number}) for number in (1, 2)}
    codes = {number: response.json()["sections"][0]["items"][0]["code"] for number, response in exported.items()}
    assert codes == {1: "satisfaction", 2: "effort"}
    current = await client.get(path)
    assert (current.headers["Heed-Survey-Version"], current.json()) == ("1", exported[1].json())
    copy = await create_draft(client, **exported[2].json())
    assert (await client.get(f"/v1/surveys/{copy['id']}/questionnaire")).json() == exported[2].json()
    missing = await client.get(path, params={"survey_version": 3})
    assert (missing.status_code, missing.json()["code"]) == (404, "version_not_found")


async def test_a_response_belongs_to_the_version_that_was_shown(client, session, survey_database):
    survey = await create_draft(client)
    id_ = UUID(survey["id"])

    async def version(requested):
        async with survey_database.transaction() as other:
            return collecting_version(await service.get_survey(other, survey_id=id_), requested)

    with pytest.raises(SurveyNotPublished):
        await version(None)
    await post(client, survey, "pilot")
    assert (await version(None), await version(1)) == ((1, True), (1, True))
    await post(client, survey, "revise", REVISION)
    with pytest.raises(SurveyNotPublished):
        await version(1)
    await post(client, survey, "publish")
    assert (await version(None), await version(2)) == ((2, False), (2, False))
    with pytest.raises(VersionChanged):
        await version(1)
    await post(client, survey, "revise", REVISION)
    await post(client, survey, "pilot")
    assert (await version(None), await version(3)) == ((2, False), (3, True))
    await post(client, survey, "close")
    with pytest.raises(SurveyClosed):
        await version(2)


async def test_a_version_is_parsed_once_and_a_changed_draft_again(client, survey_database):
    survey = await create_draft(client, title="Effort", items=[make_item()])

    async def questionnaire():
        async with survey_database.transaction() as session:
            return await service.get_questionnaire(session, survey_id=UUID(survey["id"]), survey_version=1)

    first = await questionnaire()
    assert await questionnaire() is first
    await patch(client, survey, {"items": [make_item(code="ease")]})
    assert [item.code for item in (await questionnaire()).items] == ["ease"]
