"""Requests from a caller's view: events, tags, limits, and unexpected errors."""

import json

import pytest
from sqlalchemy import text

from heed_common.clock import FakeClock
from heed_common.database import Database
from tests.common import sample_app
from tests.common.http.problem_assertions import assert_problem

pytestmark = pytest.mark.asyncio

JSON = {"Content-Type": "application/json"}
MIB = 1024 * 1024


async def count_samples(database):
    async with database.transaction() as session:
        return await session.scalar(text("SELECT count(*) FROM sample"))


async def test_a_good_write_answers_201_with_its_event_and_its_tag(client, database):
    response = await client.post("/v1/samples", json={"name": "bear"})
    assert response.status_code == 201
    assert response.headers["etag"] == '"1"'
    async with database.transaction() as session:
        staged = await session.scalar(text("SELECT id FROM outbox"))
    assert response.headers["heed-event"] == str(staged)


async def test_a_pair_of_surrogates_is_a_character_like_any_other(client):
    response = await client.post("/v1/samples", content='{"name": "\\ud83d\\ude00"}', headers=JSON)
    assert response.status_code == 201
    assert response.json()["name"] == "\U0001f600"


async def test_our_errors_carry_their_members(client, database):
    problem = assert_problem(await client.post("/v1/samples/break"), 409, "sample_broken")
    assert problem["halves"] == 2
    assert await count_samples(database) == 0


async def test_an_unexpected_error_is_a_500_without_details(client, caplog):
    response = await client.get("/v1/samples/fail")
    assert_problem(response, 500, "internal_error")
    assert "secret" not in response.text
    assert any(record.exc_info and record.exc_info[0] is KeyError for record in caplog.records)


async def test_a_commit_that_fails_is_not_answered_with_success(client, database):
    body = {"name": "bear", "twin": "018f0000-0000-7000-8000-000000000000"}
    assert_problem(await client.post("/v1/samples", json=body), 500, "internal_error")
    assert await count_samples(database) == 0


async def test_with_the_default_scope_the_same_commit_would_have_answered_201(client, database):
    body = {"name": "bear", "twin": "018f0000-0000-7000-8000-000000000000"}
    sent = []

    async def send(message):
        sent.append(message)

    request = client.build_request("POST", "/v1/samples/too-late", json=body)
    chunks = [{"type": "http.request", "body": await request.aread()}]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/samples/too-late",
        "query_string": b"",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
    }

    async def receive():
        return chunks.pop(0)

    with pytest.raises(Exception, match="violates foreign key"):
        await client._transport.app(scope, receive, send)
    assert sent[0]["status"] == 201
    assert await count_samples(database) == 0


async def test_an_unavailable_database_is_a_503(clock):
    database = Database("postgresql://nobody@127.0.0.1:1/nothing")
    app = sample_app.create_app(sample_app.make_settings(), sample_app.make_resources(database, clock))
    async with sample_app.make_client(app) as client:
        assert_problem(await client.get("/v1/samples", headers={"Authorization": "Bearer x"}), 401, "token_invalid")
        key = f"heed_abc_{'s' * 40}"
        response = await client.get("/v1/samples", headers={"Authorization": f"Bearer {key}"})
    assert_problem(response, 503, "database_unavailable")
    assert response.headers["retry-after"]
    await database.close()


async def test_a_body_over_one_mebibyte_is_rejected_with_and_without_content_length(client, database):
    body = json.dumps({"name": "bear", "notes": {"long": "x" * MIB}}).encode()

    async def pieces():
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]

    assert_problem(await client.post("/v1/samples", content=body, headers=JSON), 413, "too_large")
    assert_problem(await client.post("/v1/samples", content=pieces(), headers=JSON), 413, "too_large")
    assert await count_samples(database) == 0


async def test_a_batch_may_have_eight_mebibytes_and_an_import_any_size(client):
    sample = json.dumps({"name": "bear", "notes": {"long": "x" * (7 * MIB)}})
    batch = await client.post("/v1/samples:batch", content=f"[{sample}]", headers=JSON)
    assert batch.status_code == 200
    assert_problem(
        await client.post("/v1/samples:batch", content=f"[{sample},{sample}]", headers=JSON), 413, "too_large"
    )
    imported = await client.post("/v1/imports/samples", content=b"x" * (9 * MIB))
    assert imported.json() == {"bytes": 9 * MIB}


async def test_responses_have_headers_for_caching_and_content_sniffing(client):
    response = await client.get("/v1/samples")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-store"


async def test_a_valid_request_id_is_adopted_and_an_invalid_one_replaced(client):
    assert (await client.get("/livez", headers={"X-Request-Id": "abc-1"})).headers["x-request-id"] == "abc-1"
    assert (await client.get("/livez", headers={"X-Request-Id": "<b>x"})).headers["x-request-id"] != "<b>x"


async def test_only_a_write_that_succeeded_names_an_event(client, clock: FakeClock):
    first = "018f0000-0000-7000-8000-000000000001"
    assert (await client.post(f"/v1/samples/{first}/again")).headers["heed-event"] == first
    assert "heed-event" not in (await client.get("/v1/samples")).headers
    assert "heed-event" not in (await client.post("/v1/samples", json={})).headers


async def test_the_trace_of_the_caller_goes_into_the_event(client, database):
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await client.post("/v1/samples", json={"name": "bear"}, headers={"traceparent": traceparent})
    async with database.transaction() as session:
        payload = json.loads(await session.scalar(text("SELECT payload FROM outbox")))
    assert payload["traceparent"] == traceparent
