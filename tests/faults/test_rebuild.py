"""A rebuild beside the running worker, and one that is ended anywhere: nothing is lost and nothing is half."""

import asyncio
import os
import subprocess
import sys
from uuid import UUID

import pytest
from sqlalchemy import text

from heed_common.progress import Progress
from heed_scoring.rebuild import report
from heed_scoring.rebuild.replay import replay
from tests.common.broker.brokers import publish
from tests.faults.interruptions import cut_at, is_cancelled_at
from tests.faults.processes import NoonClock, started, work_as_scoring
from tests.faults.test_exactly_once import line, on_both_brokers
from tests.scoring.factories import make_complaint, make_merge, make_purchase, make_registration
from tests.scoring.replays import open_shop, random_life

pytestmark = [pytest.mark.asyncio, pytest.mark.slow, pytest.mark.alone]
__all__ = ["line"]

ANN, BOB = UUID(int=1), UUID(int=2)
PATIENCE = 180.0
SEEN = text("SELECT count(DISTINCT event_id) FROM ledger")
STATE = text(
    "SELECT CAST(facts AS jsonb), survivor_id, published_numbers "
    "FROM customer JOIN customer_facts USING (customer_id) ORDER BY customer_id"
)
SCHEMAS = text("SELECT count(*) FROM pg_namespace WHERE nspname IN ('rebuild', 'replaced')")


@on_both_brokers
async def test_rebuilt_and_exchanged_again_and_again_under_a_worker_at_work_nothing_is_lost(
    scoring_database, line, repetitions
):
    bus = line.bus
    messages = random_life(events=repetitions(quick=1000, full=3000), seed=11)
    published, exchanges = len({message.value for message in messages}), 0
    url = scoring_database.url.render_as_string(hide_password=False)
    with started(work_as_scoring, url, line.address, line.log_url):
        exchanged_often = asyncio.Event()
        feeding = asyncio.create_task(_feed(bus, messages, until=exchanged_often))
        async with asyncio.timeout(PATIENCE):
            while not feeding.done() or await _one(scoring_database, SEEN) < published:
                replayed = await _replay(scoring_database, bus, swap=True)
                assert replayed.identical, report.text(replayed, seconds=0)
                exchanges += 1
                if exchanges > 2:
                    exchanged_often.set()
        await feeding
    assert exchanges > 2
    replayed = await _replay(scoring_database, bus)
    assert replayed.identical, report.text(replayed, seconds=0)
    assert (replayed.read.events, replayed.read.waiting) == (published, 0)
    output = await _as_an_operator(url, line)
    assert f" {published:,} events in the rebuilt ledger" in output
    assert "\nidentical" in output


async def _as_an_operator(url, line):
    """What the service's own command prints."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("HEED_")}
    named = {"HEED_SCORING_DATABASE_URL": url, "HEED_BUS": line.address, "HEED_LOG_DATABASE_URL": line.log_url}
    command = [sys.executable, "-m", "heed_scoring", "replay"]
    done = await asyncio.to_thread(
        subprocess.run, command, env=own | named, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def _feed(bus, messages, *, until):
    """Publish the messages, the last ones only after several exchanges: a busy machine makes few in the time."""
    for start in range(0, len(messages), 100):
        if start + 100 >= len(messages):
            await until.wait()
        await publish(bus, messages[start : start + 100])
        await asyncio.sleep(0.1)


async def _replay(database, bus, *, swap=False):
    return await replay(database, bus, clock=NoonClock(), swap=swap, progress=Progress(print))


async def _one(database, query):
    async with database.transaction() as session:
        return (await session.execute(query)).scalar_one()


async def _state(database):
    async with database.transaction() as session:
        return [tuple(row) for row in await session.execute(STATE)]


@pytest.mark.parametrize("ended", ["output to go", "cut off"])
async def test_an_exchange_that_is_ended_anywhere_leaves_one_whole_state_and_the_next_one_works(
    scoring_database, clock, ended, repetitions
):
    shop = await open_shop(scoring_database, clock)
    await shop.deliver(
        make_registration(ANN), make_registration(BOB), make_purchase(ANN, days_ago=40), make_complaint(BOB)
    )
    await shop.deliver((make_merge(ANN, BOB), 2))
    before = await _state(scoring_database)
    nth, more = 1, True
    while more:
        if ended == "output to go":
            more = await is_cancelled_at(shop.replay(swap=True), nth)
        else:
            with cut_at(scoring_database, nth) as cuts:
                await asyncio.gather(shop.replay(swap=True), return_exceptions=True)
            more = cuts.made > 0
        assert await _state(scoring_database) == before
        nth += repetitions(quick=9, full=3)
    assert nth > 60
    await shop.replay(swap=True)
    assert await _state(scoring_database) == before
    assert (await shop.replay()).identical
    assert await _one(scoring_database, SCHEMAS) == 1
