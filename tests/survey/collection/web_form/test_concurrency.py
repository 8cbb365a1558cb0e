"""Twenty clients at once over HTTP, each with a connection of its own."""

import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from tests.browsers import serve
from tests.survey.collection.browser import Respondent, create_link, create_tour

pytestmark = pytest.mark.asyncio

CLIENTS = 20
STORED = text("SELECT (SELECT count(*) FROM response), (SELECT count(*) FROM partial_response)")


@pytest_asyncio.fixture
async def clients(app):
    async with AsyncExitStack() as opened:
        address = await opened.enter_async_context(serve(app))
        yield [
            await opened.enter_async_context(httpx.AsyncClient(base_url=address, timeout=60)) for _ in range(CLIENTS)
        ]


async def stored(database) -> tuple[int, int]:
    """Return the number of responses, and of forms that were begun and not sent."""
    async with database.transaction() as session:
        return tuple((await session.execute(STORED)).one())


async def test_one_personal_link_filled_in_by_twenty_clients_is_one_response(client, clients, survey_database, clock):
    token = await create_link(survey_database, clock, await create_tour(client))
    people = [Respondent(each, token) for each in clients]
    responses = await asyncio.gather(*(person.fill_in() for person in people))
    assert sorted(response.status_code for response in responses) == [200] + [410] * (CLIENTS - 1)
    assert await stored(survey_database) == (1, 0)


async def test_one_page_of_an_open_link_sent_by_twenty_clients_is_one_response(client, clients, survey_database):
    token = await create_open_link(client)
    person = Respondent(clients[0], token)
    await person.open()
    await person.send(overall="4", recommend="9")
    await person.send(where="shop")
    people = [Respondent(each, token) for each in clients]
    for copy in people:
        copy.page = person.page
    responses = await asyncio.gather(*(copy.send(free="tea") for copy in people))
    assert sorted(response.status_code for response in responses) == [200] + [410] * (CLIENTS - 1)
    assert await stored(survey_database) == (1, 0)


async def test_control_twenty_pages_of_an_open_link_are_twenty_responses(client, clients, survey_database):
    token = await create_open_link(client)
    responses = await asyncio.gather(*(Respondent(each, token).fill_in() for each in clients))
    assert [response.status_code for response in responses] == [200] * CLIENTS
    assert await stored(survey_database) == (CLIENTS, 0)


async def create_open_link(client) -> str:
    """Return the token of an open link to a new survey."""
    path = f"/v1/surveys/{await create_tour(client)}/open-links"
    created = await client.post(path, json={"service_point_id": "shop-7"})
    assert created.status_code == 201, created.text
    return created.json()["url"].rpartition("/")[2]
