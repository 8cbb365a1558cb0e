"""Requests of the customer service, and the calls that most tests begin with."""

from itertools import count
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from heed_common.contracts.event import Envelope
from heed_common.database import Database

OUTBOX = text("SELECT payload FROM outbox ORDER BY seq")
_NUMBERS = count(1)


def make_customer(**overrides: Any) -> dict[str, Any]:
    return {"kind": "individual", "name": "Li Wei", "external_id": f"c-{next(_NUMBERS)}"} | overrides


def make_line(**overrides: Any) -> dict[str, Any]:
    line = {"sku": "cd-1", "category": "music", "quantity": "3", "unit_price": "9.99", "unit_cost": "6"}
    return {name: value for name, value in (line | overrides).items() if value is not None}


def make_purchase(**overrides: Any) -> dict[str, Any]:
    purchase = {
        "external_id": f"p-{next(_NUMBERS)}",
        "occurred_at": "2026-03-01T10:00:00Z",
        "currency": "USD",
        "lines": [make_line()],
    }
    return {name: value for name, value in (purchase | overrides).items() if value is not None}


def make_return(**overrides: Any) -> dict[str, Any]:
    return {
        "external_id": f"r-{next(_NUMBERS)}",
        "occurred_at": "2026-03-02T10:00:00Z",
        "lines": [{"sku": "cd-1", "quantity": "1"}],
        "reason": "faulty",
    } | overrides


def make_interaction(**overrides: Any) -> dict[str, Any]:
    return {
        "kind": "advice", "channel": "phone", "occurred_at": "2026-03-02T09:00:00Z", "cost": "4.50",
        "campaign": "spring", "promise": "A new catalogue by Friday.",
    } | overrides  # fmt: skip


async def register(client: httpx.AsyncClient, **overrides: Any) -> UUID:
    response = await client.post("/v1/customers", json=make_customer(**overrides))
    assert response.status_code == 201, response.text
    return UUID(response.json()["id"])


async def buy(client: httpx.AsyncClient, **overrides: Any) -> dict[str, Any]:
    if not {"customer_id", "customer_external_id"} & overrides.keys():
        overrides["customer_id"] = str(await register(client))
    response = await client.post("/v1/purchases", json=make_purchase(**overrides))
    assert response.status_code == 201, response.text
    purchase: dict[str, Any] = response.json()
    return purchase


async def get_customer(client: httpx.AsyncClient, customer_id: UUID) -> dict[str, Any]:
    response = await client.get(f"/v1/customers/{customer_id}")
    assert response.status_code == 200
    customer: dict[str, Any] = response.json()
    return customer


async def post_merge(client: httpx.AsyncClient, action: str, survivor: UUID, duplicate: UUID) -> httpx.Response:
    """Merge or un-merge; the response may be an error."""
    return await client.post(f"/v1/customers/{survivor}/{action}", json={"duplicate_id": str(duplicate)})


async def merge(client: httpx.AsyncClient, duplicate: UUID, *, into: UUID) -> httpx.Response:
    response = await post_merge(client, "merge", into, duplicate)
    assert response.status_code == 200, response.text
    return response


async def put_consent(
    client: httpx.AsyncClient, customer_id: UUID, purpose: str, channel: str, **overrides: Any
) -> httpx.Response:
    """Record a decision, by default a grant."""
    body = {"granted": True, "source": "form"} | overrides
    response = await client.put(f"/v1/customers/{customer_id}/consents/{purpose}/{channel}", json=body)
    assert response.status_code == 200, response.text
    return response


async def staged(database: Database, kind: str = "") -> list[Envelope]:
    """Return the events in the outbox, in order; with a kind only those whose type begins with it."""
    async with database.transaction() as session:
        payloads = (await session.execute(OUTBOX)).scalars().all()
    envelopes = [Envelope.model_validate_json(payload) for payload in payloads]
    return [envelope for envelope in envelopes if envelope.type.startswith(kind)]
