"""Customers and purchases as callers send them."""

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


async def staged(database: Database, kind: str = "") -> list[Envelope]:
    """The events in the outbox, in order, of one kind if it is named."""
    async with database.transaction() as session:
        payloads = (await session.execute(OUTBOX)).scalars().all()
    envelopes = [Envelope.model_validate_json(payload) for payload in payloads]
    return [envelope for envelope in envelopes if envelope.type.startswith(kind)]
