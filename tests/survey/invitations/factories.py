"""Calls that the tests of invitations begin with."""

from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import text

from heed_common.database import Database
from tests.survey.factories import create_published

STUDY = {
    "purpose": "Find out what to improve",
    "nature": "conclusive",
    "population": "All customers",
    "method": "web",
    "report_due": "2026-06-30",
    "responsible": "Customer research",
}


async def publish_anonymous(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    return await create_published(client, template="satisfaction", anonymous=True, study=STUDY, **body)


def customers(number: int) -> list[str]:
    return [str(uuid4()) for _ in range(number)]


async def invite(
    client: httpx.AsyncClient, survey: dict[str, Any], customer_ids: list[str], **body: Any
) -> dict[str, Any]:
    path = f"/v1/surveys/{survey['id']}/invitations"
    params = {"dry_run": "true"} if body.pop("dry_run", False) else {}
    response = await client.post(path, json={"customer_ids": customer_ids} | body, params=params)
    assert response.status_code == 202, response.text
    found: dict[str, Any] = response.json()
    return found


async def invite_to_new(client: httpx.AsyncClient, *customer_ids: str, **body: Any) -> dict[str, Any]:
    """Publish a survey, invite the customers, and return the survey."""
    survey = await create_published(client)
    await invite(client, survey, list(customer_ids), **body)
    return survey


async def list_invitations(client: httpx.AsyncClient, survey: dict[str, Any], **params: str) -> list[dict[str, Any]]:
    response = await client.get(f"/v1/surveys/{survey['id']}/invitations", params=params)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def states(client: httpx.AsyncClient, survey: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    """State and reason by customer."""
    items = await list_invitations(client, survey)
    return {item["customer_id"]: (item["state"], item["reason"]) for item in items}


async def dispositions(client: httpx.AsyncClient, survey: dict[str, Any]) -> dict[str, int]:
    response = await client.get(f"/v1/surveys/{survey['id']}/invitations/dispositions")
    assert response.status_code == 200, response.text
    counts: dict[str, int] = response.json()["counts"]
    return counts


def ids(*texts: str) -> list[UUID]:
    return [UUID(text) for text in texts]


TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")


async def dump_of(database: Database) -> str:
    """Return all rows of all tables as text, as a dump of the database shows them."""
    parts = []
    async with database.transaction() as session:
        for table in await session.scalars(TABLES):
            rows = await session.scalars(text(f'SELECT "{table}"::text FROM "{table}"'))  # noqa: S608 - a table name
            parts += [f"{table}: {row}" for row in rows]
    return "\n".join(parts)
