"""Complaints of the last weeks that can be counted by hand, and the reports on them."""

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
    async def read(name: str, *, language: str = "en", **asked: object) -> dict[str, Any]:
        answer = await client.get(f"/v1/complaints/reports/{name}", params=asked, headers={"Accept-Language": language})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return read
