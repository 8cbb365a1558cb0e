"""`heed fit` as an operator runs it, on the database of the environment."""

import asyncio
import json
import os
import subprocess
from uuid import UUID

import pytest
from sqlalchemy import text

from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_scoring import handlers
from tests.forks import run_forked
from tests.scoring.factories import NOON, as_batch, make_purchase

pytestmark = [pytest.mark.asyncio, pytest.mark.slow, pytest.mark.alone]


async def fit(url: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    own = {name: value for name, value in os.environ.items() if not name.startswith("HEED_")}
    own |= {"HEED_SCORING_DATABASE_URL": url}
    return await asyncio.to_thread(run_forked, "heed", "fit", *arguments, environment=own)


async def test_a_fitted_model_is_used_only_if_it_is_promoted(databases):
    name = await databases.clone("heed_scoring")
    database = Database(databases.url(name))
    events = [make_purchase(UUID(int=n + 1), days_ago=days) for n in range(40) for days in (200, 150 - n, 90 - 2 * n)]
    async with database.transaction() as session:
        await handlers.process_batch(session, as_batch(events), clock=FakeClock(NOON))
    result = await fit(databases.url(name), "--until", "2026-03-01")
    assert (result.returncode, result.stderr) == (0, "")
    fitted = json.loads(result.stdout)
    assert fitted["diagnostics"]["customers"] == 40
    champion = text("SELECT model_version FROM champion")
    async with database.transaction() as session:
        assert await session.scalar(champion) == "prior-1"
    assert (await fit(databases.url(name), "--until", "2026-03-01", "--promote")).returncode == 0
    async with database.transaction() as session:
        assert await session.scalar(champion) == fitted["version"]
    await database.close()
    await databases.drop(name)


async def test_a_fit_without_data_fails_with_a_reason(databases):
    name = await databases.clone("heed_scoring")
    result = await fit(databases.url(name))
    assert result.returncode == 1
    assert result.stderr.strip() == "No model was fitted: nobody_repeated."
    await databases.drop(name)
