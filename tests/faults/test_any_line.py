"""Whatever line it ends at, the state after the redelivery is that of a run without a fault."""

import json
from itertools import count
from uuid import UUID

import pytest
from sqlalchemy import text

from heed_common.broker.memory import MemoryPublisher
from heed_common.consumer import Consumer
from heed_common.contracts.complaint import ComplaintCompleted, ComplaintStatus
from heed_common.decoding import ReceivedEvent, decode
from heed_common.metrics import Metrics
from heed_common.relay import Relay
from heed_common.signals import Signal
from heed_scoring import handlers
from tests.common.broker_fixtures import (
    Recording,
    add_thing,
    as_message,
    bus,
    changes,
    first_time,
    lock_holders,
    published,
    things,
    waiting_versions,
)
from tests.faults.interruptions import cut_at, is_cancelled_at
from tests.scoring.factories import (
    NOON,
    make_complaint,
    make_purchase,
    make_registration,
    make_response,
    make_return,
)

pytestmark = [pytest.mark.asyncio, pytest.mark.slow, pytest.mark.alone]
__all__ = ["bus", "things"]

TOPICS = ("heed.customer", "heed.complaint", "heed.survey")
STATE = text("""
    SELECT customer_id, CAST(facts AS jsonb), facts_version, published_numbers, version,
        (SELECT count(*) FROM ledger WHERE ledger.customer_id = customer_facts.customer_id) AS rows,
        (SELECT count(*) FROM history WHERE history.customer_id = customer_facts.customer_id) AS said,
        ARRAY(
            SELECT aggversion FROM outbox WHERE aggregateid = CAST(customer_facts.customer_id AS text) ORDER BY seq
        ) AS told
    FROM customer_facts WHERE customer_id = ANY(:ids) ORDER BY customer_id
""")


class Story:
    """The same things happen to two customers, each time under other ids."""

    def __init__(self, number):
        self._base = number << 64
        self.customer_ids = [self.id(1), self.id(2)]

    def id(self, thing):
        return UUID(int=self._base + thing)

    def messages(self):
        one, other = self.customer_ids
        first, second = (make_purchase(one, days_ago=days, purchase_id=self.id(days)) for days in (90, 30))
        opened = make_complaint(one, complaint_id=self.id(3))
        done = {"state": ComplaintStatus.COMPLETED, "completed_at": NOON, "within_target": True}
        events = [
            (make_registration(one), 1),
            (first, 1),
            (make_registration(other), 1),
            (second, 1),
            (make_purchase(other, days_ago=7, purchase_id=self.id(7)), 1),
            (opened, 1),
            (ComplaintCompleted(**(opened.model_dump() | done)), 2),
            (make_return(second, return_id=self.id(4)), 2),
            (make_response(other, response_id=self.id(5)), 1),
        ]
        return [
            as_message(event, aggversion=version, event_id=self.id(100 + number))
            for number, (event, version) in enumerate(events)
        ]

    async def state(self, database):
        """The state of the two and their events, without the ids."""
        async with database.transaction() as session:
            rows = [tuple(map(str, row)) for row in await session.execute(STATE, {"ids": self.customer_ids})]
        found = json.dumps(rows)
        for thing in range(1, 200):
            found = found.replace(str(self.id(thing)), f"id {thing}")
        return found


def make_consumer(database, bus, clock):
    async def intake(session, batch, now):
        return await handlers.process_batch(session, batch, clock=clock)

    subscriber = bus.subscriber(group="heed-scoring", topics=TOPICS)
    return Consumer(
        database,
        subscriber,
        Recording(),
        batch_handler=intake,
        group="heed-scoring",
        clock=clock,
        metrics=Metrics("scoring"),
    )


async def poll(bus, story):
    """The story as one batch."""
    subscriber = bus.subscriber(group=None, topics=TOPICS)
    await MemoryPublisher(bus).publish(story.messages())
    mine = {message.value for message in story.messages()}
    return [record for record in await subscriber.poll(max_records=100_000, wait=0) if record.value in mine]


async def without_a_fault(database, bus, clock):
    story = Story(1)
    await make_consumer(database, bus, clock).process_batch(await poll(bus, story))
    return await story.state(database)


async def test_scoring_cancelled_wherever_it_waits_has_lost_and_doubled_nothing_after_the_redelivery(
    scoring_database, bus, clock
):
    clean = await without_a_fault(scoring_database, bus, clock)
    for nth in count(1):
        story = Story(1 + nth)
        records = await poll(bus, story)
        if not await is_cancelled_at(make_consumer(scoring_database, bus, clock).process_batch(records), nth):
            break
        await make_consumer(scoring_database, bus, clock).process_batch(records)
        assert await story.state(scoring_database) == clean, f"cancelled where it waited for the {nth}th time"
    assert nth > 8, "there were several places to be cancelled at"


async def test_scoring_whose_connection_is_cut_at_any_statement_loses_and_doubles_nothing(scoring_database, bus, clock):
    clean = await without_a_fault(scoring_database, bus, clock)
    for nth in count(1):
        story = Story(1 + nth)
        records = await poll(bus, story)
        with cut_at(scoring_database, nth) as cuts:
            await make_consumer(scoring_database, bus, clock).process_batch(records)
        assert await story.state(scoring_database) == clean, f"cut before the {nth}th statement"
        if not cuts.made:
            break
    assert nth > 8, "there were several statements to be cut at"


async def test_scoring_that_committed_after_each_event_would_stop_half_way(scoring_database, bus, clock):
    """The naive way: an event is scored in a transaction of its own, and recorded as seen in another one before."""
    clean = await without_a_fault(scoring_database, bus, clock)
    story = Story(2)
    batch: list[ReceivedEvent] = [decode(record) for record in await poll(bus, story)]

    async def naively(seen, received):
        if received.id in seen:
            return
        seen.add(received.id)
        async with scoring_database.transaction() as session:
            await handlers.process_batch(session, [received], clock=clock)

    seen: set[UUID] = set()
    for received in batch:
        await is_cancelled_at(naively(seen, received), 3)
    for received in batch:
        await naively(seen, received)
    assert await story.state(scoring_database) != clean


class OneRound(MemoryPublisher):
    """The relay stops when it has sent once."""

    relay: Relay

    async def publish(self, messages):
        receipt = await super().publish(messages)
        self.relay.stop()
        return receipt


def make_relay(database, bus, clock):
    publisher = OneRound(bus)
    publisher.relay = Relay(
        database, publisher, outbox_signal=Signal("heed_staged"), clock=clock, metrics=Metrics("things")
    )
    return publisher.relay


async def all_published(bus, thing_id):
    return [event.version for event in first_time(published(bus)) if event.subject == thing_id]


async def test_a_relay_cancelled_wherever_it_waits_loses_nothing_and_holds_no_lock(things, bus, clock):
    for nth in count(1):
        thing_id = await add_thing(things)
        await changes(things, thing_id, 3)
        cancelled = await is_cancelled_at(make_relay(things, bus, clock).run(), nth)
        assert await lock_holders(things) == []
        if cancelled and await waiting_versions(things):
            await make_relay(things, bus, clock).run()
        assert await all_published(bus, thing_id) == [1, 2, 3], f"cancelled where it waited for the {nth}th time"
        assert await waiting_versions(things) == []
        if not cancelled:
            break
    assert nth > 5


async def test_a_relay_whose_connection_is_cut_at_any_statement_loses_nothing(things, bus, clock):
    for nth in count(1):
        thing_id = await add_thing(things)
        await changes(things, thing_id, 3)
        relay = make_relay(things, bus, clock)
        with cut_at(things, nth) as cuts:
            await relay.run()
        if await waiting_versions(things):
            await make_relay(things, bus, clock).run()
        assert await all_published(bus, thing_id) == [1, 2, 3], f"cut before the {nth}th statement"
        assert await waiting_versions(things) == []
        if not cuts.made:
            break
    assert nth > 3
