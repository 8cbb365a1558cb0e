"""No list of any service takes a cursor that it has not given."""

import base64
import json
import re
from importlib import import_module
from uuid import UUID

import pytest
import pytest_asyncio
from fastapi.routing import iter_route_contexts

from heed_common.database import Database
from heed_common.http.exports import column_names, item_model
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from tests.app_cache import laid_out
from tests.common.sample_app import make_client, make_token

pytestmark = pytest.mark.asyncio

SERVICES = ("customer", "complaint", "survey", "scoring")
ID = "01954f9e-7e3a-7000-8000-000000000001"
NAMES = {"group": "basics"}
"""Parts of paths that are names."""
UNSIGNED = [
    ["a", 10**30, "b"],
    ["'; drop", ID],
    ["\u0000", ID],
    ["9999-12-31T23:59:59Z", ID],
    ["\u0000"],
    [int("9" * 400)],
    [ID],
    [None],
    [],
]
"""As forged cursors were sent that answered 500."""
BODIES = {
    "/v1/incidents/{incident_id}/transitions": {"to": "accept"},
    "/v1/incidents/{incident_id}/messages": {"text": "We are on it."},
}


def forged(cursor):
    """What a caller might make out of a cursor."""
    for parts in UNSIGNED:
        yield base64.urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()
    yield from ("", "x", "====", "%00", cursor[:-1], cursor[1:], cursor + "A", cursor + "=", "A" * 2049, "é")
    yield ("B" if cursor[0] == "A" else "A") + cursor[1:]


@pytest_asyncio.fixture(params=SERVICES)
async def service(request, databases, clock):
    """The app of a service on its own database, and a client that may do everything."""
    name = await databases.clone(f"heed_{request.param}")
    database = Database(databases.url(name), pool_size=4)
    settings = import_module(f"heed_{request.param}.settings").Settings(database_url="postgresql://nobody@/none")
    resources = Resources(database, clock, Metrics(request.param))
    app = laid_out(import_module(f"heed_{request.param}.app").create_app(settings, resources))
    async with make_client(app, await make_token(database, now=clock.now())) as client:
        yield app, client, resources
    await database.close()
    await databases.drop(name)


def lists(app):
    """Every call that pages, with an address of it."""
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            if any(parameter.get("name") == "cursor" for parameter in operation.get("parameters", ())):
                yield method, path, re.sub(r"\{([^}]+)\}", lambda name: NAMES.get(name[1], ID), path)


async def test_a_forged_cursor_is_refused_by_every_list(service):
    app, client, resources = service
    signer = await resources.cursor_signer()
    found = list(lists(app))
    assert found
    for method, path, address in found:
        others = signer.encode("/v1/another/list", (UUID(ID),))
        for cursor in (*forged(signer.encode(address, (UUID(ID),))), others):
            answer = await client.request(method, address, params={"cursor": cursor}, json=BODIES.get(path))
            assert (answer.status_code, path, cursor) == (422, path, cursor), answer.text


async def test_a_signed_cursor_of_the_wrong_shape_ends_no_list(service):
    app, client, resources = service
    signer = await resources.cursor_signer()
    found = list(lists(app))
    assert found
    for method, path, address in found:
        for parts in ((), (None, None, None, None), ("\x00",), (2**70,), ("a", 2**40, "b")):
            cursor = signer.encode(address, parts)
            answer = await client.request(method, address, params={"cursor": cursor}, json=BODIES.get(path))
            assert (answer.status_code, path, parts) == (422, path, parts), answer.text


async def test_the_key_of_a_service_stays_the_same_for_all_of_its_processes(service):
    _, _, resources = service
    other = Resources(resources.database, resources.clock, Metrics("other"))
    assert await other.cursor_signer() == await resources.cursor_signer()


def is_part(path):
    """Whether the pages of the path are part of a larger document: the errors of an import, the rows of a report."""
    return path.startswith(("/v1/imports/", "/v1/portfolio/value-at-risk"))


async def test_every_list_is_a_file_too(service):
    """With the same status: a list below a resource that does not exist has no file either."""
    app, client, _ = service
    found = [(path, address) for method, path, address in lists(app) if method == "get" and not is_part(path)]
    assert found
    operations = app.openapi()["paths"]
    for path, address in found:
        assert operations[path + ".{file_format}"]["get"].get("security") == operations[path]["get"].get("security")
        expected = await client.get(address)
        for file_format in ("csv", "ndjson"):
            response = await client.get(f"{address}.{file_format}")
            assert (path, response.status_code) == (path, expected.status_code), response.text


async def test_exports_name_every_field_as_the_list_does(service):
    app, _, _ = service
    endpoints = {
        context.route.endpoint for context in iter_route_contexts(app.routes) if hasattr(context.route, "endpoint")
    }
    models = {model for endpoint in endpoints if (model := item_model(endpoint)) is not None}
    assert models
    for model in models:
        columns, shown = column_names(model), model.model_json_schema(mode="serialization")["properties"]
        assert [name for name in shown if not any(f"{column}_".startswith(f"{name}_") for column in columns)] == []
        assert [column for column in columns if column.endswith("_")] == []  # such as class_, which JSON calls class
