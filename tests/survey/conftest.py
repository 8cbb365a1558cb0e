"""Fixtures of the survey service: session, app and client."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_survey.app import create_app
from heed_survey.settings import Settings
from tests.app_cache import laid_out
from tests.common.sample_app import make_client, make_token


@pytest_asyncio.fixture
async def session(survey_database: Database) -> AsyncIterator[AsyncSession]:
    async with survey_database.transaction() as session:
        yield session


@pytest.fixture(scope="session")
def survey_settings() -> Settings:
    """To read the environment and to check it takes as long as to make the app; the settings are frozen."""
    return Settings(database_url="postgresql://nobody@127.0.0.1:1/nothing", public_url="https://heed.example")


@pytest.fixture
def app(survey_settings: Settings, survey_database: Database, clock: FakeClock) -> FastAPI:
    return laid_out(create_app(survey_settings, Resources(survey_database, clock, Metrics("survey"))))


@pytest_asyncio.fixture
async def client(app: FastAPI, survey_database: Database, clock: FakeClock) -> AsyncIterator[httpx.AsyncClient]:
    """A client with all scopes."""
    token = await make_token(survey_database, now=clock.now())
    async with make_client(app, token) as client:
        yield client
