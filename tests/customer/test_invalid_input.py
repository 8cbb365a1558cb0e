"""For any invalid input the response is a problem without the input, and nothing is stored in part."""

import json

import pytest
from sqlalchemy import text

from tests.common.sample_app import make_client, make_token
from tests.customer.factories import make_customer, make_line, make_purchase, register

pytestmark = pytest.mark.asyncio
STRANGE = "Zaphod Beeblebrox"
SOME_ID = "01890000-0000-7000-8000-000000000000"


async def rows(database) -> int:
    counted = "SELECT (SELECT count(*) FROM purchase) + (SELECT count(*) FROM customer) + (SELECT count(*) FROM outbox)"
    async with database.transaction() as session:
        return (await session.execute(text(counted))).scalar_one()


def check(response, status: int, code: str) -> None:
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert STRANGE not in response.text


LINE = make_line()


NO_PURCHASES: list[dict[str, object]] = [
    {"occurred_at": "2026-03-01T10:00:00"},
    {"occurred_at": 1772359200},
    {"occurred_at": STRANGE},
    {"currency": "XQX"},
    {"currency": "usd"},
    {"currency": STRANGE},
    {"kind": STRANGE},
    {"lines": []},
    {"lines": [LINE] * 1001},
    {"lines": [LINE | {"quantity": "-1"}]},
    {"lines": [LINE | {"quantity": "0"}]},
    {"lines": [LINE | {"quantity": "1000000.001"}]},
    {"lines": [LINE | {"quantity": "1.0001"}]},
    {"lines": [LINE | {"quantity": "NaN"}]},
    {"lines": [LINE | {"quantity": "1e3"}]},
    {"lines": [LINE | {"unit_price": "-0.01"}]},
    {"lines": [LINE | {"unit_price": "1000000000"}]},
    {"lines": [LINE | {"unit_price": "0.00001"}]},
    {"lines": [LINE | {"unit_cost": "Infinity"}]},
    {"lines": [LINE | {"sku": ""}]},
    {"lines": [LINE | {"sku": "nul\u0000"}]},
    {"lines": [LINE | {"sku": "half\ud800"}]},
    {"lines": [LINE | {STRANGE: 1}]},
    {"lines": [LINE | {"sku": f"s{n}", "category": f"c{n}"} for n in range(201)]},
    {"external_id": ""},
    {"external_id": "x" * 201},
    {"customer_id": STRANGE},
    {"customer_external_id": "both"},
    {"comment": STRANGE},
]


async def test_an_invalid_purchase_is_rejected(client, customer_database):
    customer_id = str(await register(client))
    before = await rows(customer_database)
    for overrides in NO_PURCHASES:
        body = json.dumps(make_purchase(customer_id=customer_id) | overrides)
        response = await client.post("/v1/purchases", content=body, headers={"Content-Type": "application/json"})
        assert response.status_code == 422, overrides
        check(response, 422, "validation_failed")
        assert response.json()["errors"]
    assert await rows(customer_database) == before


NO_CUSTOMERS: list[dict[str, object]] = [
    {"name": " "},
    {"name": "x" * 201},
    {"name": "nul\u0000"},
    {"name": None},
    {"kind": STRANGE},
    {"time_zone": STRANGE},
    {"language": STRANGE},
    {"email": STRANGE},
]


async def test_an_invalid_customer_is_rejected(client, customer_database):
    for overrides in NO_CUSTOMERS:
        response = await client.post("/v1/customers", json=make_customer() | overrides)
        assert response.status_code == 422, overrides
        check(response, 422, "validation_failed")
    assert await rows(customer_database) == 0


@pytest.mark.parametrize("body", [b"", b"{", b'{"name": NaN}', b"\xff", b"[" * 5000])
async def test_malformed_json_is_reported_as_malformed(client, body):
    response = await client.post("/v1/customers", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in {400, 422}
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_body_of_more_than_a_mebibyte_is_too_large(client):
    check(await client.post("/v1/purchases", json=make_purchase(external_id="x" * 1024 * 1024)), 413, "too_large")


async def test_a_batch_of_more_than_eight_mebibytes_is_too_large(client):
    response = await client.post("/v1/purchases:batch", json={"items": ["x" * 8 * 1024 * 1024]})
    check(response, 413, "too_large")


CALLS = [
    ("POST", "/v1/customers", "customers:write"),
    ("GET", "/v1/customers", "customers:read"),
    ("GET", "/v1/customers/{id}", "customers:read"),
    ("PATCH", "/v1/customers/{id}", "customers:write"),
    ("POST", "/v1/customers/{id}/merge", "customers:write"),
    ("POST", "/v1/customers/{id}/unmerge", "customers:write"),
    ("POST", "/v1/customers:lookup", "contacts:read"),
    ("POST", "/v1/customers/{id}/contacts", "contacts:write"),
    ("GET", "/v1/customers/{id}/contacts", "customers:read"),
    ("GET", "/v1/customers/{id}/contacts/{id}", "customers:read"),
    ("PATCH", "/v1/customers/{id}/contacts/{id}", "contacts:write"),
    ("POST", "/v1/customers/{id}/contacts/{id}:send-code", "contacts:write"),
    ("POST", "/v1/customers/{id}/contacts/{id}:verify", "contacts:write"),
    ("DELETE", "/v1/customers/{id}/contacts/{id}", "contacts:write"),
    ("GET", "/v1/customers/{id}/consents", "customers:read"),
    ("PUT", "/v1/customers/{id}/consents/marketing/mail", "contacts:write"),
    ("GET", "/v1/customers/{id}/consents/history", "contacts:read"),
    ("POST", "/v1/contacts:permit", "contacts:read"),
    ("GET", "/v1/messages", "customers:read"),
    ("GET", "/v1/messages/templates", "settings:read"),
    ("GET", "/v1/messages/templates/{id}/zh", "settings:read"),
    ("PUT", "/v1/messages/templates/{id}/zh", "settings:write"),
    ("DELETE", "/v1/messages/templates/{id}/zh", "settings:write"),
    ("POST", "/v1/messages/templates/{id}/zh:preview", "settings:read"),
    ("GET", "/v1/customers/{id}/messages", "customers:read"),
    ("GET", "/v1/customers/{id}/relations", "customers:read"),
    ("POST", "/v1/customers/{id}/relations", "customers:write"),
    ("DELETE", "/v1/customers/{id}/relations/{id}", "customers:write"),
    ("GET", "/v1/customers/{id}/tags", "customers:read"),
    ("PUT", "/v1/customers/{id}/tags/{id}", "customers:write"),
    ("DELETE", "/v1/customers/{id}/tags/{id}", "customers:write"),
    ("GET", "/v1/customers/{id}/profile/basics", "customers:read"),
    ("PUT", "/v1/customers/{id}/profile/basics", "customers:write"),
    ("GET", "/v1/customers/{id}/profile/basics/history", "customers:read"),
    ("PUT", "/v1/customers/{id}/profile/basics/id_number/verification", "profiles:sensitive:write"),
    ("GET", "/v1/customers:sensitive-reads", "admin:read"),
    ("GET", "/v1/customers/{id}/hand-over", "customers:read"),
    ("POST", "/v1/customers/{id}/hand-over", "customers:write"),
    ("GET", "/v1/customers/{id}/classification", "customers:read"),
    ("GET", "/v1/customers/{id}/classification/overrides", "customers:read"),
    ("PUT", "/v1/customers/{id}/classification/key_account", "customers:write"),
    ("DELETE", "/v1/customers/{id}/classification/key_account", "customers:write"),
    ("GET", "/v1/customers/classification-rules/{id}", "settings:read"),
    ("PUT", "/v1/customers/classification-rules/{id}", "settings:write"),
    ("GET", "/v1/customers/promises", "customers:read"),
    ("GET", "/v1/customers/{id}/promises", "customers:read"),
    ("POST", "/v1/customers/{id}/promises", "customers:write"),
    ("GET", "/v1/customers/{id}/promises/{id}", "customers:read"),
    ("POST", "/v1/customers/{id}/promises/{id}/settle", "customers:write"),
    ("GET", "/v1/customers/{id}/quotes", "customers:read"),
    ("POST", "/v1/customers/{id}/quotes", "customers:write"),
    ("GET", "/v1/customers/{id}/quotes/{id}", "customers:read"),
    ("POST", "/v1/customers/{id}/quotes/{id}/withdraw", "customers:write"),
    ("GET", "/v1/customers/{id}/needs", "customers:read"),
    ("POST", "/v1/customers/{id}/needs", "customers:write"),
    ("GET", "/v1/customers/{id}/needs/{id}", "customers:read"),
    ("PATCH", "/v1/customers/{id}/needs/{id}", "customers:write"),
    ("DELETE", "/v1/customers/{id}/needs/{id}", "customers:write"),
    ("POST", "/v1/purchases", "purchases:write"),
    ("POST", "/v1/purchases:batch", "purchases:write"),
    ("POST", "/v1/customers:batch", "customers:write"),
    ("GET", "/v1/customers/by-external-id/{id}", "customers:read"),
    ("PUT", "/v1/customers/by-external-id/{id}", "customers:write"),
    ("GET", "/v1/purchases/returns", "purchases:read"),
    ("GET", "/v1/purchases/{id}/returns", "purchases:read"),
    ("GET", "/v1/referrals", "customers:read"),
    ("GET", "/v1/purchases/{id}", "purchases:read"),
    ("POST", "/v1/purchases/{id}/returns", "purchases:write"),
    ("GET", "/v1/customers/{id}/timeline", "customers:read"),
    ("GET", "/v1/customers/service-points", "customers:read"),
    ("GET", "/v1/customers/service-points/{id}", "customers:read"),
    ("PUT", "/v1/customers/service-points/{id}", "settings:write"),
    ("GET", "/v1/customers/service-points/{id}/touchpoints", "purchases:read"),
    ("GET", "/v1/customers/{id}/touchpoints", "customers:read"),
    ("POST", "/v1/interactions", "customers:write"),
    ("POST", "/v1/referrals", "customers:write"),
    ("POST", "/v1/imports/customers", "customers:write"),
    ("POST", "/v1/imports/purchases", "purchases:write"),
    ("GET", "/v1/imports/customers/{id}", "customers:read"),
    ("GET", "/v1/imports/purchases/{id}", "purchases:read"),
    ("GET", "/v1/purchases", "purchases:read"),
    ("GET", "/v1/interactions", "customers:read"),
    ("POST", "/v1/webhooks", "settings:write"),
    ("GET", "/v1/webhooks", "settings:read"),
    ("GET", "/v1/webhooks/{id}", "settings:read"),
    ("PATCH", "/v1/webhooks/{id}", "settings:write"),
    ("DELETE", "/v1/webhooks/{id}", "settings:write"),
    ("GET", "/v1/webhooks/{id}/deliveries", "settings:read"),
    ("POST", "/v1/webhooks/{id}:replay", "settings:write"),
    ("POST", "/v1/webhooks/{id}:rotate-secret", "settings:write"),
    ("POST", "/v1/webhooks/{id}:test", "settings:write"),
    ("GET", "/v1/events", "customers:read"),
    ("GET", "/v1/imports/customers/{id}/errors", "customers:read"),
    ("GET", "/v1/imports/purchases/{id}/errors", "purchases:read"),
]


async def test_every_call_is_in_the_list_of_scopes(app):
    documented = {
        (method.upper(), path)
        for path, methods in app.openapi()["paths"].items()
        # Every service has the administration, and every list its files: tests/common/http.
        if path.startswith("/v1/") and not path.startswith("/v1/admin/") and not path.endswith(".{file_format}")
        for method in methods
    }
    documented = {(method, path) for method, path in documented if not path.endswith(".{file_format}")}  # of lists
    listed = {(method, path.split("/{")[0]) for method, path, _ in CALLS}
    assert {(method, path.split("/{")[0]) for method, path in documented} == listed
    assert len(documented) == len(CALLS)


async def test_no_call_goes_without_a_token(app):
    async with make_client(app) as anonymous:
        for method, path, _ in CALLS:
            check(await anonymous.request(method, path.replace("{id}", SOME_ID), json={}), 401, "unauthenticated")


async def test_no_call_goes_with_the_scope_of_another(app, customer_database, clock):
    for missing in {scope for _, _, scope in CALLS}:
        scopes = frozenset(scope for _, _, scope in CALLS) - {missing}
        token = await make_token(customer_database, now=clock.now(), scopes=scopes)
        async with make_client(app, token) as client:
            for method, path, scope in CALLS:
                if scope == missing:
                    response = await client.request(method, path.replace("{id}", SOME_ID), json={})
                    check(response, 403, "scope_missing")


async def test_an_idempotency_key_of_another_request_is_rejected(client):
    headers = {"Idempotency-Key": "once"}
    first = await client.post("/v1/customers", json=make_customer(), headers=headers)
    assert first.status_code == 201
    check(await client.post("/v1/customers", json=make_customer(), headers=headers), 422, "idempotency_key_reused")
