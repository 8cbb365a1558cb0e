"""Every operation of every service requires a token, except those that are public on purpose."""

import re
from importlib import import_module
from uuid import uuid4

import pytest

from heed_common.resources import Resources
from tests.app_cache import laid_out
from tests.common.sample_app import make_client

pytestmark = pytest.mark.asyncio

SERVICES = ("customer", "complaint", "survey", "scoring")
OPEN = re.compile(r"/s/|/c/|/p/|/v1/intake/(form|mail)$|/v1/intake/articles/[^/]+/helped$")
READ_BY_ALL = {("/v1/intake/articles", "get"), ("/v1/intake/articles.{file_format}", "get")}
"""Help articles are shown before a complaint is opened."""
READING_POSTS = (":what-if", ":lookup", ":permit", ":preview")
"""Their result is what they are for: what they send is too long for a URL, or must not be in one, or is logged."""


@pytest.fixture(params=SERVICES)
def app(request):
    """The service as it is deployed; no request reaches the database."""
    settings = import_module(f"heed_{request.param}.settings").Settings(database_url="postgresql://nobody@/none")
    return laid_out(import_module(f"heed_{request.param}.app").create_app(settings, Resources.open(settings)))


def operations(app):
    return [
        (path, method, operation)
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
        if not OPEN.match(path) and (path, method) not in READ_BY_ALL
    ]


async def test_without_a_token_every_call_answers_401(app):
    calls = operations(app)
    assert calls
    async with make_client(app) as client:
        for path, method, _ in calls:
            address = re.sub(r"\{[^}]+\}", str(uuid4()), path)
            response = await client.request(method, address)
            assert (response.status_code, path) == (401, path)


async def test_every_page_and_list_answers_head_as_it_answers_get(app):
    reads = [path for path, method, _ in operations(app) if method == "get"]
    assert reads
    async with make_client(app) as client:
        for path in reads:
            response = await client.head(re.sub(r"\{[^}]+\}", str(uuid4()), path))
            assert (response.status_code, response.content, path) == (401, b"", path)


async def test_every_call_names_the_scope_that_it_needs(app):
    calls = operations(app)
    assert calls
    for path, method, operation in calls:
        scopes = [scope for entry in operation.get("security", ()) for scope in entry.get("bearer", ())]
        assert scopes, f"{method} {path} asks for no scope"


async def test_reading_never_needs_a_right_to_write_and_writing_always_does(app):
    calls = operations(app)
    assert calls
    for path, method, operation in calls:
        scopes = {scope for entry in operation["security"] for scope in entry["bearer"]}
        writes = any(scope.endswith(":write") for scope in scopes)
        reads = method in ("get", "head") or path.endswith(READING_POSTS)
        assert writes != reads, f"{method} {path} needs {scopes}"
