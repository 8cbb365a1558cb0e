"""Open links and their QR codes: any number of responses, one for each page that was loaded."""

import asyncio
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.survey.collection.browser import Respondent, create_tour

pytestmark = pytest.mark.asyncio

COUNT = text("SELECT count(*) FROM response")


async def create_open_link(client, survey_id, **body):
    body = {"service_point_id": "shop-7"} | body
    return await client.post(f"/v1/surveys/{survey_id}/open-links", json=body)


async def open_tour(client):
    """Return the survey, its open link, and the token of the link."""
    survey_id = await create_tour(client)
    link = (await create_open_link(client, survey_id, label="Till 2")).json()
    return survey_id, link, link["url"].rpartition("/")[2]


async def count(database) -> int:
    async with database.transaction() as session:
        return (await session.execute(COUNT)).scalar_one()


async def test_an_open_link_takes_responses_of_many_people(client, anonymous, survey_database):
    _, _, token = await open_tour(client)
    for _ in range(3):
        assert "Thank you" in (await Respondent(anonymous, token).fill_in()).text
    async with survey_database.transaction() as session:
        rows = (await session.execute(text('SELECT customer_id, mode, "cluster" FROM response'))).all()
    assert [tuple(row) for row in rows] == [(None, "comment_card", "shop-7")] * 3


async def test_one_loaded_page_is_one_response_however_often_it_is_sent(client, anonymous, survey_database):
    _, _, token = await open_tour(client)
    person = Respondent(anonymous, token)
    await person.open()
    await person.send(overall="4", recommend="9")
    await person.send(where="shop")
    copies = [Respondent(anonymous, token) for _ in range(20)]
    for copy in copies:
        copy.page = person.page
    responses = await asyncio.gather(*(copy.send(free="tea") for copy in copies))
    assert sorted(response.status_code for response in responses) == [200] + [410] * 19
    assert all("Your answers have been received." in response.text for response in responses)
    assert await count(survey_database) == 1


async def test_a_form_that_was_not_loaded_is_refused(client, anonymous, survey_database, clock):
    _, _, token = await open_tour(client)
    _, _, other = await open_tour(client)
    person, stranger = Respondent(anonymous, token), Respondent(anonymous, other)
    await person.open()
    await stranger.open()
    forged = person.page.replace('name="form" value="', 'name="form" value="A')
    foreign = re.sub(
        r'name="form" value="[^"]+"', re.search(r'name="form" value="[^"]+"', stranger.page)[0], person.page
    )
    without = re.sub(r'<input type="hidden" name="form" value="[^"]+">', "", person.page)
    loaded = person.page
    for page in (forged, foreign, without):
        person.page = page
        refused = await person.send(overall="4", recommend="9")
        assert refused.status_code == 409
        assert "Please load it again" in refused.text
    clock.advance(timedelta(days=8))
    person.page = loaded
    assert (await person.send(overall="4", recommend="9")).status_code == 409
    assert await count(survey_database) == 0


async def test_the_address_of_a_page_leads_back_to_the_same_form(client, anonymous):
    _, _, token = await open_tour(client)
    person = Respondent(anonymous, token)
    await person.open()
    await person.send(overall="4", recommend="9")
    other = Respondent(anonymous, token, language="zh")
    await other.open(person.address.replace("lang=en", "lang=zh").replace("page=2", "page=1"))
    assert 'value="4" id="q1-3" checked' in other.page
    await other.open(f"/s/{token}")
    assert " checked" not in other.page


async def test_too_many_responses_of_one_device_are_refused_for_the_day(client, anonymous, survey_database, clock):
    _, _, token = await open_tour(client)
    for _ in range(20):
        clock.advance(timedelta(minutes=10))
        await Respondent(anonymous, token).fill_in()
    person = Respondent(anonymous, token)
    await person.open()
    refused = await person.send(overall="4", recommend="9")
    assert refused.status_code == 429
    assert await count(survey_database) == 20
    clock.advance(timedelta(days=1))
    assert "Thank you" in (await Respondent(anonymous, token).fill_in()).text


async def test_a_revoked_link_is_explained_as_expired(client, anonymous):
    survey_id, link, token = await open_tour(client)
    path = f"/v1/surveys/{survey_id}/open-links/{link['id']}"
    first, second = await client.delete(path), await client.delete(path)
    assert first.status_code == second.status_code == 200
    assert first.json()["revoked_at"] == second.json()["revoked_at"] is not None
    assert (await Respondent(anonymous, token).open()).status_code == 410


async def test_a_link_ends_when_its_time_is_over(client, anonymous, clock):
    survey_id = await create_tour(client)
    link = (await create_open_link(client, survey_id, expires_in="P7D")).json()
    token = link["url"].rpartition("/")[2]
    assert (await Respondent(anonymous, token).open()).status_code == 200
    clock.advance(timedelta(days=7))
    assert (await Respondent(anonymous, token).open()).status_code == 410


async def test_links_are_listed_the_newest_first(client):
    survey_id = await create_tour(client)
    ids = [(await create_open_link(client, survey_id, label=str(number))).json()["id"] for number in range(3)]
    first = (await client.get(f"/v1/surveys/{survey_id}/open-links?limit=2")).json()
    rest = (await client.get(f"/v1/surveys/{survey_id}/open-links?cursor={first['next_cursor']}")).json()
    assert [link["id"] for link in first["items"] + rest["items"]] == ids[::-1]
    assert (await client.get(f"/v1/surveys/{uuid4()}/open-links")).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"service_point_id": ""}, "/service_point_id"),
        ({"service_point_id": None}, "/service_point_id"),
        ({"expires_in": "PT0S"}, "/expires_in"),
        ({"expires_in": "P11Y"}, "/expires_in"),
        ({"expires_in": "soon"}, "/expires_in"),
        ({"url": "https://example.org"}, "/url"),
    ],
)
async def test_what_no_link_can_have_is_refused(client, body, pointer):
    response = await create_open_link(client, await create_tour(client), **body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(("kind", "begins"), [("svg", b"<svg"), ("png", b"\x89PNG\r\n")])
async def test_a_link_is_printed_as_a_qr_code(client, kind, begins):
    survey_id, link, _ = await open_tour(client)
    image = await client.get(f"/v1/surveys/{survey_id}/open-links/{link['id']}/qr.{kind}")
    assert image.status_code == 200
    assert image.content.startswith(begins)
    assert (await client.get(f"/v1/surveys/{survey_id}/open-links/{link['id']}/qr.gif")).status_code == 422
    assert (await client.get(f"/v1/surveys/{survey_id}/open-links/{uuid4()}/qr.{kind}")).status_code == 404
