"""Import files, their upload and their progress."""

import csv
import io
import json
from typing import Any

import httpx

from heed_customer.imports.processing.job import ImportJob

CSV = {"Content-Type": "text/csv"}
NDJSON = {"Content-Type": "application/x-ndjson; charset=utf-8"}


def ndjson(items: list[Any]) -> bytes:
    return b"".join(json.dumps(item).encode() + b"\n" for item in items)


def table(rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def make_row(**overrides: str) -> dict[str, str]:
    return {
        "external_id": "p-1", "customer_external_id": "shop-1", "occurred_at": "2026-03-01T10:00:00Z",
        "currency": "USD", "sku": "cd-1", "category": "music", "quantity": "1", "unit_price": "9.99", "unit_cost": "",
    } | overrides  # fmt: skip


async def upload(client: httpx.AsyncClient, path: str, content: Any, headers: dict[str, str]) -> str:
    response = await client.post(f"/v1/imports/{path}", content=content, headers=headers)
    assert response.status_code == 202, response.text
    assert response.headers["location"] == f"/v1/imports/{path}/{response.json()['id']}"
    location: str = response.headers["location"]
    return location


async def process_all(import_job: ImportJob) -> int:
    chunks = 0
    while await import_job.process_next_chunk():
        chunks += 1
    return chunks


async def progress(client: httpx.AsyncClient, location: str) -> dict[str, Any]:
    response = await client.get(location)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def counts(total: int, *, failed: int = 0) -> dict[str, int]:
    return {"total": total, "done": total, "ok": total - failed, "failed": failed}
