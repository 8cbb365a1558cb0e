"""The toy service on a database of its own, and a client that may do everything there."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio
from fastapi import FastAPI

from heed_common.clock import FakeClock
from heed_common.database import Database
from tests.common import toys


@pytest_asyncio.fixture
async def database(platform_database: Database) -> Database:
    async with platform_database.transaction() as session:
        await session.execute(toys.TABLE)
    return platform_database


@pytest_asyncio.fixture
async def app(database: Database, clock: FakeClock) -> FastAPI:
    settings = toys.make_settings(service_token=toys.SERVICE_TOKEN)
    return toys.create_app(settings, toys.make_resources(database, clock))


@pytest_asyncio.fixture
async def client(app: FastAPI, database: Database, clock: FakeClock) -> AsyncIterator[httpx.AsyncClient]:
    token = await toys.make_token(database, now=clock.now())
    async with toys.make_client(app, token) as client:
        yield client
