"""A scoring service on a database of its own, and clients of its HTTP API."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_scoring.app import create_app
from heed_scoring.settings import Settings
from tests.app_cache import laid_out
from tests.common.sample_app import make_client, make_token


@pytest.fixture(scope="session")
def scoring_settings() -> Settings:
    return Settings(database_url="postgresql://nobody@127.0.0.1:1/nothing")


@pytest.fixture
def resources(scoring_database: Database, clock: FakeClock) -> Resources:
    return Resources(scoring_database, clock, Metrics("scoring"))


@pytest.fixture
def app(scoring_settings: Settings, resources: Resources) -> FastAPI:
    return laid_out(create_app(scoring_settings, resources))


@pytest_asyncio.fixture
async def client(app: FastAPI, resources: Resources, clock: FakeClock) -> AsyncIterator[httpx.AsyncClient]:
    """May do everything."""
    token = await make_token(resources.database, now=clock.now())
    async with make_client(app, token) as client:
        yield client
