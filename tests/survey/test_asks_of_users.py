"""What users of similar systems asked for and got late, by the survey service: each test is named after a wish."""

from datetime import timedelta

import pytest

from tests.survey.test_api import CUSTOMER, drafted, item, published, respond, told

pytestmark = pytest.mark.asyncio

TWO = [{"item": "effort", "value": 6}, {"item": "why", "text": "Quick and kind"}]


async def asked(client):
    return await published(client, title="Effort", items=[item(), item(code="why", measure="other", scale=None)])


async def test_i_want_to_repeat_an_answer_with_the_time_that_the_first_reply_names(client, clock, survey_database):
    survey = await published(client)
    first = await respond(client, survey, external_id="r-1")
    clock.advance(timedelta(hours=1))
    again = await respond(client, survey, external_id="r-1", answered_at=first.json()["answered_at"])
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["Heed-Event"] == first.headers["Heed-Event"]
    other = await respond(client, survey, external_id="r-1", answered_at="2026-03-02T11:59:00Z")
    assert (other.status_code, other.json()["code"]) == (409, "external_id_conflict")
    assert [event.type for event in await told(survey_database)].count("heed.response.received.v1") == 1


async def test_i_want_to_repeat_an_answer_that_had_its_time_without_it(client):
    survey = await published(client)
    first = await respond(client, survey, external_id="r-1", answered_at="2026-03-01T09:00:00Z")
    again = await respond(client, survey, external_id="r-1")
    assert (again.status_code, again.json()) == (200, first.json())


async def test_i_want_to_repeat_answers_in_another_order(client):
    survey = await asked(client)
    first = await respond(client, survey, external_id="r-1", answers=TWO)
    again = await respond(client, survey, external_id="r-1", answers=TWO[::-1])
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())


@pytest.mark.parametrize("other", [TWO[:1], [TWO[0] | {"value": 5}, TWO[1]], [TWO[0], TWO[1] | {"text": "Slow"}]])
async def test_other_answers_under_the_same_external_id_are_a_conflict(client, other):
    survey = await asked(client)
    await respond(client, survey, external_id="r-1", answers=TWO)
    answer = await respond(client, survey, external_id="r-1", answers=other)
    assert (answer.status_code, answer.json()["code"]) == (409, "external_id_conflict")


async def test_an_answer_is_not_repeated_for_another_customer_or_for_nobody(client):
    survey = await published(client)
    await respond(client, survey, external_id="r-1")
    for customer_id in (None, CUSTOMER[:-1] + "2"):
        answer = await respond(client, survey, external_id="r-1", customer_id=customer_id)
        assert answer.status_code == 409


@pytest.mark.parametrize(("language", "other"), [("en", "zh"), ("zh", "en")])
async def test_i_want_to_ask_in_one_language(client, language, other):
    words = {language: "How was it?"}
    scale = {"lowest": 1, "highest": 2, "labels": [{language: "Bad"}, {language: "Good"}]}
    survey = await published(client, title="One", items=[item(text=words, scale=scale)])
    assert survey["languages"] == [language]
    assert survey["items"][0]["text"] == {language: "How was it?", other: None}
    assert survey["items"][0]["scale"]["labels"][1] == {language: "Good", other: None}
    assert (await respond(client, survey, answers=[{"item": "effort", "value": 2}])).status_code == 201


async def test_i_want_to_see_in_which_languages_a_survey_asks(client):
    assert (await drafted(client))["languages"] == ["en", "zh"]
    assert (await drafted(client, template="satisfaction", languages=["en"]))["languages"] == ["en"]
    partly = await drafted(client, title="Partly", items=[item(), item(code="b", text={"en": "And now?"})])
    assert partly["languages"] == ["en"]
