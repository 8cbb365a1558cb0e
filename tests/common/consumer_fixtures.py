"""A service that stores words, with which the consumer is tested."""

import pytest_asyncio
from sqlalchemy import text

from heed_common import inbox
from heed_common.broker.memory import MemorySubscriber
from heed_common.clock import FakeClock
from heed_common.consumer import Consumer
from heed_common.contracts.customer import CustomerRegistered
from heed_common.metrics import Metrics
from tests.common.broker_fixtures import TOPIC, Crash, Recording, running, until
from tests.scoring.factories import NOON

GROUP = "heed-words"
WORDS = text("CREATE TABLE word (word text NOT NULL CHECK (word <> 'poison'))")
INSERT_WORD = text("INSERT INTO word (word) VALUES (:word)")
SELECT_WORDS = text("SELECT word FROM word ORDER BY word")
DEAD = text('SELECT * FROM dead_letter ORDER BY topic, partition, "offset"')


async def store_words(session, events, now):
    """Append the word of each event: an event that is processed twice appears twice."""
    for received in events:
        await session.execute(INSERT_WORD, {"word": received.event.region})


class Words:
    """A service that notes words, as one process of it after the other sees them."""

    def __init__(self, database, bus):
        self.database, self.bus, self.clock, self.metrics = database, bus, FakeClock(NOON), Metrics("words")
        self.intake = inbox.build_batch_handler({CustomerRegistered: store_words})
        self.dead_letters = Recording()

    def consumer(self, subscriber=None, kind=Consumer, **overrides):
        given = {"batch_handler": self.intake, "group": GROUP, "clock": self.clock, "metrics": self.metrics}
        subscriber = subscriber or self.bus.subscriber(group=GROUP, topics=[TOPIC])
        return kind(self.database, subscriber, self.dead_letters, **(given | overrides))

    def publish(self, *messages, partition=0):
        self.bus.append((TOPIC, partition), messages)

    @property
    def behind(self):
        """How many records the group has not committed yet."""
        done = self.bus.committed.get(GROUP, {})
        return sum(len(log) - done.get(at, 0) for at, log in self.bus.records.items() if at[0] == TOPIC)

    async def take_all(self, consumer=None):
        async with running(consumer or self.consumer()) as task:
            await until(lambda: not self.behind or task.done())

    async def stored(self):
        async with self.database.transaction() as session:
            return list((await session.execute(SELECT_WORDS)).scalars())

    async def dead(self):
        async with self.database.transaction() as session:
            return (await session.execute(DEAD)).all()


@pytest_asyncio.fixture
async def words(platform_database, bus):
    async with platform_database.transaction() as session:
        await session.execute(WORDS)
    return Words(platform_database, bus)


class CrashingBeforeCommit(MemorySubscriber):
    """Die between the commit of the transaction and the commit of the offsets."""

    async def commit(self, positions):
        raise Crash
