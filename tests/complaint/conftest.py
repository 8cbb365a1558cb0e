"""A complaint service's database for each test."""

from collections.abc import AsyncIterator

import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.database import Database


@pytest_asyncio.fixture
async def session(complaint_database: Database) -> AsyncIterator[AsyncSession]:
    async with complaint_database.transaction() as session:
        yield session
