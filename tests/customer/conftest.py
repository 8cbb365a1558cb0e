"""Fixtures of the customer service: session, app, client and import job."""

from collections.abc import AsyncIterator
from decimal import Decimal

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.broker.memory import MemoryBus
from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_common.encryption import FieldCipher, new_key, parse_keys
from heed_common.metrics import Metrics
from heed_common.occurrence import DEFAULT_EARLIEST
from heed_common.resources import Resources
from heed_customer.app import create_app
from heed_customer.imports.processing.job import ImportJob
from heed_customer.imports.rules import ProcessingSettings
from heed_customer.settings import Settings
from tests.app_cache import laid_out
from tests.common.sample_app import make_client, make_token

CONTACT_KEY = new_key()


@pytest_asyncio.fixture
async def session(customer_database: Database) -> AsyncIterator[AsyncSession]:
    async with customer_database.transaction() as session:
        yield session


@pytest.fixture(scope="session")
def customer_settings() -> Settings:
    """To read the environment and to check it takes as long as to make the app; the settings are frozen."""
    return Settings(database_url="postgresql://nobody@127.0.0.1:1/nothing", contact_keys=CONTACT_KEY)


@pytest.fixture
def app(customer_settings: Settings, customer_database: Database, clock: FakeClock) -> FastAPI:
    return laid_out(
        create_app(customer_settings, Resources(customer_database, clock, Metrics("customer"), MemoryBus()))
    )


@pytest_asyncio.fixture
async def client(app: FastAPI, customer_database: Database, clock: FakeClock) -> AsyncIterator[httpx.AsyncClient]:
    """A client with all scopes."""
    token = await make_token(customer_database, now=clock.now())
    async with make_client(app, token) as client:
        yield client


@pytest.fixture
def import_job(customer_database: Database, clock: FakeClock) -> ImportJob:
    return ImportJob(
        customer_database,
        clock=clock,
        metrics=Metrics("customer"),
        settings=ProcessingSettings(Decimal("0.30"), DEFAULT_EARLIEST, "CN", FieldCipher(parse_keys(CONTACT_KEY))),
    )
