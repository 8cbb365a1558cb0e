"""Webhooks over HTTP: created, changed, deleted, and which addresses they may have."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from heed_common.auth.scopes import SCOPES
from heed_customer.app import create_app
from heed_customer.subscriptions.endpoints.api import WebhookAddresses
from tests.app_cache import laid_out
from tests.common.sample_app import make_client, make_token
from tests.customer.subscriptions.conftest import make_settings, resolve_local
from tests.webhook_receiver import receiver

pytestmark = pytest.mark.asyncio
BODY: dict[str, Any] = {"url": "https://public.example/heed", "types": ["complaint.opened"]}


@pytest.fixture
def public_only(app):
    """The addresses that are allowed where no setting allows others."""
    policy = make_settings(webhook_allow_http=False, webhook_allowed_networks="").webhook_addresses
    app.state.webhook_addresses = WebhookAddresses(policy, resolve_local)


async def create(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    response = await client.post("/v1/webhooks", json=BODY | fields)
    assert response.status_code == 201, response.text
    return dict(response.json())


async def test_a_webhook_is_created_with_a_secret_that_is_shown_once(client, customer_database):
    response = await client.post("/v1/webhooks", json=BODY | {"types": ["complaint.opened", "purchase"]})
    created = response.json()
    assert response.headers["etag"] == '"1"'
    assert created["secret"].startswith("whsec_")
    assert created["types"] == [
        "heed.purchase.recorded.v1",
        "heed.purchase.returned.v1",
        "heed.complaint.opened.v1",
    ]
    shown = (await client.get(response.headers["location"])).json()
    assert shown == {name: value for name, value in created.items() if name != "secret"}
    assert (await client.get("/v1/webhooks")).json()["items"] == [shown]
    async with customer_database.transaction() as session:
        stored = await session.scalar(text("SELECT secrets FROM webhook_endpoint"))
    assert created["secret"].encode() not in stored


async def test_a_patch_needs_the_version_and_only_a_change_makes_another_one(client):
    path = f"/v1/webhooks/{(await create(client))['id']}"
    assert (await client.patch(path, json={"description": "new"})).status_code == 428
    assert (await client.patch(path, json={"description": "new"}, headers={"If-Match": '"7"'})).status_code == 412
    changed = await client.patch(path, json={"description": "new"}, headers={"If-Match": '"1"'})
    assert (changed.headers["etag"], changed.json()["description"]) == ('"2"', "new")
    same = await client.patch(path, json={"description": "new"}, headers={"If-Match": '"2"'})
    assert same.headers["etag"] == '"2"'
    cleared = await client.patch(path, json={"description": None}, headers={"If-Match": '"2"'})
    assert cleared.json()["description"] is None


async def test_a_deleted_webhook_is_gone(client):
    path = f"/v1/webhooks/{(await create(client))['id']}"
    assert (await client.delete(path)).status_code == 204
    for response in (await client.get(path), await client.delete(path), await client.get(f"{path}/deliveries")):
        assert (response.status_code, response.json()["code"]) == (404, "webhook_not_found")


async def test_what_makes_no_sense_is_refused_with_a_pointer(client):
    invalid = {
        "/types": {"types": []},
        "/types/1": {"types": ["complaint.opened", "nonsense"]},
        "/url": {"url": "x" * 2001},
        "/state": {"state": "paused"},
        "/customer_id": {"customer_id": "ann"},
        "/secret": {"secret": "whsec_mine"},
    }
    for pointer, fields in invalid.items():
        response = await client.post("/v1/webhooks", json=BODY | fields)
        assert response.status_code == 422
        assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


async def test_webhooks_are_sent_to_public_addresses_by_https_alone(client, public_only):
    """The table of addresses is in tests/common/outgoing_http/test_addresses.py."""
    for url in (
        "http://public.example/",
        "https://private.example/x",
        "https://10.0.0.1/",
        "https://user:pw@a.example/",
        "https://a..b.example/",
    ):
        response = await client.post("/v1/webhooks", json=BODY | {"url": url})
        assert (response.status_code, response.json()["code"]) == (422, "url_not_allowed")
        assert response.json()["errors"][0]["pointer"] == "/url"
        assert url not in response.text


async def test_the_address_is_checked_when_it_changes_too(client, public_only):
    path = f"/v1/webhooks/{(await create(client))['id']}"
    response = await client.patch(path, json={"url": "https://private.example/"}, headers={"If-Match": '"1"'})
    assert (response.status_code, response.json()["code"]) == (422, "url_not_allowed")


async def test_a_key_creates_webhooks_of_what_it_may_read_alone(app, customer_database, resources, client):
    scopes = frozenset({"settings:read", "settings:write", "complaints:read"})
    token = await make_token(customer_database, now=resources.clock.now(), scopes=scopes)
    async with make_client(app, token) as restricted:
        for types in (["purchase"], ["complaint", "score.changed"], ["response.received"]):
            response = await restricted.post("/v1/webhooks", json=BODY | {"types": types})
            assert (response.status_code, response.json()["code"]) == (403, "scope_missing")
        own = await create(restricted)
        assert own["confidential"] is False
        widened = await restricted.patch(
            f"/v1/webhooks/{own['id']}", json={"types": ["purchase"]}, headers={"If-Match": '"1"'}
        )
        assert widened.status_code == 403
        confidential = await create(client)
        assert confidential["confidential"] is True
        path = f"/v1/webhooks/{confidential['id']}"
        redirected = await restricted.patch(path, json={"url": "https://public.example/"}, headers={"If-Match": '"1"'})
        assert (redirected.status_code, redirected.json()["code"]) == (403, "scope_missing")
        assert (await restricted.post(f"{path}:rotate-secret")).status_code == 403
    assert "complaints:confidential:read" in SCOPES


async def test_a_replay_has_one_start_in_the_past(client):
    path = f"/v1/webhooks/{(await create(client))['id']}:replay"
    for body in ({}, {"event_id": str(uuid4())}, {"starts_at": "9000-01-01T00:00:00Z"}):
        assert (await client.post(path, json=body)).status_code == 422
    both = {"event_id": "01954f9e-7e3a-7000-8000-000000000001", "starts_at": "2026-01-01T00:00:00Z"}
    assert (await client.post(path, json=both)).status_code == 422
    assert (await client.post(path, json={"event_id": both["event_id"]})).status_code == 200


async def test_a_test_event_is_sent_at_once(client):
    async with receiver() as shop:
        created = await create(client, url=shop.url)
        shop.secret = created["secret"]
        result = await client.post(f"/v1/webhooks/{created['id']}:test")
        assert (result.json()["accepted"], result.json()["status"]) == (True, 200)
        assert [request.event["type"] for request in shop.accepted] == ["heed.webhook.tested.v1"]
    refused = (await client.post(f"/v1/webhooks/{created['id']}:test")).json()
    assert (refused["accepted"], refused["status"], refused["error"]) == (False, None, "connection_refused")


async def test_there_are_as_many_webhooks_as_the_setting_allows(customer_database, resources):
    app = laid_out(create_app(make_settings(webhook_max_endpoints=3), resources))
    async with make_client(app, await make_token(customer_database, now=resources.clock.now())) as client:
        app.state.webhook_addresses = replace(app.state.webhook_addresses, resolve=resolve_local)
        responses = await asyncio.gather(*(client.post("/v1/webhooks", json=BODY) for _ in range(6)))
        refused = [response for response in responses if response.status_code != 201]
        assert {(response.status_code, response.json()["code"]) for response in refused} == {(409, "too_many_webhooks")}
        items = (await client.get("/v1/webhooks")).json()["items"]
        assert len(items) == 3
        await client.delete(f"/v1/webhooks/{items[0]['id']}")
        assert (await client.post("/v1/webhooks", json=BODY)).status_code == 201
