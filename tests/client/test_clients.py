"""Both clients write once, read what they wrote, and follow pages; one suite for the two."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from heed_client import AsyncHeed, Heed, Problem, Retries

Handler = Callable[[httpx.Request], httpx.Response]
AT_ONCE = Retries(attempts=3, first_pause=0.0)


class Blocking:
    """The synchronous client."""

    def __init__(self, handler: Handler) -> None:
        self._heed = Heed("http://heed.test", "token", retries=AT_ONCE, transport=httpx.MockTransport(handler))

    def call(self, name: str, *arguments: Any, **options: Any) -> Any:
        return getattr(self._heed, name)(*arguments, **options)

    def listed(self, name: str, *arguments: Any, **options: Any) -> list[Any]:
        return list(getattr(self._heed, name)(*arguments, **options))


class Asynchronous:
    """The other one, called in the same way."""

    def __init__(self, handler: Handler) -> None:
        self._heed = AsyncHeed("http://heed.test", "token", retries=AT_ONCE, transport=httpx.MockTransport(handler))

    def call(self, name: str, *arguments: Any, **options: Any) -> Any:
        return asyncio.run(getattr(self._heed, name)(*arguments, **options))

    def listed(self, name: str, *arguments: Any, **options: Any) -> list[Any]:
        async def listed() -> list[Any]:
            return [item async for item in getattr(self._heed, name)(*arguments, **options)]

        return asyncio.run(listed())


pytestmark = pytest.mark.parametrize("kind", [Blocking, Asynchronous])


def answers(*responses: httpx.Response | httpx.TransportError) -> tuple[list[httpx.Request], Handler]:
    """Return the requests that will have been sent, and a handler that answers them in this order."""
    requests: list[httpx.Request] = []
    remaining: Iterator[httpx.Response | httpx.TransportError] = iter(responses)

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        outcome = next(remaining)
        if isinstance(outcome, httpx.TransportError):
            raise outcome
        return outcome

    return requests, handle


def test_a_post_is_sent_again_under_its_key_until_it_is_answered(kind):
    stored = httpx.Response(201, json={"id": "7"}, headers={"etag": '"1"', "idempotent-replayed": "true"})
    requests, handler = answers(httpx.ReadTimeout("late"), httpx.Response(503), stored)
    reply = kind(handler).call("post", "/v1/things", {"name": "张伟"})
    assert (reply.status, reply["id"], reply.etag, reply.is_replayed) == (201, "7", '"1"', True)
    assert len({request.headers["idempotency-key"] for request in requests}) == 1
    assert {request.content for request in requests} == {requests[0].content}
    assert json.loads(requests[0].content) == {"name": "张伟"}
    assert requests[0].headers["authorization"] == "Bearer token"


def test_a_file_is_sent_to_an_import_with_its_options(kind):
    requests, handler = answers(httpx.Response(202, json={"id": "7"}, headers={"location": "/v1/imports/customers/7"}))
    options = {"mapping": {"姓名": "name"}}
    reply = kind(handler).call("upload", "/v1/imports/customers", b"a,b", "text/csv", options=options, dry_run=True)
    assert (reply.location, "7" in repr(reply)) == ("/v1/imports/customers/7", False)
    (request,) = requests
    assert (request.content, request.headers["content-type"]) == (b"a,b", "text/csv")
    assert request.url.query == b"dry_run=true"
    assert json.loads(request.headers["heed-import-options"]) == options


def test_two_posts_have_two_keys_and_a_given_one_is_used(kind):
    requests, handler = answers(*(httpx.Response(201, json={}) for _ in range(3)))
    client = kind(handler)
    for key in (None, None, "mine"):
        client.call("post", "/v1/things", key=key)
    first, second, own = (request.headers["idempotency-key"] for request in requests)
    assert first != second
    assert own == "mine"


def test_the_last_outcome_is_raised_when_attempts_end(kind):
    requests, handler = answers(*(httpx.ConnectError("refused") for _ in range(3)))
    with pytest.raises(httpx.ConnectError):
        kind(handler).call("get", "/v1/things")
    assert len(requests) == 3


def test_a_problem_has_its_members(kind):
    errors = [{"pointer": "/name", "detail": "is required"}]
    document = {"code": "validation_failed", "detail": "Some values.", "errors": errors, "allowed": ["close"]}
    _, handler = answers(httpx.Response(422, json=document, headers={"x-request-id": "r-1"}))
    with pytest.raises(Problem, match=r"422 validation_failed: Some values\.; /name is required") as caught:
        kind(handler).call("post", "/v1/things", {})
    problem = caught.value
    assert (problem.status, problem.code, problem.errors, problem.request_id) == (422, document["code"], errors, "r-1")
    assert problem.document["allowed"] == ["close"]


def test_a_refusal_that_is_no_problem_document_is_a_problem_too(kind):
    _, handler = answers(httpx.Response(413, text="<html>too large</html>"))
    with pytest.raises(Problem, match="413") as caught:
        kind(handler).call("post", "/v1/things", {})
    assert caught.value.code == ""


def test_a_score_knows_the_last_write_of_customers_and_no_fit_of_a_model(kind):
    written = httpx.Response(201, json={}, headers={"heed-event": "e-1"})
    fitted = httpx.Response(202, json={}, headers={"heed-event": "e-2"})
    requests, handler = answers(httpx.Response(200, json={}), written, fitted, *(httpx.Response(200, json={}),) * 3)
    client = kind(handler)
    client.call("score", "c-1")
    client.call("post", "/v1/purchases", {})
    client.call("post", "/v1/models:fit", {})
    client.call("score", "c-1", wait=5)
    client.call("score", "c-1", after="e-0")
    client.call("score", "c-1", after=None)
    reads = [request for request in requests if request.method == "GET"]
    assert [request.url.params.get("after") for request in reads] == [None, "e-1", "e-0", None]
    assert [request.headers.get("prefer") for request in reads] == [None, "wait=5", "wait=30", None]


def test_a_change_names_the_version_that_was_read(kind):
    requests, handler = answers(httpx.Response(200, json={}), httpx.Response(204))
    client = kind(handler)
    client.call("patch", "/v1/things/7", {"name": "x"}, etag='"1"')
    assert client.call("delete", "/v1/things/7", etag='"2"').body is None
    assert [request.headers["if-match"] for request in requests] == ['"1"', '"2"']
    assert all("idempotency-key" not in request.headers for request in requests)


def test_pages_are_followed_to_the_end_with_their_filters(kind):
    pages = ({"items": [1, 2], "next_cursor": "c"}, {"items": [3], "next_cursor": None})
    requests, handler = answers(*(httpx.Response(200, json=page) for page in pages))
    assert kind(handler).listed("items", "/v1/things", state=["a", "b"], from_="2026-01-01", limit=None, open=True) == [
        1,
        2,
        3,
    ]
    first, second = (request.url.params for request in requests)
    assert first.multi_items() == [("state", "a"), ("state", "b"), ("from", "2026-01-01"), ("open", "true")]
    assert second.multi_items() == [*first.multi_items(), ("cursor", "c")]


def test_rows_are_read_from_one_stream(kind):
    requests, handler = answers(httpx.Response(200, text='{"id": "1"}\n{"id": "2"}\n'), httpx.Response(403, json={}))
    client = kind(handler)
    assert client.listed("rows", "/v1/things", state="open") == [{"id": "1"}, {"id": "2"}]
    assert requests[0].url.path == "/v1/things.ndjson"
    with pytest.raises(Problem, match="403"):
        client.listed("rows", "/v1/things")


def test_event_pages_end_where_no_more_is_there(kind):
    pages = (
        {"items": ["a"], "next_cursor": "1", "has_more": True},
        {"items": [], "next_cursor": "2", "has_more": False},
    )
    requests, handler = answers(*(httpx.Response(200, json=page) for page in pages))
    read = kind(handler).listed("event_pages", "complaint", "score.changed", after="0")
    assert [page["next_cursor"] for page in read] == ["1", "2"]
    assert [request.url.params["after"] for request in requests] == ["0", "1"]
    assert requests[0].url.params.get_list("types") == ["complaint", "score.changed"]
