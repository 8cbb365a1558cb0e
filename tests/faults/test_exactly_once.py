"""Exactly once in effect: whatever is shuffled, doubled and killed, facts and scores are those of a clean run."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import TextClause, text

from heed_common.broker.kafka.bus import KafkaBus
from heed_common.broker.kafka.connection import KafkaConnection
from heed_common.broker.postgres.bus import PostgresBus
from heed_common.broker.protocols import Bus, Message, Record
from heed_common.broker.topics import topic_settings
from heed_common.database import Database
from heed_common.decoding import decode
from heed_scoring import handlers
from heed_scoring.ledger.facts import fold
from tests.common.broker.brokers import publish
from tests.databases import PLATFORM, Databases
from tests.faults.histories import closing_events, make_history, shuffled
from tests.faults.processes import NoonClock, started, work_as_scoring

pytestmark = [pytest.mark.asyncio, pytest.mark.slow, pytest.mark.alone]

DUPLICATES = 0.1
PARTITIONS = 12
PATIENCE = 180.0

STATE = text("""
    SELECT customer_id, CAST(facts AS jsonb), facts_version, published_numbers, scored_on, model_version,
           value_amount, potential, loyalty, probability, value_at_risk
    FROM customer JOIN customer_facts USING (customer_id) ORDER BY customer_id
""")
VERSIONS = text("SELECT customer_id, version FROM customer_facts WHERE version > 0")
SEEN = text("SELECT count(*) FROM ledger WHERE part = 0")
OUTBOX_EMPTY = text("SELECT 1 - count(*) FROM (SELECT 1 FROM outbox LIMIT 1) AS pending")


@dataclass(frozen=True, slots=True)
class Line:
    """A broker, as this process and as the worker's process reach it."""

    bus: Bus
    address: str
    log_url: str


@pytest_asyncio.fixture
async def line(request: pytest.FixtureRequest, databases: Databases) -> AsyncIterator[Line]:
    name = await databases.clone(PLATFORM)
    log_url = databases.url(name)
    if request.param == "kafka":
        server = request.getfixturevalue("kafka_server")
        bus: Bus = KafkaBus(KafkaConnection(server.bootstrap))
        address = server.url
    else:
        bus, address = PostgresBus(Database(log_url, pool_size=6)), "embedded"
    await bus.apply_topics(topic_settings(PARTITIONS))
    yield Line(bus, address, log_url)
    await bus.close()
    await databases.drop(name)


on_both_brokers = pytest.mark.parametrize(
    "line", ["embedded", pytest.param("kafka", marks=pytest.mark.kafka)], indirect=True
)


@on_both_brokers
async def test_a_worker_killed_again_and_again_ends_with_the_facts_and_scores_of_a_clean_run(
    scoring_database, databases, line, repetitions
):
    events, kills = repetitions(quick=3_000, full=20_000), repetitions(quick=3, full=10)
    history = make_history(events=events, seed=1)
    last = closing_events(partitions=PARTITIONS)
    await publish(line.bus, [*shuffled(history, duplicates=DUPLICATES, seed=2), *last])
    await killed_again_and_again(scoring_database, line, total=events + len(last), kills=kills)
    clean = Database(databases.url(await databases.clone("heed_scoring")))
    await take_in_order(clean, [*history, *last])
    assert await state(scoring_database) == await state(clean)
    await clean.close()
    await assert_each_change_was_published_once(scoring_database, line)


async def killed_again_and_again(database: Database, line: Line, *, total: int, kills: int) -> None:
    """Each worker is killed at a random point of its share of the work; the last one may finish."""
    url, chance = database.url.render_as_string(hide_password=False), random.Random(3)
    for kill in range(kills):
        enough = int(total * (kill + chance.random()) / (kills + 1))
        with started(work_as_scoring, url, line.address, line.log_url):
            await until(database, SEEN, at_least=enough)
            await asyncio.sleep(chance.uniform(0, 0.05))
        assert await one(database, SEEN) < total, "every kill is in the middle of the work"
    with started(work_as_scoring, url, line.address, line.log_url):
        await until(database, SEEN, at_least=total)
        await until(database, OUTBOX_EMPTY, at_least=1)


async def until(database: Database, query: TextClause, *, at_least: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await one(database, query) < at_least:
            await asyncio.sleep(0.02)


async def take_in_order(database: Database, history: Sequence[Message]) -> None:
    """The clean run: each event once, in order, by processes that are not killed."""
    for start in range(0, len(history), 500):
        batch = [decode(as_record(message)) for message in history[start : start + 500]]
        async with database.transaction() as session:
            await handlers.process_batch(session, batch, clock=NoonClock())


def as_record(message: Message) -> Record:
    return Record(message.topic, 0, 0, message.key, message.value)


async def state(database: Database) -> list[tuple[object, ...]]:
    async with database.transaction() as session:
        return [tuple(row) for row in await session.execute(STATE)]


async def one(database: Database, query: TextClause) -> int:
    async with database.transaction() as session:
        return int((await session.execute(query)).scalar_one())


async def assert_each_change_was_published_once(database: Database, line: Line) -> None:
    """The scores' topic has every version of every customer, without a gap, in order."""
    versions_read: dict[UUID, list[int]] = defaultdict(list)
    seen: set[UUID] = set()
    subscriber = line.bus.subscriber(group=None, topics=["heed.scoring"])
    await subscriber.start()
    while records := await subscriber.poll(max_records=5_000, wait=1):
        for received in map(decode, records):
            if received.id not in seen:
                versions_read[received.event.subject].append(received.aggversion)
            seen.add(received.id)
    await subscriber.stop()
    async with database.transaction() as session:
        versions = {row.customer_id: row.version for row in await session.execute(VERSIONS)}
    assert versions_read == {customer_id: list(range(1, version + 1)) for customer_id, version in versions.items()}


async def test_without_the_ledgers_ids_the_same_delivery_gives_other_facts():
    history = make_history(events=1_000, seed=1)
    delivered = shuffled(history, duplicates=DUPLICATES, seed=2)

    def facts(messages: Sequence[Message]) -> dict[UUID | None, object]:
        rows = defaultdict(list)
        for message in messages:
            for row in handlers.ledger_rows(decode(as_record(message))):
                rows[row.customer_id].append(row)
        return {customer_id: fold(found) for customer_id, found in rows.items()}

    clean, once = facts(history), facts(list({message.value: message for message in delivered}.values()))
    assert once == clean, "in any order, when each counts once"
    naive = facts(delivered)
    wrong = sum(naive[customer_id] != clean[customer_id] for customer_id in clean)
    assert naive.keys() == clean.keys()
    assert wrong > len(clean) * 0.3
