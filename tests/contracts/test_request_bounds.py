"""Every list and object that a body may hold has a bound, and it is checked before the entries are validated."""

import asyncio
import json
import re
from importlib import import_module
from time import thread_time

import pytest

from heed_common.auth.scopes import SCOPES, Caller
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from tests.app_cache import laid_out
from tests.common.sample_app import make_client
from tests.pauses import without_burden_of_tests

SERVICES = ("customer", "complaint", "survey", "scoring")
MANY = 190_000
LIMIT_SECONDS = 0.25
SMALL = 64 * 1024
PREFIX = "#/components/schemas/"
CONDITIONS = {"when", "segment", "show_if", "frame"}
"""Read by `heed_common.conditions`, which stops at 200 parts."""
SOME_ID = "00000000-0000-7000-8000-000000000001"
BOUNDED_BY_HAND = {
    ("/v1/intake/mail", "references"): "of a longer list the latest hundred are looked at",
    ("/v1/intake/mail", "attachments"): "the first twenty are listed, the others named in a note",
}


class Owner:
    async def authenticate(self, token: str) -> Caller:
        return Caller("key:owner", SCOPES)


@pytest.fixture(params=SERVICES)
def app(request, databases):
    """The service as it is deployed; nothing gets as far as being written."""
    name = asyncio.run(databases.clone(f"heed_{request.param}"))
    url = databases.url(name)
    settings = import_module(f"heed_{request.param}.settings").Settings(database_url=url)
    resources = Resources(Database(url), SystemClock(), Metrics(request.param))
    app = laid_out(import_module(f"heed_{request.param}.app").create_app(settings, resources))
    app.state.authenticator = Owner()
    yield app
    asyncio.run(databases.drop(name))


def collections(schema, schemas, *, path=(), seen=frozenset()):
    """Every list and object of free names in a schema: the way to it, and its own schema."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(PREFIX)
        if name not in seen:
            yield from collections(schemas[name], schemas, path=path, seen=seen | {name})
        return
    for variant in [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]:
        yield from collections(variant, schemas, path=path, seen=seen)
    entries = schema.get("additionalProperties")
    if schema.get("type") == "array" or (schema.get("type") == "object" and "properties" not in schema):
        yield path, schema
    for name, member in schema.get("properties", {}).items():
        yield from collections(member, schemas, path=(*path, name), seen=seen)
    if isinstance(schema.get("items"), dict):
        yield from collections(schema["items"], schemas, path=(*path, 0), seen=seen)
    if isinstance(entries, dict):
        yield from collections(entries, schemas, path=(*path, "entry"), seen=seen)


def bodies(app):
    document = app.openapi()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content:
                yield method, path, content["schema"], document["components"]["schemas"]


def test_every_collection_in_a_body_names_its_bound(app):
    found = 0
    for _, path, schema, schemas in bodies(app):
        for way, collection in collections(schema, schemas):
            found += 1
            if (way[-1:] and way[-1] in CONDITIONS) or (path, ".".join(map(str, way))) in BOUNDED_BY_HAND:
                continue
            is_bounded = "maxItems" in collection or "maxProperties" in collection
            assert is_bounded, f"{path}: {way} has no bound"
    assert found


@pytest.fixture
def _measured_alone():
    with without_burden_of_tests():
        yield


@pytest.mark.asyncio
@pytest.mark.usefixtures("_measured_alone")
async def test_a_list_of_190000_entries_is_refused_at_once_with_a_short_problem(app):
    """One value more in such a document, and it is not even read."""
    sent = 0
    async with make_client(app, "x") as client:
        for method, path, schema, schemas in list(bodies(app)):
            address = re.sub(r"\{(\w+)\}", lambda name: SOME_ID if name[1].endswith("_id") else name[1], path)
            for way, collection in collections(schema, schemas):
                if collection.get("type") == "array" and path != "/v1/intake/mail" and not path.endswith(":batch"):
                    sent += 1
                    content = json.dumps(_nested(way, [{}] * MANY), separators=(",", ":"))
                    await _assert_refused(client, method, address, content)
                elif way and way[-1] not in CONDITIONS and collection.get("type") == "object":
                    sent += 1
                    content = json.dumps(_nested(way, {f"m{n}": 1 for n in range(MANY // 4)}), separators=(",", ":"))
                    await _assert_refused(client, method, address, content)
    assert sent
    await app.state.resources.close()


async def _assert_refused(client, method: str, path: str, content: str) -> None:
    headers = {"Content-Type": "application/json", "If-Match": "*"}
    began = thread_time()
    answer = await client.request(method, path, content=content, headers=headers)
    took = thread_time() - began
    assert answer.status_code == 422, (path, content[:200], answer.text[:300])
    assert len(answer.content) <= SMALL
    assert took <= LIMIT_SECONDS, f"{path} took {took:.3f} s"


def _nested(way: tuple[object, ...], value: object) -> object:
    """The value at the end of the way, with the least around it."""
    for step in reversed(way):
        value = [value] if step == 0 else {step: value}
    return value
