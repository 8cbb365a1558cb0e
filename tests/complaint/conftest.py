"""A complaint service on a database of its own, and clients of its HTTP API."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_complaint.app import create_app
from heed_complaint.settings import Settings
from tests.app_cache import laid_out
from tests.common.sample_app import make_client, make_token
from tests.complaint.factories.messages import Conversation, deliver_mail
from tests.complaint.intake.email.test_receive_mail import SHARED


@pytest_asyncio.fixture
async def session(complaint_database: Database) -> AsyncIterator[AsyncSession]:
    async with complaint_database.transaction() as session:
        yield session


@pytest.fixture(scope="session")
def complaint_settings() -> Settings:
    """To read the environment and to check it takes as long as to make the app; the settings are frozen."""
    return Settings(database_url="postgresql://nobody@127.0.0.1:1/nothing", intake_mail_secret=SecretStr(SHARED))


@pytest.fixture
def app(complaint_settings: Settings, complaint_database: Database, clock: FakeClock) -> FastAPI:
    return laid_out(create_app(complaint_settings, Resources(complaint_database, clock, Metrics("complaint"))))


@pytest_asyncio.fixture
async def client(app: FastAPI, complaint_database: Database, clock: FakeClock) -> AsyncIterator[httpx.AsyncClient]:
    """May do everything."""
    token = await make_token(complaint_database, now=clock.now())
    async with make_client(app, token) as client:
        yield client


@pytest_asyncio.fixture
async def anonymous(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    async with make_client(app) as anonymous:
        yield anonymous


@pytest.fixture
def send_mail(anonymous: httpx.AsyncClient, clock: FakeClock) -> Callable[..., Awaitable[dict[str, Any]]]:
    """The mail gateway."""
    return partial(deliver_mail, anonymous, clock)


@pytest_asyncio.fixture
async def case(
    client: httpx.AsyncClient, anonymous: httpx.AsyncClient, send_mail: Callable[..., Awaitable[dict[str, Any]]]
) -> Conversation:
    """A complaint that a customer opened by mail, with the two ways back to it."""
    return Conversation(client, anonymous, send_mail, await send_mail())
