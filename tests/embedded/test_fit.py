"""`heed fit` as an operator runs it, on a database that the environment names."""

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


async def test_a_model_is_learnt_and_speaks_only_if_it_is_promoted(databases):
    name = await databases.clone("heed_scoring")
    database = Database(databases.url(name))
    events = [make_purchase(UUID(int=n + 1), days_ago=days) for n in range(40) for days in (200, 150 - n, 90 - 2 * n)]
    async with database.transaction() as session:
        await handlers.process_batch(session, as_batch(events), clock=FakeClock(NOON))
    told = await fit(databases.url(name), "--until", "2026-03-01")
    assert (told.returncode, told.stderr) == (0, "")
    learnt = json.loads(told.stdout)
    assert learnt["diagnostics"]["customers"] == 40
    champion = text("SELECT model_version FROM champion")
    async with database.transaction() as session:
        assert await session.scalar(champion) == "prior-1"
    assert (await fit(databases.url(name), "--until", "2026-03-01", "--promote")).returncode == 0
    async with database.transaction() as session:
        assert await session.scalar(champion) == learnt["version"]
    await database.close()
    await databases.drop(name)


async def test_nothing_to_learn_from_is_said(databases):
    name = await databases.clone("heed_scoring")
    told = await fit(databases.url(name))
    assert told.returncode == 1
    assert told.stderr.strip() == "Nothing was learnt: nobody_repeated."
    await databases.drop(name)
