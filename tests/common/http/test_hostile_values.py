"""Hostile values in a path, a query or a header lead to a problem document, never to a 500."""

import re
from importlib import import_module
from itertools import cycle
from urllib.parse import quote

import pytest
import pytest_asyncio

from heed_common.broker.memory import MemoryBus
from heed_common.database import Database
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from tests.app_cache import laid_out
from tests.common.sample_app import make_client, make_token

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]

SERVICES = ("customer", "complaint", "survey", "scoring")
ID = "01954f9e-7e3a-7000-8000-000000000001"
VALUES = (
    "\x00",
    "%00",
    "a\x00b",
    "9" * 400,
    "-1",
    "1e999",
    "NaN",
    "'; drop --",
    "%ff",
    "\U0001f600",
    "..",
    "x" * 3000,
    "",
)
HEADERS = (
    {"If-Match": '"99999999999999999999"', "Prefer": "wait=99999999999999999999", "Idempotency-Key": "a" * 255},
    {"If-Match": 'W/"9"', "Prefer": "wait=-1", "Idempotency-Key": "a" * 256},
    {"If-Match": '"\x7f"', "Prefer": "=;,wait", "Idempotency-Key": ""},
    {"If-Match": "*", "Prefer": "", "Idempotency-Key": "1", "Accept-Language": "x-" * 500, "traceparent": "00-0-0-0"},
)
TURNED_OFF = "mail_intake_off"


@pytest_asyncio.fixture(params=SERVICES)
async def service(request, databases, clock):
    """The app of a service on its own database, and a client that may do everything."""
    name = await databases.clone(f"heed_{request.param}")
    database = Database(databases.url(name), pool_size=4)
    settings = import_module(f"heed_{request.param}.settings").Settings(database_url="postgresql://nobody@/none")
    resources = Resources(database, clock, Metrics(request.param), MemoryBus())
    app = laid_out(import_module(f"heed_{request.param}.app").create_app(settings, resources))
    async with make_client(app, await make_token(database, now=clock.now())) as client:
        yield app, client
    await database.close()
    await databases.drop(name)


def operations(app):
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            yield (
                method,
                path,
                [known["name"] for known in operation.get("parameters", ()) if known.get("in") == "query"],
            )


def assert_in_words(answer, *, about):
    turned_off = answer.status_code == 503 and answer.json()["code"] == TURNED_OFF
    assert answer.status_code < 500 or turned_off, (about, answer.text)


async def test_no_value_in_a_path_is_answered_with_500(service):
    app, client = service
    headers, count = cycle(HEADERS), 0
    for method, path, _ in operations(app):
        for value in (*VALUES, ID) if "{" in path else ():
            address = re.sub(r"\{[^}]+\}", lambda _, value=value: quote(value, safe="%"), path)
            answer = await client.request(method, address, headers=next(headers), json={})
            assert_in_words(answer, about=(method, path, value))
            count += 1
    assert count


async def test_no_value_in_a_query_is_answered_with_500(service):
    app, client = service
    headers, count = cycle(HEADERS), 0
    for method, path, parameters in operations(app):
        address = re.sub(r"\{[^}]+\}", ID, path)
        for name in parameters:
            for value in VALUES:
                answer = await client.request(method, address, params={name: value}, headers=next(headers), json={})
                assert_in_words(answer, about=(method, path, name, value))
                count += 1
    assert count
