"""Repeated responses, and languages of surveys."""

from datetime import timedelta

import pytest

from tests.survey.factories import CUSTOMER, create_draft, create_published, make_item, published_events, respond

pytestmark = pytest.mark.asyncio

TWO = {"effort": 6, "why": "Quick and kind"}


async def two_item_survey(client):
    return await create_published(
        client, title="Effort", items=[make_item(), make_item(code="why", measure="other", scale=None)]
    )


async def test_a_response_can_be_repeated_with_the_time_of_the_first_reply(client, clock, survey_database):
    survey = await create_published(client)
    first = await respond(client, survey, external_id="r-1")
    clock.advance(timedelta(hours=1))
    again = await respond(client, survey, external_id="r-1", answered_at=first.json()["answered_at"])
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["Heed-Event"] == first.headers["Heed-Event"]
    other = await respond(client, survey, external_id="r-1", answered_at="2026-03-02T11:59:00Z")
    assert (other.status_code, other.json()["code"]) == (409, "external_id_conflict")
    assert [event.type for event in await published_events(survey_database)].count("heed.response.received.v1") == 1


async def test_a_response_with_a_time_can_be_repeated_without_it(client):
    survey = await create_published(client)
    first = await respond(client, survey, external_id="r-1", answered_at="2026-03-01T09:00:00Z")
    again = await respond(client, survey, external_id="r-1")
    assert (again.status_code, again.json()) == (200, first.json())


async def test_a_response_can_be_repeated_with_its_answers_in_another_order(client):
    survey = await two_item_survey(client)
    first = await respond(client, survey, external_id="r-1", answers=TWO)
    again = await respond(client, survey, external_id="r-1", answers=dict(reversed(TWO.items())))
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())


@pytest.mark.parametrize("other", [{"effort": 6}, TWO | {"effort": 5}, TWO | {"why": "Slow"}])
async def test_other_answers_under_the_same_external_id_are_a_conflict(client, other):
    survey = await two_item_survey(client)
    await respond(client, survey, external_id="r-1", answers=TWO)
    response = await respond(client, survey, external_id="r-1", answers=other)
    assert (response.status_code, response.json()["code"]) == (409, "external_id_conflict")


async def test_a_response_cannot_be_repeated_for_another_customer_or_anonymously(client):
    survey = await create_published(client)
    await respond(client, survey, external_id="r-1")
    for customer_id in (None, CUSTOMER[:-1] + "2"):
        response = await respond(client, survey, external_id="r-1", customer_id=customer_id)
        assert response.status_code == 409


@pytest.mark.parametrize(("language", "other"), [("en", "zh"), ("zh", "en")])
async def test_a_survey_may_have_one_language(client, language, other):
    texts = {language: "How was it?"}
    scale = {"lowest": 1, "highest": 2, "labels": [{language: "Bad"}, {language: "Good"}]}
    survey = await create_published(client, title="One", items=[make_item(text=texts, scale=scale)])
    assert survey["languages"] == [language]
    assert survey["items"][0]["text"] == {language: "How was it?", other: None}
    assert survey["items"][0]["scale"]["labels"][1] == {language: "Good", other: None}
    assert (await respond(client, survey, answers={"effort": 2})).status_code == 201


async def test_a_survey_shows_its_languages(client):
    assert (await create_draft(client))["languages"] == ["en", "zh"]
    assert (await create_draft(client, template="satisfaction", languages=["en"]))["languages"] == ["en"]
    partly = await create_draft(
        client, title="Partly", items=[make_item(), make_item(code="b", text={"en": "And now?"})]
    )
    assert partly["languages"] == ["en"]
