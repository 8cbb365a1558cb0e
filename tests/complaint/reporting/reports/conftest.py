"""Fixtures for reports on complaints that can be counted by hand."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from heed_common.database import Database
from tests.complaint.reporting.reports.cases import Past

Report = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def past(complaint_database: Database) -> Past:
    """What has happened so far."""
    return Past(complaint_database)


@pytest.fixture
def report(client: httpx.AsyncClient) -> Report:
    async def read(name: str, *, language: str = "en", **params: object) -> dict[str, Any]:
        response = await client.get(
            f"/v1/complaints/reports/{name}", params=params, headers={"Accept-Language": language}
        )
        assert response.status_code == 200, response.text
        return response.json()

    return read
