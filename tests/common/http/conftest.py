"""The sample service on a database of its own, and a client that may do everything there."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlalchemy import text

from heed_common.clock import FakeClock
from heed_common.database import Database
from tests.common import sample_app
from tests.databases import PLATFORM, Databases

WRITTEN = text(
    "SELECT (SELECT count(*) FROM sample) + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM idempotency)"
)


@pytest_asyncio.fixture
async def database(platform_database: Database) -> Database:
    async with platform_database.transaction() as session:
        await session.execute(sample_app.TABLE)
    return platform_database


@pytest_asyncio.fixture
async def app(database: Database, clock: FakeClock) -> FastAPI:
    settings = sample_app.make_settings(service_token=sample_app.SERVICE_TOKEN)
    return sample_app.create_app(settings, sample_app.make_resources(database, clock))


@pytest_asyncio.fixture
async def client(app: FastAPI, database: Database, clock: FakeClock) -> AsyncIterator[httpx.AsyncClient]:
    token = await sample_app.make_token(database, now=clock.now())
    async with sample_app.make_client(app, token) as client:
        yield client


@pytest.fixture(scope="module")
def untouched_url(databases: Databases) -> Iterator[str]:
    """One database for all tests of a module in which nothing may be written."""
    name = asyncio.run(databases.clone(PLATFORM))
    asyncio.run(_create_samples(databases.url(name)))
    yield databases.url(name)
    asyncio.run(databases.drop(name))


@pytest_asyncio.fixture
async def untouched(untouched_url: str, clock: FakeClock) -> AsyncIterator[httpx.AsyncClient]:
    """A client that may do everything, of a test in which nothing may be written."""
    database = Database(untouched_url, pool_size=4)
    app = sample_app.create_app(sample_app.make_settings(), sample_app.make_resources(database, clock))
    async with sample_app.make_client(app, await sample_app.make_token(database, now=clock.now())) as client:
        yield client
    async with database.transaction() as session:
        assert await session.scalar(WRITTEN) == 0
    await database.close()


async def _create_samples(url: str) -> None:
    database = Database(url, pool_size=2)
    async with database.transaction() as session:
        await session.execute(sample_app.TABLE)
    await database.close()
