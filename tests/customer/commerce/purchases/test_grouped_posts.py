"""Single POSTs of purchases take a short path and share transactions; callers see no difference."""

import asyncio
import json
from collections import Counter
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text

from heed_common.contracts.customer import PurchaseRecorded
from heed_common.contracts.event import Envelope
from heed_common.encryption import FieldCipher, parse_keys
from heed_common.http.grouped_posts import GroupedPost
from tests.common.sample_app import make_client, make_token
from tests.customer.conftest import CONTACT_KEY
from tests.customer.factories import make_line, make_purchase, register, staged

pytestmark = pytest.mark.asyncio

PATH = "/v1/purchases"
ORDINARY = {"Content-Type": "application/vnd.shop+json"}
"""A media type of JSON that the short path leaves to the ordinary route."""
TRACE = "00-{:032x}-00f067aa0ba902b7-01"
PURCHASES = text("SELECT external_id, event_id, (SELECT count(*) FROM outbox WHERE id = event_id) FROM purchase")
STORED = text("SELECT body FROM idempotency")
KILLS = 20
BACKENDS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def post(client, body, **headers):
    return await client.post(PATH, content=json.dumps(body), headers={"Content-Type": "application/json"} | headers)


def without_ids(response):
    """The response as bytes, without what differs from request to request."""
    body = response.content
    for name in ("id", "external_id", "recorded_at", "instance"):
        value = response.json().get(name)
        body = body.replace(str(value).encode(), b"?") if value else body
    changing = {"x-request-id", "location", "heed-event", "content-length", "date"}
    return response.status_code, body, {name: v for name, v in response.headers.items() if name not in changing}


@pytest.fixture
def handled(app, monkeypatch):
    """The writes that took the short path: each test of it shows that it was taken."""
    posts = []
    original = GroupedPost._record_once

    async def record(self, session, writes):
        posts.extend(writes)
        return await original(self, session, writes)

    monkeypatch.setattr(
        app.state.grouped_posts[PATH]._group_commit, "_record", record.__get__(app.state.grouped_posts[PATH])
    )
    return posts


async def test_both_paths_respond_with_the_same_bytes(client, handled):
    customer_id = str(await register(client))
    bodies = [
        make_purchase(customer_id=customer_id),
        make_purchase(customer_id=customer_id, lines=[make_line(unit_cost=None), make_line(quantity="0.5")]),
        make_purchase(customer_id=customer_id, kind="service", service_point_id="商店 1", currency="CNY"),
    ]
    for body in bodies:
        short = await post(client, body)
        ordinary = await client.post(PATH, content=json.dumps(body | {"external_id": str(uuid4())}), headers=ORDINARY)
        assert without_ids(short) == without_ids(ordinary)
        assert {"location", "heed-event"} <= short.headers.keys() & ordinary.headers.keys()
    assert len(handled) == len(bodies)


INVALID = [
    b"", b"{", b"null", b"[]", b"\xff", b'{"a": NaN}', b'"\\u0000"', b"{}", b"[" * 1000,
    json.dumps(make_purchase(customer_id="none")).encode(),
    json.dumps(make_purchase(customer_id=str(UUID(int=1)))).encode(),
    json.dumps(make_purchase(customer_id=str(UUID(int=1)), customer_external_id="x")).encode(),
    json.dumps(make_purchase(customer_id=str(UUID(int=1)), occurred_at="2026-03-02")).encode(),
    json.dumps(make_purchase(customer_id=str(UUID(int=1)), occurred_at="1888-03-02T00:00:00Z")).encode(),
    json.dumps(make_purchase(customer_id=str(UUID(int=1)), occurred_at="2999-03-02T00:00:00Z")).encode(),
    json.dumps(make_purchase(customer_id=str(UUID(int=1)), lines=[])).encode(),
    json.dumps(make_purchase(customer_id=str(UUID(int=1)), lines=[make_line(quantity="-1")])).encode(),
    json.dumps(make_purchase(customer_id=str(UUID(int=1)), colour="red")).encode(),
]  # fmt: skip


@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("body", INVALID)
async def test_both_paths_describe_what_is_wrong_in_the_same_bytes(client, body, keyed):
    responses = []
    for media_type in ({"Content-Type": "application/json"}, ORDINARY):
        headers = media_type | ({"Idempotency-Key": str(uuid4())} if keyed else {})
        responses.append(await client.post(PATH, content=body, headers=headers))
    short, ordinary = map(without_ids, responses)
    assert short == ordinary
    assert short[0] in {400, 422}


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
async def test_what_every_route_refuses_is_refused_here(client, changed, status, code):
    body = json.dumps(make_purchase(customer_id=str(await register(client))))
    request = {"content": body} | changed
    request["headers"] = {"Content-Type": "application/json"} | changed.get("headers", {})
    response = await client.post(PATH, **request)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["instance"] == f"urn:heed:request:{response.headers['x-request-id']}"


async def test_a_caller_without_the_scope_is_refused(app, customer_database, clock):
    token = await make_token(customer_database, now=clock.now(), scopes=frozenset({"purchases:read"}))
    async with make_client(app, token) as reader:
        response = await post(reader, make_purchase(customer_id=str(uuid4())))
    assert (response.status_code, response.json()["code"]) == (403, "scope_missing")


async def test_a_chunked_body_over_one_mebibyte_is_a_problem_document(client):
    async def pieces():
        for _ in range(3):
            yield b" " * 2**19

    response = await client.post(PATH, content=pieces(), headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


async def test_a_hundred_equal_purchases_at_once_are_recorded_once(client, customer_database, handled):
    body = make_purchase(customer_id=str(await register(client)))
    responses = await asyncio.gather(*(post(client, body) for _ in range(100)))
    assert Counter(response.status_code for response in responses) == {200: 99, 201: 1}
    assert len({response.content for response in responses}) == 1
    assert len({response.headers["heed-event"] for response in responses}) == 1
    assert len(await staged(customer_database, "heed.purchase")) == 1
    assert len(handled) == 100


async def test_each_purchase_of_a_group_has_its_own_response_event_and_trace(client, customer_database, handled):
    customer_id = str(await register(client))
    bodies = [make_purchase(customer_id=customer_id) for _ in range(40)]
    traces = [TRACE.format(number + 1) for number in range(40)]
    responses = await asyncio.gather(
        *(post(client, body, Traceparent=trace) for body, trace in zip(bodies, traces, strict=True))
    )
    events = {str(event.id): event for event in await staged(customer_database, "heed.purchase")}
    for response, body, trace in zip(responses, bodies, traces, strict=True):
        assert response.json()["external_id"] == body["external_id"]
        event = events.pop(response.headers["heed-event"])
        assert (event.subject, event.traceparent) == (response.json()["id"], trace)
        PurchaseRecorded.model_validate(event.data)
    assert (events, len(handled)) == ({}, 40)


async def test_refused_purchases_of_a_group_leave_the_others_as_they_are(client, customer_database):
    known = str(await register(client))
    unknown = [make_purchase(customer_id=str(uuid4())) for _ in range(5)]
    late = [make_purchase(customer_id=known, occurred_at="2026-03-09T00:00:00Z") for _ in range(5)]
    good = [make_purchase(customer_id=known) for _ in range(5)]
    responses = await asyncio.gather(*(post(client, body) for body in [*unknown, *late, *good]))
    assert [response.status_code for response in responses] == [422] * 10 + [201] * 5
    assert {response.json()["code"] for response in responses[:5]} == {"customer_unknown"}
    assert {response.json()["code"] for response in responses[5:10]} == {"in_the_future"}
    assert len(await staged(customer_database, "heed.purchase")) == 5


async def test_a_key_replays_its_response_on_both_paths(client, customer_database, handled):
    body = make_purchase(customer_id=str(await register(client)))
    first = await post(client, body, **{"Idempotency-Key": "one"})
    again = await post(client, body, **{"Idempotency-Key": "one"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    for header in ("location", "heed-event", "content-type"):
        assert again.headers[header] == first.headers[header]
    other = await post(client, body | {"currency": "EUR"}, **{"Idempotency-Key": "one"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(await staged(customer_database, "heed.purchase")) == 1
    assert len(handled) == 3


async def test_a_key_used_on_the_ordinary_route_is_known_on_the_short_path(client, app, monkeypatch):
    body = make_purchase(customer_id=str(await register(client)))
    with monkeypatch.context() as context:
        context.delitem(app.state.grouped_posts, PATH)
        first = await post(client, body, **{"Idempotency-Key": "one"})
    again = await post(client, body, **{"Idempotency-Key": "one"})
    with monkeypatch.context() as context:
        context.delitem(app.state.grouped_posts, PATH)
        third = await post(client, body, **{"Idempotency-Key": "one"})
    assert first.content == again.content == third.content
    assert again.headers["idempotent-replayed"] == third.headers["idempotent-replayed"] == "true"


async def test_equal_keys_at_once_write_once_and_the_others_are_in_flight(client, customer_database):
    customer_id = str(await register(client))
    bodies = [make_purchase(customer_id=customer_id) for _ in range(3)]
    responses = await asyncio.gather(
        *(post(client, body, **{"Idempotency-Key": f"key-{at}"}) for at, body in enumerate(bodies) for _ in range(10))
    )
    assert Counter(response.status_code for response in responses).keys() <= {201, 409}
    assert {response.json()["code"] for response in responses if response.status_code == 409} <= {
        "idempotency_in_flight"
    }
    assert len(await staged(customer_database, "heed.purchase")) == 3
    repeated = [await post(client, body, **{"Idempotency-Key": f"key-{at}"}) for at, body in enumerate(bodies)]
    assert all(response.headers["idempotent-replayed"] == "true" for response in repeated)


async def test_a_refused_purchase_leaves_its_key_free(client):
    body = make_purchase(customer_external_id="new")
    assert (await post(client, body, **{"Idempotency-Key": "one"})).status_code == 422
    await register(client, external_id="new")
    assert (await post(client, body, **{"Idempotency-Key": "one"})).status_code == 201


async def test_the_stored_response_is_encrypted(client, customer_database):
    body = make_purchase(customer_id=str(await register(client)))
    await post(client, body, **{"Idempotency-Key": "one"})
    async with customer_database.transaction() as session:
        stored = (await session.execute(STORED)).scalar_one()
    assert body["external_id"].encode() not in stored
    assert FieldCipher(parse_keys(CONTACT_KEY)) is not None


async def test_reactions_to_the_event_run_in_the_transaction_of_the_group(client, customer_database, monkeypatch):
    seen = []

    async def react(session, events, now):
        seen.extend(event.purchase_id for event in events)

    monkeypatch.setattr(customer_database, "reactions", {PurchaseRecorded: (react,)})
    customer_id = str(await register(client))
    responses = await asyncio.gather(*(post(client, make_purchase(customer_id=customer_id)) for _ in range(10)))
    assert sorted(map(str, seen)) == sorted(response.json()["id"] for response in responses)


async def test_requests_are_counted_under_their_route(app, client):
    await post(client, make_purchase(customer_id=str(await register(client))))
    await client.post(PATH, content=b"{", headers={"Content-Type": "application/json"})
    counted = app.state.metrics.render().decode()
    for status in (201, 400):
        line = (
            f'heed_http_requests_total{{method="POST",route="/v1/purchases",service="customer",status="{status}"}} 1.0'
        )
        assert line in counted


async def test_a_return_is_published_after_its_purchase(client, customer_database):
    customer_id = str(await register(client))

    async def buy_and_return(number):
        bought = await post(client, make_purchase(customer_id=customer_id))
        returned = {
            "external_id": f"r-{number}",
            "occurred_at": "2026-03-02T10:00:00Z",
            "lines": [{"sku": "cd-1", "quantity": "1"}],
            "reason": "faulty",
        }
        assert (await client.post(f"{bought.headers['location']}/returns", json=returned)).status_code == 201

    await asyncio.gather(*map(buy_and_return, range(30)))
    versions = {}
    for event in await staged(customer_database, "heed.purchase"):
        versions.setdefault(event.subject, []).append(Envelope.model_validate(event).aggversion)
    assert list(versions.values()) == [[1, 2]] * 30


@pytest.mark.parametrize("keyed", [False, True])
async def test_killed_backends_lose_no_purchase_and_record_none_twice(client, customer_database, repetitions, keyed):
    """Callers repeat what was answered 503, as they do after any lost response."""
    number = repetitions(quick=300, full=3000)
    customer_id = str(await register(client))
    bodies = iter([make_purchase(customer_id=customer_id) for _ in range(number)])
    names, events, kills, one_at_a_time = [], {}, [], asyncio.Lock()

    async def send():
        for body in bodies:
            headers = {"Idempotency-Key": body["external_id"]} if keyed else {}
            while (response := await post(client, body, **headers)).status_code == 503:
                pass
            assert response.status_code in {200, 201}, response.text
            assert response.json()["external_id"] == body["external_id"]
            names.append(body["external_id"])
            events[body["external_id"]] = response.headers["heed-event"]
            if len(names) % (number // KILLS) == 0 and len(names) < number // 2:
                kills.append(await kill())

    async def kill():
        async with one_at_a_time:
            return len(await killer.fetch(BACKENDS))

    killer = await asyncpg.connect(
        customer_database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    )
    await asyncio.gather(*(send() for _ in range(16)))
    await killer.close()
    assert sum(kills) >= len(kills) > 0
    async with customer_database.transaction() as session:
        rows = (await session.execute(PURCHASES)).all()
    assert sorted(row[0] for row in rows) == sorted(names)
    assert {row[2] for row in rows} == {1}
    published = [
        (event.data["external_id"], str(event.id)) for event in await staged(customer_database, "heed.purchase")
    ]
    assert sorted(published) == sorted((row[0], str(row[1])) for row in rows) == sorted(events.items())
    assert len(events) == number
