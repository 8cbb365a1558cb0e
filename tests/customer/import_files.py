"""Files of customers and purchases, and what a caller does with them."""

import csv
import io
import json
from typing import Any

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


async def upload(client, path: str, content: Any, headers: dict[str, str]) -> str:
    answer = await client.post(f"/v1/imports/{path}", content=content, headers=headers)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/imports/{path}/{answer.json()['id']}"
    location: str = answer.headers["location"]
    return location


async def work_off(imports) -> int:
    chunks = 0
    while await imports.work_off_chunk():
        chunks += 1
    return chunks


async def progress(client, location: str) -> dict[str, Any]:
    answer = await client.get(location)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def counts(total: int, *, failed: int = 0) -> dict[str, int]:
    return {"total": total, "done": total, "ok": total - failed, "failed": failed}
