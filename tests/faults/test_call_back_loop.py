"""Complaint → call-back → complaint: whatever is killed, each customer is invited once, each response counts once."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import TextClause, text

from heed_common.broker.postgres.bus import PostgresBus
from heed_common.broker.topics import topic_settings
from heed_common.database import Database
from heed_common.decoding import decode
from heed_common.occurrence import DEFAULT_EARLIEST
from heed_complaint.lifecycle.transitions.rules import Action
from heed_survey.call_backs.service import SURVEY_ID
from heed_survey.responses import service as responses
from heed_survey.responses.rules import NewResponse
from tests.complaint.factories.complaints import open_complaint, walk
from tests.conftest import NOON
from tests.databases import PLATFORM, Databases
from tests.faults.loop_processes import call_back_at_once, handle_complaints
from tests.faults.processes import started

pytestmark = [pytest.mark.asyncio, pytest.mark.slow, pytest.mark.alone]

PATIENCE = 120.0
INVITED = text("SELECT count(*) FROM complaint WHERE call_back_state = 'due'")
FOLLOWED = text("SELECT count(*) FROM complaint WHERE state IN ('called_back', 'accepted')")
OUTBOX_EMPTY = text("SELECT CAST(count(*) = 0 AS int) FROM outbox")
# All groups begin again: everything is delivered a second time.
FORGET_POSITIONS = text("DELETE FROM log_position")
CAUGHT_UP = text("""
    SELECT CAST(count(*) = 0 AS int)
    FROM (VALUES ('heed-complaint', 'heed.survey'), ('heed-survey', 'heed.complaint')) AS reader(name, topic)
    JOIN log_partition USING (topic)
    LEFT JOIN log_position ON log_position.topic = reader.topic AND consumer_group = reader.name
        AND log_position.partition = log_partition.partition
    WHERE log_partition.next_offset > coalesce(log_position.next_offset, 0)
""")


@pytest_asyncio.fixture
async def log(databases: Databases) -> AsyncIterator[str]:
    name = await databases.clone(PLATFORM)
    bus = PostgresBus(Database(databases.url(name), pool_size=4))
    await bus.apply_topics(topic_settings(12))
    await bus.close()
    yield databases.url(name)
    await databases.drop(name)


def address(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


async def one(database: Database, query: TextClause) -> int:
    async with database.transaction() as session:
        return int((await session.execute(query)).scalar_one())


async def until(database: Database, query: TextClause, *, at_least: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await one(database, query) < at_least:
            await asyncio.sleep(0.02)


class Services:
    """The workers of the complaint and the survey service, and where they look."""

    def __init__(self, complaints: Database, surveys: Database, log: str, *, count: int, kills: int) -> None:
        self.complaints, self.surveys, self.log = complaints, surveys, log
        self.chance, self.count, self.kills = random.Random(7), count, kills

    async def work(self, database: Database, query: TextClause) -> None:
        """Until it is done, both being killed again and again on the way."""
        for kill in range(1, self.kills + 1):
            with self._both():
                await until(
                    database, query, at_least=int(self.count * (kill - self.chance.random()) / (self.kills + 1))
                )
        with self._both():
            await until(database, query, at_least=self.count)
            await until(self.complaints, OUTBOX_EMPTY, at_least=1)
            await until(self.surveys, OUTBOX_EMPTY, at_least=1)

    async def hear_everything_again(self) -> None:
        log = Database(self.log, pool_size=2)
        async with log.transaction() as session:
            await session.execute(FORGET_POSITIONS)
        with self._both():
            await until(log, CAUGHT_UP, at_least=1)
        await log.close()

    def _both(self) -> ExitStack:
        stack = ExitStack()
        stack.enter_context(started(handle_complaints, address(self.complaints), self.log))
        stack.enter_context(started(call_back_at_once, address(self.surveys), self.log))
        return stack


async def test_killed_again_and_again_each_customer_is_invited_once_and_each_response_counts_once(
    complaint_database, survey_database, log, repetitions
):
    count, kills = repetitions(quick=20, full=60), repetitions(quick=1, full=4)
    services = Services(complaint_database, survey_database, log, count=count, kills=kills)
    async with complaint_database.transaction() as session:
        cases = [await open_complaint(session, now=NOON) for _ in range(count)]
        for case in cases:
            await walk(session, case, Action.ACCEPT, Action.COMPLETE, now=NOON)
    await services.work(survey_database, INVITED)

    low = {case.complaint.id for case in cases[::2]}
    async with survey_database.transaction() as session:
        for case in cases:
            answers = {"solved": int(case.complaint.id not in low), "pleasant": 4}
            new = NewResponse(answers, complaint_id=case.complaint.id)
            await responses.record_response(session, survey_id=SURVEY_ID, new=new, earliest=DEFAULT_EARLIEST, now=NOON)
    await services.work(complaint_database, FOLLOWED)
    await services.hear_everything_again()

    assert await one(complaint_database, text("SELECT count(*) FROM complaint")) == count
    published = await everything(log)
    for name, expected in (
        ("heed.invitation.issued.v1", {case.complaint.id: 1 for case in cases}),
        ("heed.complaint.called_back.v1", {case.complaint.id: 1 for case in cases}),
        ("heed.complaint.reopened.v1", dict.fromkeys(low, 1)),
    ):
        assert published[name] == expected, name


async def everything(log: str) -> dict[str, Counter[UUID]]:
    """By type the number of events of each complaint; an event that was sent twice counts once."""
    bus = PostgresBus(Database(log, pool_size=4))
    subscriber = bus.subscriber(group=None, topics=["heed.complaint", "heed.survey"])
    await subscriber.start()
    seen: dict[UUID, tuple[str, UUID]] = {}
    while records := await subscriber.poll(max_records=5_000, wait=1):
        for one_received in map(decode, records):
            about = getattr(one_received.event, "complaint_id", None)
            seen[one_received.id] = (one_received.event.full_type(), about)
    await subscriber.stop()
    await bus.close()
    found: dict[str, Counter[UUID]] = {}
    for name, about in seen.values():
        found.setdefault(name, Counter())[about] += 1
    return found
