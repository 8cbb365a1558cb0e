"""The product's parts on databases of their own, for the controls: a writer, a relay, a consumer, the checker."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.broker.postgres.bus import PostgresBus
from heed_common.broker.protocols import Subscriber
from heed_common.broker.topics import topic_settings
from heed_common.consumer import Consumer
from heed_common.contracts.customer import CustomerKind
from heed_common.database import Database
from heed_common.inbox import BatchHandler
from heed_common.metrics import Metrics
from heed_common.occurrence import DEFAULT_EARLIEST
from heed_common.relay import Relay
from heed_common.signals import Signal
from heed_customer.commerce.purchases.rules import Line, NewPurchase
from heed_customer.commerce.purchases.service import record_purchases
from heed_customer.item_results import single
from heed_customer.records.customers.rules import NewCustomer
from heed_customer.records.customers.service import register_customers
from heed_scoring.worker import GROUP, TOPICS, batch_handler
from tests.common.broker_fixtures import Crash
from tests.databases import PLATFORM, Databases
from tests.faults.harness import evidence
from tests.faults.harness.checks import Damage, Evidence, assess
from tests.faults.harness.journal import Fact, Journal, Write
from tests.faults.processes import NoonClock
from tests.scoring.factories import NOON

CUSTOMERS = 8
UNITS = 2
PARTITIONS = 1
"""All records come in one batch."""
DEFAULT_MARGIN = Decimal("0.3")


@dataclass(slots=True)
class Workbench:
    """A customer service, a log and a scoring service without processes around them."""

    customers: Database
    scoring: Database
    log: PostgresBus
    clock: NoonClock = field(default_factory=NoonClock)
    journal: Journal = field(default_factory=Journal)
    poison: set[str] = field(default_factory=set)

    async def write(self, *, database: Database | None = None) -> None:
        """Register customers who buy something, each until it is acknowledged."""
        for number in range(CUSTOMERS):
            acknowledged = False
            while not acknowledged:
                try:
                    async with (database or self.customers).transaction() as session:
                        writes = await _register_buyer(session, f"buyer-{number}")
                except Crash:
                    continue
                acknowledged = True
                self.journal.writes += writes
                self.journal.units[writes[0].fact[1]] += UNITS

    async def relay(self) -> None:
        """Publish all that is in the outbox."""
        staged = Signal("heed_staged")
        publisher = self.log.publisher()
        relay = Relay(self.customers, publisher, outbox_signal=staged, clock=self.clock, metrics=Metrics("customer"))
        async with self.customers.autocommit() as connection:
            while await relay.publish_once(connection):
                pass

    def subscriber(self) -> Subscriber:
        return self.log.subscriber(group=GROUP, topics=TOPICS)

    async def consume(
        self, subscriber: Subscriber, *, kind: type[Consumer] = Consumer, process: BatchHandler | None = None
    ) -> None:
        """Let scoring process everything that the subscriber finds, as its worker does it."""
        consumer = kind(
            self.scoring,
            subscriber,
            self.log.publisher(),
            batch_handler=process or batch_handler(self.clock),
            group=GROUP,
            clock=self.clock,
            metrics=Metrics("scoring"),
        )
        try:
            while records := await subscriber.poll(max_records=500, wait=0.1):
                await consumer.process_batch(records)
        finally:
            await subscriber.stop()

    async def assess(self) -> Damage:
        """Judge by the same rules as a stage, without rows: there is no HTTP here."""
        url = self.scoring.url.set(drivername="postgresql").render_as_string(hide_password=False)
        poison = frozenset(self.poison)
        letters = await evidence.select(url, evidence.SELECT_DEAD_LETTERS)
        found = Evidence(
            published=[event async for event in evidence.read_log(self.log) if event.id not in poison],
            dead_letters=frozenset(str(row["event_id"]) for row in letters),
            units=await evidence.count_units(url, poison=poison),
            rescored=await evidence.rescore(url, self.log, clock=self.clock, poison=poison),
        )
        return assess(self.journal, found)


@asynccontextmanager
async def opened(databases: Databases) -> AsyncIterator[Workbench]:
    """A workbench on fresh databases."""
    names = [await databases.clone(template) for template in ("heed_customer", "heed_scoring", PLATFORM)]
    customers, scoring, log = (Database(databases.url(name), pool_size=6) for name in names)
    bench = Workbench(customers, scoring, PostgresBus(log))
    await bench.log.apply_topics(topic_settings(PARTITIONS))
    try:
        yield bench
    finally:
        await bench.log.close()
        await customers.close()
        await scoring.close()
        for name in names:
            await databases.drop(name)


async def _register_buyer(session: AsyncSession, name: str) -> Sequence[Write]:
    customer = NewCustomer(CustomerKind.INDIVIDUAL, name)
    registered = single(await register_customers(session, customers=[customer], now=NOON)).row
    first = _write(session, ("heed.customer.registered", str(registered.id)))
    line = Line("kettle", "kitchen", Decimal(UNITS), Decimal(40), None)
    purchase = NewPurchase(name, NOON - timedelta(days=30), "USD", (line,), customer_id=registered.id)
    bought = single(
        await record_purchases(
            session, purchases=[purchase], default_margin=DEFAULT_MARGIN, earliest=DEFAULT_EARLIEST, now=NOON
        )
    )
    return first, _write(session, ("heed.purchase.recorded", str(bought.row.id)))


def _write(session: AsyncSession, fact: Fact) -> Write:
    return Write("", {}, "", {}, str(outbox.of(session).last_event_id), fact, NOON)
