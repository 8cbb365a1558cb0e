"""Failed work below the HTTP API: back-off, bisection, and the command for operators."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from heed_common.failed_work import command, repository
from heed_common.failed_work.isolation import RowByRow, all_at_once, isolated
from heed_common.failed_work.service import list_failed_work
from heed_common.metrics import Metrics
from heed_common.tables import FAILED_WORK
from tests.conftest import NOON

JOB = "samples"
MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.asyncio


class Samples:
    """A job on a table of numbers; those in `bad` fail."""

    def __init__(self, database, *bad, error=ValueError):
        self.database, self.bad, self.error = database, set(bad), error
        self.attempts = []

    async def _fail(self, session):
        if self.error is TimeoutError:
            await session.execute(text("SET LOCAL statement_timeout = '20ms'"))
            await session.execute(text("SELECT pg_sleep(10)"))
        raise self.error("poisonous")

    async def piece(self, isolate, *, rows=range(16), now=NOON):
        async with self.database.transaction() as session:
            await session.execute(text("CREATE TABLE IF NOT EXISTS sample_done (number int PRIMARY KEY)"))

            async def process(some):
                self.attempts.append(list(some))
                for number in some:
                    await session.execute(text("INSERT INTO sample_done VALUES (:number)"), {"number": number})
                    if number in self.bad:
                        await self._fail(session)

            await isolate(session, JOB, list(rows), process, key=str, now=now)
            return True

    async def run(self, **options):
        async def piece(isolate):
            return await self.piece(isolate, **options)

        return await isolated(piece, name=JOB, metrics=Metrics("samples"))

    async def done(self):
        async with self.database.transaction() as session:
            return set(await session.scalars(text("SELECT number FROM sample_done")))

    async def failed(self):
        async with self.database.transaction() as session:
            return {row.key: row for row in await list_failed_work(session)}


async def test_without_a_failure_all_rows_are_one_attempt(platform_database):
    samples = Samples(platform_database)
    await samples.run()
    assert samples.attempts == [list(range(16))]
    assert await samples.done() == set(range(16))


@pytest.mark.parametrize("bad", [[0], [7], [15], [3, 4], list(range(16))])
async def test_what_fails_is_found_in_halves_and_the_rest_is_done(platform_database, bad):
    samples = Samples(platform_database, *bad)
    await samples.run()
    assert await samples.done() == set(range(16)) - set(bad)
    assert (await samples.failed()).keys() == set(map(str, bad))
    assert len(samples.attempts) <= 1 + 2 * len(bad) * 5


async def test_a_row_whose_statement_always_times_out_does_not_block_the_others(platform_database):
    samples = Samples(platform_database, 7, error=TimeoutError)
    await samples.run()
    assert await samples.done() == set(range(16)) - {7}
    assert [(row.key, row.error) for row in (await samples.failed()).values()] == [("7", "DBAPIError")]


async def test_a_row_that_fails_again_waits_twice_as_long_up_to_an_hour(platform_database):
    samples, now = Samples(platform_database, 1), NOON
    waits = []
    for attempt in range(10):
        await samples.run(rows=[1], now=now)
        (row,) = (await samples.failed()).values()
        assert (row.attempts, row.first_failed_at, row.error) == (attempt + 1, NOON, "ValueError")
        waits.append(row.next_attempt_at - now)
        now = row.next_attempt_at
    assert waits == [min(MINUTE / 2 * 2**attempt, 60 * MINUTE) for attempt in range(10)]


async def test_what_succeeds_later_is_no_failed_work_any_more(platform_database):
    samples = Samples(platform_database, 1, 2)
    await samples.run(rows=[1, 2, 3])
    samples.bad = {2}
    await samples.run(rows=[1, 2])
    assert (await samples.failed()).keys() == {"2"}
    samples.bad = set()
    await samples.run(rows=[2])
    assert await samples.failed() == {}


@pytest.mark.parametrize("isolate", [all_at_once, RowByRow()])
async def test_an_unavailable_database_is_not_recorded_as_failed_work(platform_database, isolate):
    def away(_):
        return OperationalError("SELECT 1", {}, ConnectionError(), connection_invalidated=True)

    samples = Samples(platform_database, 1, error=away)
    with pytest.raises(OperationalError):
        await samples.piece(isolate)
    async with platform_database.transaction() as session:
        assert (await session.execute(select(FAILED_WORK))).all() == []


async def test_what_was_due_for_two_hours_and_was_not_met_again_is_forgotten_unless_it_was_dropped(platform_database):
    async with platform_database.transaction() as session:
        await repository.upsert(session, JOB, {"gone": "ValueError", "dropped": "ValueError"}, now=NOON)
        await repository.mark_dropped(session, job=JOB, key="dropped", now=NOON)
        due = NOON + repository.FIRST_DELAY
        await repository.delete_forgotten(session, now=due + 120 * MINUTE, limit=9)
        assert await repository.select_keys(session, JOB) == {"gone", "dropped"}
        await repository.delete_forgotten(session, now=due + 121 * MINUTE, limit=9)
        assert await repository.select_keys(session, JOB) == {"dropped"}


@pytest.fixture
def environment(platform_database, monkeypatch):
    url = platform_database.url.render_as_string(hide_password=False).replace("+asyncpg", "")
    monkeypatch.setenv("HEED_SURVEY_DATABASE_URL", url)


@pytest.mark.usefixtures("environment")
class TestCommand:
    async def _run_command(self, capsys, *arguments):
        status = await asyncio.to_thread(command.main, arguments)
        captured = capsys.readouterr()
        return status, captured.out + captured.err

    async def test_it_lists_retries_and_drops(self, platform_database, capsys):
        samples = Samples(platform_database, 1, 2)
        await samples.run(rows=[1, 2])
        status, output = await self._run_command(capsys, "list")
        assert status == 0
        assert "survey · samples · 1 · ValueError" in output
        assert output.count("\n") == 2
        status, output = await self._run_command(capsys, "drop", "--service", "survey", "--job", "samples", "1")
        assert (status, (await samples.failed())["1"].dropped_at is not None) == (0, True)
        assert "dropped" in (await self._run_command(capsys, "list", "--job", "samples"))[1]
        status, output = await self._run_command(capsys, "retry", "--service", "survey", "--all")
        assert (status, output.split(" ")[0]) == (0, "2")
        assert (await samples.failed())["1"].dropped_at is None

    async def test_wrong_usage_is_reported(self, capsys):
        assert await self._run_command(capsys, "list") == (0, "There is no failed work.\n")
        status, output = await self._run_command(capsys, "drop", "--service", "survey", "--job", "samples", "1")
        assert (status, "no such failed work" in output) == (2, True)
        status, output = await self._run_command(capsys, "list", "--service", "scoring")
        assert (status, "HEED_SCORING_DATABASE_URL" in output) == (2, True)
        for wrong in (("drop", "--service", "survey"), ("drop", "--service", "survey", "1")):
            with pytest.raises(SystemExit):
                command.main(wrong)
