"""A release that is killed before or after its commit: no anonymous response is lost, and none is published twice."""

import asyncio
from collections import Counter
from datetime import datetime
from multiprocessing.synchronize import Event

import pytest

from heed_common.business_days import UTC_DAYS
from heed_common.database import Database
from heed_survey.reactions import REACTIONS
from heed_survey.responses.anonymous import service
from tests.conftest import TEST_CIPHER
from tests.faults.processes import started
from tests.forks import FORKS
from tests.survey.factories import create_anonymous, published_events
from tests.survey.responses.anonymous.test_release import RECEIVED, answer, release, rows

pytestmark = [pytest.mark.asyncio, pytest.mark.slow, pytest.mark.alone]

VALUES = (1, 2, 3, 4, 5, 1, 2)


def release_and_wait(url: str, now: datetime, has_released: Event, commits: bool) -> None:
    asyncio.run(_release_and_wait(url, now, has_released, commits))


async def _release_and_wait(url: str, now: datetime, has_released: Event, commits: bool) -> None:
    database = Database(url)
    database.cipher, database.reactions = TEST_CIPHER, REACTIONS
    async with database.transaction() as session:
        await service.release_pools(session, days=UTC_DAYS, now=now)
        await session.flush()
        if not commits:
            await _wait(has_released)
    await _wait(has_released)


async def _wait(has_released: Event) -> None:
    has_released.set()
    await asyncio.sleep(60)


@pytest.mark.parametrize("commits", [False, True], ids=["before its commit", "after its commit"])
async def test_a_killed_release_loses_and_doubles_nothing(client, clock, databases, survey_database, commits):
    surveys = [await create_anonymous(client) for _ in range(3)]
    for survey in surveys:
        await answer(client, survey, *VALUES)
        await client.post(f"/v1/surveys/{survey['id']}/close")
    url = databases.url(str(survey_database.url.database))
    has_released = FORKS.Event()
    with started(release_and_wait, url, clock.now(), has_released, commits):
        assert await asyncio.to_thread(has_released.wait, 60)
    visible = len(await rows(survey_database))
    assert visible == len(await published_events(survey_database, RECEIVED)) == (21 if commits else 0)
    await release(survey_database, clock)
    await release(survey_database, clock)
    stored = await rows(survey_database)
    events = await published_events(survey_database, RECEIVED)
    for survey in surveys:
        own = [row["answers"]["satisfaction"] for row in stored if str(row["survey_id"]) == survey["id"]]
        published = [e.data["answers"][0]["value"] for e in events if e.data["survey_id"] == survey["id"]]
        assert Counter(own) == Counter(published) == Counter(VALUES)
    assert {pool["size"] for pool in await rows(survey_database, "SELECT * FROM response_pool")} == {0}
