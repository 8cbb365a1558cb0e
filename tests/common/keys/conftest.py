"""The platform's application on the databases of two services, and clients with keys of their own."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from heed_common.auth import tokens
from heed_common.auth.api_keys import APIKeys, Token
from heed_common.auth.scopes import SCOPES, TokenInvalid
from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_common.metrics import Metrics
from heed_common.platform.app import create_app
from heed_common.resources import Resources
from tests.common.sample_app import make_client, make_settings
from tests.databases import PLATFORM, Databases

SERVICES = ("customer", "survey")


@pytest.fixture(scope="module")
def urls(databases: Databases) -> Iterator[Mapping[str, str]]:
    """The databases of two services, for all tests of a module: each test has keys of its own."""
    names = {service: asyncio.run(databases.clone(PLATFORM)) for service in SERVICES}
    yield {service: databases.url(name) for service, name in names.items()}
    for name in names.values():
        asyncio.run(databases.drop(name))


@pytest_asyncio.fixture
async def services(urls: Mapping[str, str]) -> AsyncIterator[Mapping[str, Database]]:
    opened = {service: Database(url, pool_size=4) for service, url in urls.items()}
    yield opened
    for database in opened.values():
        await database.close()


@pytest.fixture
def app(services: Mapping[str, Database], clock: FakeClock) -> FastAPI:
    return make_app(services, clock)


@pytest_asyncio.fixture
async def admin(app: FastAPI, services: Mapping[str, Database], clock: FakeClock) -> AsyncIterator[httpx.AsyncClient]:
    """A client with all scopes."""
    async with make_client(app, await tokens.create(services, name="admin", scopes=SCOPES, now=clock.now())) as client:
        yield client


def make_app(services: Mapping[str, Database], clock: FakeClock) -> FastAPI:
    resources = Resources(next(iter(services.values())), clock, Metrics("platform"))
    return create_app(make_settings(), resources, services)


@asynccontextmanager
async def with_scopes(app: FastAPI, services: Mapping[str, Database], *scopes: str) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client whose key has these scopes."""
    now = app.state.resources.clock.now()
    async with make_client(app, await tokens.create(services, name="some", scopes=scopes, now=now)) as client:
        yield client


async def accepted_by(services: Mapping[str, Database], key: str, clock: FakeClock) -> set[str]:
    """Return the services that accept the key, as a process does that has not seen it before."""
    token = Token.parse(key)
    assert token is not None
    accepting = set()
    for service, database in services.items():
        try:
            await APIKeys.of_database(database, clock).authenticate(token)
        except TokenInvalid:
            continue
        accepting.add(service)
    return accepting
