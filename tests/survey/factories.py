"""Requests of the survey service, and the calls that most tests begin with."""

from typing import Any

import httpx
from sqlalchemy import text

from heed_common.contracts.event import Envelope
from heed_common.database import Database

CUSTOMER = "01954f9e-7e3a-7000-8000-000000000001"
TEXTS = {"en": "How was it?", "zh": "怎么样？"}
STUDY = {
    "purpose": "To improve",
    "nature": "conclusive",
    "population": "All customers",
    "method": "web",
    "report_due": "2026-06-30",
    "responsible": "Li",
}
OUTBOX = text("SELECT payload FROM outbox ORDER BY seq")


def make_item(**overrides: Any) -> dict[str, Any]:
    item = {"code": "effort", "text": TEXTS, "measure": "effort", "scale": {"lowest": 1, "highest": 7}}
    return item | overrides


def make_response(**overrides: Any) -> dict[str, Any]:
    return {"customer_id": CUSTOMER, "answers": {"satisfaction": 2}} | overrides


async def create_draft(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    response = await client.post("/v1/surveys", json=body or {"template": "satisfaction"})
    assert response.status_code == 201, response.text
    survey: dict[str, Any] = response.json()
    return survey


async def create_published(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    draft = await create_draft(client, **body)
    response = await client.post(f"/v1/surveys/{draft['id']}/publish")
    assert response.status_code == 200, response.text
    survey: dict[str, Any] = response.json()
    return survey


async def create_anonymous(client: httpx.AsyncClient, *, publish: bool = True, **body: Any) -> dict[str, Any]:
    content = (body or {"template": "satisfaction"}) | {"anonymous": True, "study": STUDY}
    return await (create_published if publish else create_draft)(client, **content)


async def respond(client: httpx.AsyncClient, survey: dict[str, Any], **overrides: Any) -> httpx.Response:
    return await client.post(f"/v1/surveys/{survey['id']}/responses", json=make_response(**overrides))


async def published_events(database: Database, kind: str = "") -> list[Envelope]:
    """Return the events in the outbox, in order; with a kind only those whose type begins with it."""
    async with database.transaction() as session:
        payloads = (await session.scalars(OUTBOX)).all()
    envelopes = [Envelope.model_validate_json(payload) for payload in payloads]
    return [envelope for envelope in envelopes if envelope.type.startswith(kind)]
