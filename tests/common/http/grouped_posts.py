"""Tests that every kind of POST passes that is committed in groups: callers see no difference to an ordinary route.

The module of a kind has a fixture `posts` and a class of its own: `class TestGroupedPurchases(GroupedPostTests)`.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from heed_common import outbox
from heed_common.contracts.event import Envelope, Event
from heed_common.database import Database
from heed_common.http.grouped_posts import GroupedPost
from heed_common.outbox import StagedEvent
from tests.common.sample_app import make_client, make_token
from tests.scoring.factories import make_registration

JSON = {"Content-Type": "application/json"}
ORDINARY = {"Content-Type": "application/vnd.shop+json"}
"""A media type of JSON that the short path leaves to the ordinary route."""
TRACE = "00-{:032x}-00f067aa0ba902b7-01"
PAYLOADS = text("SELECT payload FROM outbox ORDER BY seq")
STORED = text("SELECT body FROM idempotency")
NOT_JSON = [b"", b"{", b"null", b"[]", b"\xff", b'{"a": NaN}', b'"\\u0000"', b"{}", b"[" * 1000]
KILLS = 20
BACKENDS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class GroupedPosts:
    """One kind of POST with what a test sends, and where it is stored."""

    client: httpx.AsyncClient
    app: FastAPI
    database: Database
    path: str
    template: str
    """Of the route; with `{}` for ids it is the key of the short path."""
    key: str
    table: str
    event: type[Event]
    make_body: Callable[..., dict[str, Any]]
    """A valid body with an `external_id` of its own."""
    variants: Sequence[Mapping[str, Any]]
    """Changes that leave a body valid."""
    invalid: Sequence[Mapping[str, Any]]
    """Changes that the schema refuses."""
    refused: Mapping[str, Mapping[str, Any]]
    """Changes that the service refuses, by the code of the problem."""
    other: Mapping[str, Any]
    """A change that makes a repetition differ from the first request."""
    paths: Mapping[str, str] = field(default_factory=dict)
    """Paths of bodies by `external_id`, where not all have the same."""
    subject: str = "id"
    """What the aggregate of the event is in the response."""

    async def post(self, body: Mapping[str, Any], **headers: str) -> httpx.Response:
        return await self._send(body, JSON | headers)

    async def post_ordinary(self, body: Mapping[str, Any], **headers: str) -> httpx.Response:
        return await self._send(body, ORDINARY | headers)

    async def _send(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> httpx.Response:
        path = self.paths.get(body.get("external_id"), self.path)
        return await self.client.post(path, content=json.dumps(body), headers=headers)

    @property
    def short_path(self) -> GroupedPost[Any]:
        found: GroupedPost[Any] = self.app.state.grouped_posts[self.key]
        return found

    async def events(self) -> list[Envelope]:
        """The events of the kind, in the order of the outbox."""
        async with self.database.transaction() as session:
            payloads = (await session.scalars(PAYLOADS)).all()
        envelopes = [Envelope.model_validate_json(payload) for payload in payloads]
        return [envelope for envelope in envelopes if envelope.type == self.event.full_type()]


def without_ids(response):
    """The response as bytes, without what differs from request to request."""
    body = response.content
    for name in ("id", "external_id", "customer_id", "recorded_at", "received_at", "purchase_id", "instance"):
        value = response.json().get(name)
        body = body.replace(str(value).encode(), b"?") if value else body
    changing = {"x-request-id", "location", "heed-event", "content-length", "date"}
    return response.status_code, body, {name: v for name, v in response.headers.items() if name not in changing}


class GroupedPostTests:
    """The tests; `handled` shows that the short path was taken."""

    @pytest.fixture
    def handled(self, posts, monkeypatch):
        """The requests that took the short path, each once: a group that waits for a lock is recorded again."""
        requests, short_path = {}, posts.short_path
        original = short_path._record_once

        async def record(session, group):
            requests.update((id(request), request) for request in group)
            return await original(session, group)

        monkeypatch.setattr(short_path._group_commit, "_record", record)
        return requests

    async def test_both_paths_respond_with_the_same_bytes(self, posts, handled):
        for changes in posts.variants:
            short = await posts.post(posts.make_body(**changes))
            ordinary = await posts.post_ordinary(posts.make_body(**changes))
            assert without_ids(short) == without_ids(ordinary)
            assert (short.status_code, "heed-event" in short.headers, "heed-event" in ordinary.headers) == (201, 1, 1)
            assert ("location" in short.headers) == ("location" in ordinary.headers)
        assert len(handled) == len(posts.variants) > 0

    @pytest.mark.parametrize("keyed", [False, True])
    async def test_both_paths_describe_what_is_wrong_in_the_same_bytes(self, posts, keyed):
        bodies = [*NOT_JSON, *(json.dumps(posts.make_body(**changes)).encode() for changes in posts.invalid)]
        for body in bodies:
            responses = []
            for media_type in (JSON, ORDINARY):
                headers = media_type | ({"Idempotency-Key": str(uuid4())} if keyed else {})
                responses.append(await posts.client.post(posts.path, content=body, headers=headers))
            short, ordinary = map(without_ids, responses)
            assert short == ordinary
            assert short[0] in {400, 422}
        assert await posts.events() == []

    @pytest.mark.parametrize("keyed", [False, True])
    async def test_both_paths_refuse_in_the_same_bytes(self, posts, handled, keyed):
        for code, changes in posts.refused.items():
            body, key = posts.make_body(**changes), {"Idempotency-Key": str(uuid4())} if keyed else {}
            short, ordinary = await posts.post(body, **key), await posts.post_ordinary(body, **key)
            assert without_ids(short) == without_ids(ordinary)
            assert short.json()["code"] == code
        assert len(handled) == len(posts.refused) > 0
        assert await posts.events() == []

    async def test_both_paths_recognise_repetitions_of_either(self, posts, handled):
        for first, second in ((posts.post, posts.post_ordinary), (posts.post_ordinary, posts.post)):
            body = posts.make_body()
            new, again, conflict = await first(body), await second(body), await second(body | posts.other)
            assert (new.status_code, again.status_code, conflict.status_code) == (201, 200, 409)
            assert again.content == new.content
            assert again.headers["heed-event"] == new.headers["heed-event"]
            assert without_ids(conflict) == without_ids(await first(body | posts.other))
            assert conflict.json()["code"] == "external_id_conflict"
        assert len(handled) == 4

    @pytest.mark.parametrize(
        ("changed", "status", "code"),
        [
            ({"headers": {"Authorization": ""}}, 401, "unauthenticated"),
            ({"headers": {"Authorization": "Bearer x"}}, 401, "token_invalid"),
            ({"headers": {"Content-Type": "text/plain"}}, 415, "unsupported_media_type"),
            ({"headers": {"Idempotency-Key": "two words"}}, 400, "idempotency_key_invalid"),
            ({"params": {"dry_run": "true"}}, 422, "validation_failed"),
            ({"content": b" " * (2**20 + 1)}, 413, "too_large"),
        ],
    )
    async def test_what_every_route_refuses_is_refused_here(self, posts, changed, status, code):
        request = {"content": json.dumps(posts.make_body())} | changed
        request["headers"] = JSON | changed.get("headers", {})
        response = await posts.client.post(posts.path, **request)
        assert (response.status_code, response.json()["code"]) == (status, code)
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["instance"] == f"urn:heed:request:{response.headers['x-request-id']}"

    async def test_a_caller_without_the_scope_is_refused(self, posts, clock):
        token = await make_token(posts.database, now=clock.now(), scopes=frozenset({"scores:read"}))
        async with make_client(posts.app, token) as reader:
            response = await reader.post(posts.path, json=posts.make_body())
        assert (response.status_code, response.json()["code"]) == (403, "scope_missing")

    async def test_a_chunked_body_over_one_mebibyte_is_a_problem_document(self, posts):
        async def pieces():
            for _ in range(3):
                yield b" " * 2**19

        response = await posts.client.post(posts.path, content=pieces(), headers=JSON)
        assert (response.status_code, response.json()["code"]) == (413, "too_large")

    async def test_a_hundred_equal_requests_at_once_are_recorded_once(self, posts, handled):
        body = posts.make_body()
        responses = await asyncio.gather(*(posts.post(body) for _ in range(100)))
        assert Counter(response.status_code for response in responses) == {200: 99, 201: 1}
        assert len({response.content for response in responses}) == 1
        assert len({response.headers["heed-event"] for response in responses}) == 1
        assert len(await posts.events()) == 1
        assert len(handled) == 100

    async def test_each_write_of_a_group_has_its_own_response_event_and_trace(self, posts, handled):
        bodies = [posts.make_body() for _ in range(40)]
        traces = [TRACE.format(number + 1) for number in range(40)]
        responses = await asyncio.gather(
            *(posts.post(body, Traceparent=trace) for body, trace in zip(bodies, traces, strict=True))
        )
        events = {str(event.id): event for event in await posts.events()}
        for response, body, trace in zip(responses, bodies, traces, strict=True):
            assert response.json()["external_id"] == body["external_id"]
            event = events.pop(response.headers["heed-event"])
            assert (event.subject, event.traceparent) == (response.json()[posts.subject], trace)
            posts.event.model_validate(event.data)
        assert (events, len(handled)) == ({}, 40)

    async def test_events_of_reactions_belong_to_the_write_of_a_group_that_they_follow(self, posts, monkeypatch):
        async def react(session, events, now):
            assert len(events) > 0
            added = [
                StagedEvent(make_registration(uuid4()), 1, origin=outbox.origin_of(session, event)) for event in events
            ]
            await outbox.stage_all(session, added, now=now)

        sizes, short_path = [], posts.short_path
        original = short_path._record_once

        async def record(session, group):
            sizes.append(len(group))
            return await original(session, group)

        monkeypatch.setattr(short_path._group_commit, "_record", record)
        monkeypatch.setattr(posts.database, "reactions", {posts.event: (react,)})
        bodies = [posts.make_body() for _ in range(20)]
        requests = [
            (body, {"Traceparent": TRACE.format(number + 1), "Idempotency-Key": f"key-{number}"})
            for number, body in enumerate(bodies)
        ]
        first = await asyncio.gather(*(posts.post(body, **headers) for body, headers in requests))
        async with posts.database.transaction() as session:
            payloads = [json.loads(bytes(payload)) for payload in await session.scalars(PAYLOADS)]
        last = {payload["traceparent"]: payload["id"] for payload in payloads}
        named = [response.headers["heed-event"] for response in first]
        assert named == [last[headers["Traceparent"]] for _, headers in requests]
        assert {payload["type"] for payload in payloads if payload["id"] in named} == {"heed.customer.registered.v1"}
        again = await asyncio.gather(*(posts.post(body, **headers) for body, headers in requests))
        assert [response.headers["heed-event"] for response in again] == named
        assert max(sizes) > 1

    async def test_refused_writes_of_a_group_leave_the_others_as_they_are(self, posts):
        refused = [(code, posts.make_body(**changes)) for code, changes in posts.refused.items() for _ in range(3)]
        good = [posts.make_body() for _ in range(5)]
        responses = await asyncio.gather(*(posts.post(body) for body in [*(body for _, body in refused), *good]))
        assert [response.json()["code"] for response in responses[: len(refused)]] == [code for code, _ in refused]
        assert [response.status_code for response in responses[len(refused) :]] == [201] * 5
        assert len(await posts.events()) == 5

    async def test_a_key_replays_its_response_on_both_paths(self, posts, handled):
        body = posts.make_body()
        first = await posts.post(body, **{"Idempotency-Key": "one"})
        again = await posts.post(body, **{"Idempotency-Key": "one"})
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.content == first.content
        assert again.headers["idempotent-replayed"] == "true"
        for header in ("location", "heed-event", "content-type"):
            assert again.headers.get(header) == first.headers.get(header)
        other = await posts.post(body | posts.other, **{"Idempotency-Key": "one"})
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        assert len(await posts.events()) == 1
        assert len(handled) == 3

    async def test_a_key_used_on_the_ordinary_route_is_known_on_the_short_path(self, posts, monkeypatch):
        body = posts.make_body()
        with monkeypatch.context() as context:
            context.delitem(posts.app.state.grouped_posts, posts.key)
            first = await posts.post(body, **{"Idempotency-Key": "one"})
        again = await posts.post(body, **{"Idempotency-Key": "one"})
        with monkeypatch.context() as context:
            context.delitem(posts.app.state.grouped_posts, posts.key)
            third = await posts.post(body, **{"Idempotency-Key": "one"})
        assert first.content == again.content == third.content
        assert again.headers["idempotent-replayed"] == third.headers["idempotent-replayed"] == "true"

    async def test_equal_keys_at_once_write_once_and_the_others_are_in_flight(self, posts):
        bodies = [posts.make_body() for _ in range(3)]
        requests = [(body, f"key-{at}") for at, body in enumerate(bodies) for _ in range(10)]
        responses = await asyncio.gather(*(posts.post(body, **{"Idempotency-Key": key}) for body, key in requests))
        assert Counter(response.status_code for response in responses).keys() <= {201, 409}
        assert {response.json()["code"] for response in responses if response.status_code == 409} <= {
            "idempotency_in_flight"
        }
        assert len(await posts.events()) == 3
        repeated = [await posts.post(body, **{"Idempotency-Key": f"key-{at}"}) for at, body in enumerate(bodies)]
        assert all(response.headers["idempotent-replayed"] == "true" for response in repeated)

    async def test_a_refused_write_leaves_its_key_free(self, posts):
        for code, changes in posts.refused.items():
            refused = await posts.post(posts.make_body(**changes), **{"Idempotency-Key": code})
            assert refused.json()["code"] == code
            assert (await posts.post(posts.make_body(), **{"Idempotency-Key": code})).status_code == 201
        assert len(await posts.events()) == len(posts.refused) > 0

    async def test_the_stored_response_is_encrypted(self, posts):
        body = posts.make_body()
        await posts.post(body, **{"Idempotency-Key": "one"})
        async with posts.database.transaction() as session:
            stored = (await session.execute(STORED)).scalar_one()
        assert body["external_id"].encode() not in stored

    async def test_requests_are_counted_under_their_route(self, posts):
        await posts.post(posts.make_body())
        await posts.client.post(posts.path, content=b"{", headers=JSON)
        counted = posts.app.state.metrics.render().decode()
        service = posts.app.state.settings.service
        for status in (201, 400):
            labels = f'method="POST",route="{posts.template}",service="{service}",status="{status}"'
            assert f"heed_http_requests_total{{{labels}}} 1.0" in counted

    @pytest.mark.parametrize("keyed", [False, True])
    async def test_killed_backends_lose_no_write_and_record_none_twice(self, posts, repetitions, keyed):
        """Callers repeat what was answered 503, as they do after any lost response."""
        number = repetitions(quick=300, full=3000)
        bodies = iter([posts.make_body() for _ in range(number)])
        names, kills, one_at_a_time = [], [], asyncio.Lock()

        async def send():
            for body in bodies:
                headers = {"Idempotency-Key": body["external_id"]} if keyed else {}
                while (response := await posts.post(body, **headers)).status_code == 503:
                    pass
                assert response.status_code in {200, 201}, response.text
                assert response.json()["external_id"] == body["external_id"]
                names.append(body["external_id"])
                if len(names) % (number // KILLS) == 0 and len(names) < number // 2:
                    kills.append(await kill())

        async def kill():
            async with one_at_a_time:
                return len(await killer.fetch(BACKENDS))

        url = posts.database.url.set(drivername="postgresql")
        killer = await asyncpg.connect(url.render_as_string(hide_password=False))
        await asyncio.gather(*(send() for _ in range(16)))
        await killer.close()
        assert sum(kills) >= len(kills) > 0
        rows = text(
            f"SELECT external_id, (SELECT count(*) FROM outbox WHERE id = event_id) FROM {posts.table}"  # noqa: S608
        )
        async with posts.database.transaction() as session:
            stored = (await session.execute(rows)).all()
        assert sorted(name for name, _ in stored) == sorted(names)
        assert {events for _, events in stored} == {1}
        assert len(await posts.events()) == len(names) == number
