"""What a response has beside its answers: version, state, mode, wave, design, link."""

import pytest

from tests.survey.factories import create_draft, create_published, make_item, published_events, respond

pytestmark = pytest.mark.asyncio

DESIGN = {"weight": 2.5, "stratum": "north", "cluster": "shop 7", "population": 40, "cluster2": "a", "population2": 9}


async def test_a_response_has_its_mode_wave_interviewer_and_design(client):
    survey = await create_published(client)
    response = await respond(
        client, survey, mode="phone", wave="2026q1", interviewer="I7", design=DESIGN, seconds=95, survey_version=1
    )
    assert response.status_code == 201, response.text
    document = response.json()
    shown = {name: document[name] for name in ("mode", "wave", "interviewer", "design", "seconds", "state", "flags")}
    assert shown == {
        "mode": "phone",
        "wave": "2026q1",
        "interviewer": "I7",
        "design": DESIGN,
        "seconds": 95,
        "state": "published",
        "flags": [],
    }


async def test_a_response_to_another_version_is_rejected(client, survey_database):
    survey = await create_published(client)
    response = await respond(client, survey, survey_version=2)
    assert (response.status_code, response.json()["code"]) == (409, "version_changed")
    assert len(await published_events(survey_database, "heed.response")) == 0


async def test_a_response_to_the_pilot_is_marked_and_publishes_nothing(client, survey_database):
    survey = await create_draft(client)
    assert (await client.post(f"/v1/surveys/{survey['id']}/pilot")).status_code == 200
    response = await respond(client, survey)
    assert (response.status_code, response.json()["state"]) == (201, "pilot")
    assert await published_events(survey_database, "heed.response") == []


async def test_a_closed_survey_takes_no_responses(client):
    survey = await create_published(client)
    assert (await client.post(f"/v1/surveys/{survey['id']}/close")).status_code == 200
    response = await respond(client, survey)
    assert (response.status_code, response.json()["code"]) == (409, "survey_closed")


async def test_answers_of_every_type_are_stored_as_they_were_given(client):
    scale = {"lowest": 1, "highest": 7}
    options = [{"code": code, "text": {"en": code}} for code in ("red", "blue")]
    items = [
        make_item(code="single", type="single", measure="other", scale=None, options=options),
        make_item(code="multiple", type="multiple", measure="other", scale=None, options=options),
        make_item(code="kano", type="kano", measure="other", scale=None),
        make_item(code="quality", type="servqual", measure="other", scale=scale),
        make_item(code="pay", type="willingness_to_pay", measure="other", scale=None),
    ]
    survey = await create_published(client, title="All", items=items)
    answers = {
        "single": "red",
        "multiple": ["red", "blue"],
        "kano": {"functional": "like", "dysfunctional": "live_with"},
        "quality": {"expectation": 7, "perception": 3},
        "pay": 12.5,
    }
    response = await respond(client, survey, answers=answers | {"pay": "12.50"})
    assert (response.status_code, response.json()["answers"]) == (201, answers)
    wrong = await respond(client, survey, answers={"kano": {"functional": "like", "dysfunctional": "love"}})
    assert wrong.json()["errors"][0]["pointer"] == "/answers/kano/dysfunctional"
