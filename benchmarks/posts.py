"""Single POSTs of every kind that callers send often, in one API process each, beside bare FastAPI with its inserts.

Beside the rates: microseconds of the processor that the API and PostgreSQL take for one. Purchases are in `writes`.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import httpx

from benchmarks import fixtures, load
from benchmarks.writes import Rounds, Served, print_rate
from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.auth.api_keys import Token, add_key
from heed_common.auth.scopes import SCOPES
from heed_common.database import Database
from heed_common.encryption import new_key

ROUNDS = 5
POSTS = fixtures.scaled(1500)
ITEMS = [f"item_{number}" for number in range(20)]
TEXT = {"en": "How was it?"}

Request = tuple[str, dict[str, Any]]
"""Path and body."""
Prepare = Callable[[httpx.Client], Callable[[], Sequence[Request]]]
"""Creates what the requests need, and returns what makes those of one round."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A POST that is measured."""

    claim: str
    service: str
    prepare: Prepare
    inserts: int
    """Of the reference."""


def measure(cluster: Cluster) -> None:
    """Print the claims."""
    cluster.create_database("bench_bare")
    bare = fixtures.free_port()
    with fixtures.process(
        *("-m", "benchmarks.baseline", str(bare)),
        ready=f"http://127.0.0.1:{bare}/readyz",
        BARE_DATABASE_URL=cluster.url("bench_bare"),
    ) as bare_pid:
        reference = Served(bare, bare_pid, "", "", cluster)
        for service in sorted({kind.service for kind in KINDS}):
            _measure_service(service, reference)


def _measure_service(service: str, reference: Served) -> None:
    name, port, cluster = f"bench_{service}", fixtures.free_port(), reference.cluster
    cluster.create_database(name)
    token = asyncio.run(_migrate(cluster.url(name), f"heed_{service}"))
    environment = {
        f"HEED_{service.upper()}_DATABASE_URL": cluster.url(name),
        "HEED_CONTACT_KEYS": new_key(),
        "HEED_PORT": str(port),
        "HEED_DRAIN_SECONDS": "0",
    }
    ready = f"http://127.0.0.1:{port}/readyz"
    with fixtures.process("-m", f"heed_{service}", "api", ready=ready, **environment) as pid:
        for kind in KINDS:
            if kind.service == service:
                _measure(kind, Served(port, pid, token, "", cluster), reference)


async def _migrate(url: str, package: str) -> str:
    await migrations.upgrade(url, package)
    database, token = Database(url), Token.new()
    async with database.transaction() as session:
        await add_key(session, token, name="bench", scopes=SCOPES, now=datetime.now(UTC))
    await database.close()
    return str(token)


def _measure(kind: Kind, heed: Served, reference: Served) -> None:
    """Measure Heed and the bare server in turns."""
    ours, bare = Rounds(), Rounds()
    address = f"http://127.0.0.1:{heed.port}"
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {heed.token}"}, timeout=120) as client:
        make_requests = kind.prepare(client)
        for _ in range(ROUNDS + 1):
            requests = make_requests()
            _send(heed, requests, ours)
            _send(reference, requests, bare)
    reference_is = f"bare FastAPI + {kind.inserts} asyncpg inserts"
    print_rate(kind.claim, ours, bare, unit="requests/s", reference_is=reference_is)


def _send(server: Served, requests: Sequence[Request], rounds: Rounds) -> None:
    prepared = [
        load.request(path, json.dumps(body).encode(), token=server.token, port=server.port) for path, body in requests
    ]
    send = partial(load.run, server.port, prepared)
    rounds.add(len(requests), lambda: asyncio.run(send()), pid=server.pid, cluster=server.cluster)


def _interactions(client: httpx.Client) -> Callable[[], Sequence[Request]]:
    customer_id = _register(client)
    body = {"customer_id": customer_id, "kind": "advice", "channel": "phone", "cost": "4.50"}
    return lambda: [("/v1/interactions", _now(body)) for _ in range(POSTS)]


def _returns(client: httpx.Client) -> Callable[[], Sequence[Request]]:
    """Each return is of a purchase of its own, which is recorded before the round."""
    customer_id = _register(client)
    line = {"sku": "kettle", "category": "kitchen", "quantity": "1", "unit_price": "79.90", "unit_cost": "41.00"}
    purchase = {"customer_id": customer_id, "currency": "USD", "lines": [line]}
    returned = {"lines": [{"sku": "kettle", "quantity": "1"}], "reason": "faulty"}

    def make_requests() -> Sequence[Request]:
        ids: list[str] = []
        while len(ids) < POSTS:
            items = [_now(purchase) for _ in range(min(1000, POSTS - len(ids)))]
            response = client.post("/v1/purchases:batch", json={"items": items}).raise_for_status()
            ids += [item["id"] for item in response.json()["items"]]
        return [(f"/v1/purchases/{purchase_id}/returns", _now(returned)) for purchase_id in ids]

    return make_requests


def _responses(client: httpx.Client) -> Callable[[], Sequence[Request]]:
    scale = {"lowest": 1, "highest": 5}
    items = [{"code": code, "text": TEXT, "measure": "satisfaction", "scale": scale} for code in ITEMS]
    survey = client.post("/v1/surveys", json={"title": TEXT, "items": items}).raise_for_status().json()
    client.post(f"/v1/surveys/{survey['id']}/publish").raise_for_status()
    path = f"/v1/surveys/{survey['id']}/responses"

    def body(number: int) -> dict[str, Any]:
        answers = {code: 1 + (number + index * index) % 5 for index, code in enumerate(ITEMS)}
        return {"customer_id": str(uuid4()), "external_id": str(uuid4()), "answers": answers}

    return lambda: [(path, body(number)) for number in range(POSTS)]


def _complaints(_: httpx.Client) -> Callable[[], Sequence[Request]]:
    content = {"channel": "phone", "category": "product", "severity": "minor", "description": "The handle is loose."}
    return lambda: [("/v1/complaints", _now(content | {"customer_id": str(uuid4())})) for _ in range(POSTS)]


def _register(client: httpx.Client) -> str:
    response = client.post("/v1/customers", json={"kind": "individual", "name": "Bench"})
    return str(response.raise_for_status().json()["id"])


def _now(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"external_id": str(uuid4()), "occurred_at": datetime.now(UTC).isoformat()}


KINDS = (
    Kind("interaction POSTs", "customer", _interactions, inserts=2),
    Kind("return POSTs", "customer", _returns, inserts=2),
    Kind("response POSTs", "survey", _responses, inserts=2),
    Kind("complaint POSTs", "complaint", _complaints, inserts=4),
)
