"""A frozen report prints the same for ever, proves its data by a hash, and shows small groups to few people only."""

from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.common.sample_app import make_client, make_token
from tests.entity_tags import revision_of
from tests.survey.analysis.studies import create_study, insert_responses
from tests.survey.factories import create_anonymous, create_draft, published_events
from tests.survey.reporting.studies import CHINESE, HTML, create_repair_study, freeze, page, people, publish, store

pytestmark = pytest.mark.asyncio
NOT_SHOWN = "not shown: too few answers"
NUMBERS_NOT_SHOWN = "The numbers of each answer are not shown"


@pytest_asyncio.fixture
async def survey_id(client, survey_database):
    survey_id = await create_repair_study(client)
    await store(survey_database, survey_id, people(120))
    return survey_id


@pytest_asyncio.fixture
async def reader(app, survey_database, clock):
    """A client that may not read single responses."""
    token = await make_token(survey_database, now=clock.now(), scopes=["surveys:read", "surveys:write"])
    async with make_client(app, token) as client:
        yield client


async def test_a_frozen_report_prints_the_same_bytes_after_further_responses(client, survey_database, survey_id, clock):
    location = (await freeze(client, survey_id)).headers["Location"]
    before = [await page(client, location, headers) for headers in (HTML, CHINESE)]
    live = await page(client, f"/v1/surveys/{survey_id}/report")
    await store(survey_database, survey_id, people(60, seed=2))
    clock.advance(timedelta(days=3))
    assert [await page(client, location, headers) for headers in (HTML, CHINESE)] == before
    assert "120 responses" in live
    assert "180 responses" in await page(client, f"/v1/surveys/{survey_id}/report")


async def test_the_hash_is_that_of_the_document_and_is_printed(client, survey_id):
    frozen = await freeze(client, survey_id)
    location, hash_ = frozen.headers["Location"], frozen.json()["content_hash"]
    document = await client.get(f"{location}/document")
    assert sha256(document.content).hexdigest() == hash_
    assert document.json()["body"]["collection"]["responses"] == 120
    assert hash_ in await page(client, location)
    assert hash_ not in await page(client, f"/v1/surveys/{survey_id}/report")


async def test_a_program_gets_json_and_a_browser_the_page(client, survey_id):
    frozen = await freeze(client, survey_id)
    response = await client.get(frozen.headers["Location"])
    assert response.json() == frozen.json()
    assert revision_of(response) == revision_of(frozen)
    assert {"responses": 120, "controlled": False, "public": False, "languages": ["en", "zh"]}.items() <= (
        response.json().items()
    )
    html = await client.get(frozen.headers["Location"], headers=HTML)
    assert (html.headers["content-language"], revision_of(html)) == ("en", revision_of(frozen))


async def test_the_event_has_ids_the_wave_and_the_hash_only(client, survey_database):
    survey_id = await create_repair_study(client)
    await store(survey_database, survey_id, people(40), wave=["2026_1"] * 25 + ["2026_2"] * 15)
    frozen = (await freeze(client, survey_id, wave="2026_1")).json()
    (event,) = await published_events(survey_database, "heed.analysis")
    assert event.data == {
        "occurred_at": event.data["occurred_at"],
        "survey_id": survey_id,
        "survey_version": 1,
        "report_id": frozen["id"],
        "wave": "2026_1",
        "content_hash": frozen["content_hash"],
    }
    assert (event.type, event.partitionkey) == ("heed.analysis.published.v1", survey_id)
    assert "25 responses" in await page(client, f"/v1/surveys/{survey_id}/reports/{frozen['id']}")


async def test_reports_are_listed_the_newest_first(client, survey_id):
    ids = [(await freeze(client, survey_id)).json()["id"] for _ in range(3)]
    path = f"/v1/surveys/{survey_id}/reports"
    first = (await client.get(path, params={"limit": 2})).json()
    second = (await client.get(path, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [report["id"] for report in first["items"] + second["items"]] == ids[::-1]
    assert second["next_cursor"] is None


async def test_a_report_with_small_groups_is_for_readers_of_single_responses_only(client, reader, survey_id):
    location = (await freeze(client, survey_id)).headers["Location"]
    assert "Internal" in await page(client, location)
    for path in (location, f"{location}/document"):
        response = await reader.get(path)
        assert (response.status_code, response.json()["code"]) == (403, "report_internal")
    controlled = (await freeze(client, survey_id, for_public=True)).headers["Location"]
    assert "Internal" not in await page(reader, controlled)
    assert (await freeze(reader, survey_id)).json()["controlled"] is True


async def test_small_groups_are_withheld_from_those_who_may_not_read_single_responses(client, reader, survey_database):
    survey_id = await create_study(client)
    answers = [{"overall": value, "region": "east"} for value in [5] * 20 + [4] * 15 + [3] * 10 + [2] * 8 + [1] * 2]
    answers += [{"price": 3}] * 4
    await insert_responses(survey_database, survey_id, answers)
    path = f"/v1/surveys/{survey_id}/report"
    everything = await page(client, path)
    assert NUMBERS_NOT_SHOWN not in everything
    assert "4 responses" in everything.partition('id="q6"')[2].partition("</section>")[0]
    controlled = await page(reader, path)
    overall = controlled.partition('id="q1"')[2].partition("</section>")[0]
    assert NUMBERS_NOT_SHOWN in overall
    price = controlled.partition('id="q6"')[2].partition("</section>")[0]
    assert "4 responses" not in price
    assert NOT_SHOWN in price
    assert controlled == await page(client, f"{path}?for_public=true")


async def test_repeating_the_report_after_one_more_response_shows_nothing_of_it(client, reader, survey_database):
    survey_id = await create_study(client)
    await insert_responses(survey_database, survey_id, [{"overall": value} for value in [5, 4, 3] * 10])
    path = f"/v1/surveys/{survey_id}/report"
    before = await page(reader, path)
    await insert_responses(survey_database, survey_id, [{"overall": 1}])
    assert await page(reader, path) == before
    assert "31 responses" in await page(client, path)


async def test_an_anonymous_survey_never_shows_small_groups(client, survey_database):
    survey = await create_anonymous(client)
    answers = [{"satisfaction": value} for value in [5] * 20 + [4] * 10 + [1] * 2]
    await insert_responses(survey_database, survey["id"], answers)
    frozen = await freeze(client, survey["id"])
    assert frozen.json()["controlled"] is True
    html = await page(client, frozen.headers["Location"])
    assert "The survey was anonymous" in html
    assert NUMBERS_NOT_SHOWN in html


@pytest.mark.parametrize("answers", [0, 4])
async def test_without_enough_responses_there_is_no_report(client, survey_database, answers):
    survey_id = await create_study(client)
    if answers:
        await insert_responses(survey_database, survey_id, [{"overall": 5}] * answers)
    for response in (
        await client.get(f"/v1/surveys/{survey_id}/report", params={"for_public": True}),
        await client.post(f"/v1/surveys/{survey_id}/reports", json={"for_public": True}),
    ):
        assert (response.status_code, response.json()["code"]) == (409, "no_responses")
    assert (await client.get(f"/v1/surveys/{survey_id}/reports")).json()["items"] == []


async def test_a_wave_without_responses_has_no_report(client, survey_id):
    response = await client.get(f"/v1/surveys/{survey_id}/report", params={"wave": "2027_1"})
    assert (response.status_code, response.json()["code"]) == (409, "no_responses")


async def test_a_wave_smaller_than_a_group_is_not_shown(client, survey_database):
    survey_id = await create_study(client)
    answers = [{"overall": value} for value in [5, 4, 3] * 4]
    await insert_responses(survey_database, survey_id, answers, wave=["2026_1"] * 8 + ["2026_2"] * 4)
    path = f"/v1/surveys/{survey_id}/report"
    response = await client.get(path, params={"wave": "2026_2", "for_public": True})
    assert (response.status_code, response.json()["code"]) == (403, "would_disclose")
    assert (await client.get(path, params={"wave": "2026_2"})).status_code == 200


async def test_a_draft_has_no_report(client):
    draft = await create_draft(client)
    response = await client.get(f"/v1/surveys/{draft['id']}/report")
    assert (response.status_code, response.json()["code"]) == (409, "no_responses")


async def test_unknown_surveys_and_reports_are_not_found(client, survey_id):
    paths = {
        f"/v1/surveys/{uuid4()}/report": "survey_not_found",
        f"/v1/surveys/{uuid4()}/reports": "survey_not_found",
        f"/v1/surveys/{survey_id}/reports/{uuid4()}": "report_not_found",
        f"/v1/surveys/{survey_id}/reports/{uuid4()}/document": "report_not_found",
    }
    for path, code in paths.items():
        response = await client.get(path)
        assert (response.status_code, response.json()["code"]) == (404, code)


async def test_publication_needs_the_newest_version_and_changes_nothing_if_repeated(client, survey_id):
    frozen = await freeze(client, survey_id, for_public=True)
    location, body = frozen.headers["Location"], {"public": True}
    assert (await client.patch(location, json=body)).status_code == 428
    assert (await client.patch(location, json=body, headers={"If-Match": '"9"'})).status_code == 412
    published = await publish(client, frozen)
    again = await publish(client, published)
    assert again.json() == published.json()
    assert again.headers["ETag"] == published.headers["ETag"] != frozen.headers["ETag"]
