"""Fixtures of subscriptions: a broker, an application that reads it, and a worker that delivers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from heed_common.broker.memory import MemoryBus
from heed_common.broker.protocols import Bus
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.metrics import Metrics
from heed_common.outgoing_http.names import Resolve
from heed_common.resources import Resources
from heed_customer.app import create_app
from heed_customer.settings import Settings
from heed_customer.subscriptions.delivery.jobs import WebhookDelivery
from tests.app_cache import laid_out
from tests.common.sample_app import make_client, make_token
from tests.customer.conftest import CONTACT_KEY
from tests.customer.subscriptions.publishing import make_topics
from tests.webhook_receiver import Receiver

LOCAL = {"webhook_allow_http": True, "webhook_allowed_networks": "127.0.0.0/8"}
NAMES = {"rebinding.example": "127.0.0.1", "public.example": "93.184.215.14", "private.example": "10.0.0.7"}
CreateWebhook = Callable[..., Awaitable[dict[str, Any]]]


async def resolve_local(host: str, port: int) -> list[str]:
    """Resolve addresses to themselves, names by this table."""
    return [NAMES.get(host, host)]


def make_settings(**overrides: Any) -> Settings:
    values = {"webhook_max_pause_seconds": 0.1, "webhook_seconds": 2.0} | LOCAL | overrides
    return Settings(database_url="postgresql://nobody@127.0.0.1:1/nothing", contact_keys=CONTACT_KEY, **values)


@pytest_asyncio.fixture
async def bus() -> MemoryBus:
    bus = MemoryBus()
    await make_topics(bus)
    return bus


@pytest.fixture
def resources(customer_database: Database, bus: Bus) -> Resources:
    return Resources(customer_database, SystemClock(), Metrics("customer"), bus)


@pytest.fixture
def app(resources: Resources) -> FastAPI:
    app = laid_out(create_app(make_settings(), resources))
    app.state.webhook_addresses = replace(app.state.webhook_addresses, resolve=resolve_local)
    return app


@pytest_asyncio.fixture
async def client(app: FastAPI, customer_database: Database, resources: Resources) -> AsyncIterator[httpx.AsyncClient]:
    """A client with all scopes."""
    async with make_client(app, await make_token(customer_database, now=resources.clock.now())) as client:
        yield client


@pytest.fixture
def create_webhook(client: httpx.AsyncClient) -> CreateWebhook:
    """Create a webhook for a receiver, which learns the secret."""

    async def create(receiver: Receiver, types: list[str], **fields: Any) -> dict[str, Any]:
        response = await client.post("/v1/webhooks", json={"url": receiver.url, "types": types} | fields)
        assert response.status_code == 201, response.text
        receiver.secret = response.json()["secret"]
        return dict(response.json())

    return create


@asynccontextmanager
async def delivering(
    resources: Resources, bus: Bus, *, resolve: Resolve = resolve_local, **overrides: Any
) -> AsyncIterator[WebhookDelivery]:
    """Run the worker's task; at the end it is stopped as a worker stops it."""
    job = WebhookDelivery(resources, bus, make_settings(**overrides), resolve=resolve)
    task = asyncio.create_task(job.run())
    try:
        yield job
    finally:
        job.stop()
        await task
