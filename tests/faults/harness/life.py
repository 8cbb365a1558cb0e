"""One product and what surrounds it in a stage: its broker, its callers, and what the harness did to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from heed.services import LOG_DATABASE
from heed_common.broker.kafka.bus import KafkaBus
from heed_common.broker.kafka.connection import KafkaConnection
from heed_common.broker.postgres.bus import PostgresBus
from heed_common.broker.protocols import Bus as Broker
from heed_common.broker.topics import topic_settings
from heed_common.database import Database
from tests.faults.harness.caller import Caller
from tests.faults.harness.journal import Journal
from tests.faults.harness.pace import Pace
from tests.faults.harness.plan import Bus
from tests.faults.harness.product import ProductUnderTest
from tests.kafka_server import KafkaServer

PARTITIONS = 12
STARTS = 5
RESTART_SECONDS = 1.0
WATCH_SECONDS = 1.0
LAST_WORDS = 300


@dataclass(slots=True)
class Life:
    """The product of one stage, running."""

    product: ProductUnderTest
    kafka: KafkaServer | None
    caller: Caller
    powerless_token: str
    """Of no scope that a write needs."""
    poison: set[str] = field(default_factory=set)
    """Aggregates and events that the harness has spoilt itself: they are not judged."""
    pace: Pace = field(default_factory=Pace)
    undisturbed: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by a fault, which may end the product on purpose."""

    @property
    def journal(self) -> Journal:
        return self.caller.journal

    async def revive(self, after: str) -> None:
        """Start the product again if it has ended by itself, which no fault excuses."""
        if self.product.has_ended:
            self.journal.surprises.append(f"the product ended by itself after: {after}: {_last_words(self.product)}")
            await self.start()

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Revive the product whenever it ends between the faults: the callers wait for it."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            async with self.undisturbed:
                await self.revive("a while")

    async def start(self) -> None:
        """Start the product; an attempt that fails is a surprise. Raises when it never starts."""
        for attempt in range(STARTS):
            try:
                await asyncio.to_thread(self.product.start)
            except AssertionError:
                self.journal.surprises.append(f"start {attempt + 1} failed: {_last_words(self.product)}")
                await asyncio.sleep(RESTART_SECONDS)
            else:
                return
        raise RuntimeError(f"the product does not start any more: {_last_words(self.product)}")

    @asynccontextmanager
    async def broker(self) -> AsyncIterator[Broker]:
        """The log as another process reaches it."""
        opened = _broker(self.product, self.kafka)
        try:
            yield opened
        finally:
            await opened.close()


@asynccontextmanager
async def running(bus: Bus) -> AsyncIterator[Life]:
    """A fresh product on this bus, and its owner as a caller, until this ends."""
    kafka = KafkaServer() if bus is Bus.KAFKA else None
    product = ProductUnderTest(**({} if kafka is None else {"HEED_BUS": kafka.url}))
    try:
        if kafka is not None:
            await asyncio.to_thread(kafka.start)
            broker = _broker(product, kafka)
            await broker.apply_topics(topic_settings(PARTITIONS))
            await broker.close()
        await asyncio.to_thread(product.start)
        caller = Caller(product.base_url, product.token, journal=Journal(), clock=product.clock)
        try:
            powerless = await asyncio.to_thread(product.command, "token", "create", "--scope", "admin:read")
            yield Life(product, kafka, caller, powerless)
        finally:
            await caller.close()
    finally:
        await asyncio.to_thread(product.remove)
        if kafka is not None:
            await asyncio.to_thread(kafka.remove)


def _broker(product: ProductUnderTest, kafka: KafkaServer | None) -> Broker:
    if kafka is not None:
        return KafkaBus(KafkaConnection(kafka.bootstrap))
    return PostgresBus(Database(product.url(LOG_DATABASE), pool_size=6, application_name="heed-faults"))


def _last_words(product: ProductUnderTest) -> str:
    return " ".join(product.output.split())[-LAST_WORDS:]
