"""An event is a row of the transaction that makes it true, in the order of the commits."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common import outbox
from heed_common.broker.memory import MemoryPublisher
from heed_common.broker.protocols import Record
from heed_common.contracts.customer import CustomerRegistered
from heed_common.database import savepoint
from heed_common.decoding import decode
from heed_common.metrics import Metrics
from heed_common.outbox import MAX_EVENT_BYTES, EventTooLarge, StagedEvent
from heed_common.relay import Relay
from heed_common.signals import Signal
from heed_common.trace import new_traceparent, trace_context
from tests.common.broker_fixtures import (
    TOPIC,
    WRITE,
    Crash,
    add_thing,
    bus,
    change,
    published,
    stage_about,
    things,
    waiting_versions,
)
from tests.scoring.factories import NOON, make_purchase, make_registration

pytestmark = pytest.mark.asyncio
__all__ = ["bus", "things"]

PAYLOADS = text("SELECT payload FROM outbox ORDER BY seq")
RAISE_EPOCH = text("UPDATE outbox_epoch SET epoch = epoch + 1")


async def payloads(database):
    async with database.transaction() as session:
        return [bytes(payload) for payload in (await session.execute(PAYLOADS)).scalars()]


async def test_an_event_of_a_rolled_back_change_is_not_published(things):
    thing_id = await add_thing(things)

    async def change_and_crash():
        async with things.transaction() as session:
            await change(session, thing_id)
            raise Crash

    with pytest.raises(Crash):
        await change_and_crash()
    assert await waiting_versions(things) == []


async def test_many_events_leave_in_the_order_in_which_they_were_given(things):
    events = [StagedEvent(make_registration(uuid4()), version) for version in (7, 3, 900, 1, 8)]
    async with things.transaction() as session:
        ids = await outbox.stage_all(session, events, now=NOON)
        assert outbox.of(session).last_event_id == ids[-1]
    assert ids == [event.id for event in events]
    assert await waiting_versions(things) == [7, 3, 900, 1, 8]


async def test_consumers_receive_exactly_what_was_staged(things):
    purchase, cause, own_id = make_purchase(uuid4(), gross="19.99", categories=('"}}', "茶")), uuid4(), uuid4()
    trace = new_traceparent()
    async with things.transaction() as session:
        with trace_context(trace):
            await outbox.stage(session, purchase, aggversion=4, now=NOON, causation=cause, event_id=own_id)
    (payload,) = await payloads(things)
    received = decode(Record(TOPIC, 0, 0, None, payload))
    assert (received.event, received.id, received.aggversion) == (purchase, own_id, 4)
    assert (received.time, received.causation, received.traceparent) == (NOON, cause, trace)


async def of_size(database, size):
    """A purchase whose event has exactly so many bytes, and the id to stage it under."""
    customer_id, event_id = uuid4(), uuid4()

    def purchase(padding):
        return make_purchase(customer_id, purchase_id=event_id, categories=("x" * padding,))

    async with database.transaction() as session:
        await outbox.stage(session, purchase(0), aggversion=1, now=NOON, event_id=event_id)
    bare = (await payloads(database))[-1]
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM outbox"))
    return purchase(size - len(bare)), event_id


async def test_an_event_of_128_kib_goes_out_and_one_byte_more_is_refused(things):
    fits, event_id = await of_size(things, MAX_EVENT_BYTES)
    async with things.transaction() as session:
        await outbox.stage(session, fits, aggversion=1, now=NOON, event_id=event_id)
    (payload,) = await payloads(things)
    assert len(payload) == MAX_EVENT_BYTES
    too_large, event_id = await of_size(things, MAX_EVENT_BYTES + 1)
    async with things.transaction() as session:
        with pytest.raises(EventTooLarge):
            await outbox.stage(session, too_large, aggversion=1, now=NOON, event_id=event_id)
    assert await payloads(things) == []


class Narrow(MemoryPublisher):
    """A broker that takes no message over 128 KiB, as Kafka takes none over its own limit."""

    async def publish(self, messages):
        self._bus.refused = {
            (message.topic, partition)
            for message in messages
            for partition in range(3)
            if len(message.value) > MAX_EVENT_BYTES
        }
        return await super().publish(messages)


async def test_an_oversized_row_that_got_in_would_block_all_behind_it(things, bus, clock):
    customer_id = uuid4()
    async with things.transaction() as session:
        await outbox.stage(session, make_registration(customer_id), aggversion=1, now=NOON)
        await outbox.flush(session)
        naively = text("UPDATE outbox SET payload = payload || CAST(:padding AS bytea)")
        await session.execute(naively, {"padding": b" " * MAX_EVENT_BYTES})
        await outbox.stage(session, make_registration(customer_id), aggversion=2, now=NOON)
    wakeup, metrics = Signal("heed_staged"), Metrics("things")
    relay = Relay(things, Narrow(bus), outbox_signal=wakeup, clock=clock, metrics=metrics)
    async with things.autocommit() as connection:
        assert [await relay.publish_once(connection) for _ in range(5)] == [0] * 5
    assert published(bus) == []


async def test_versions_after_a_restore_are_above_all_that_was_lost(things):
    async with things.transaction() as session:
        await stage_about(session, uuid4(), 2**32 - 1)
    async with things.transaction() as session:
        await session.execute(RAISE_EPOCH)
    async with things.transaction() as session:
        await stage_about(session, uuid4(), 1)
    before, after = await waiting_versions(things)
    assert before == 2**32 - 1
    assert after == 2**32 + 1 > before


async def test_events_of_one_aggregate_are_in_the_outbox_in_the_order_of_the_commits(things):
    thing_id = await add_thing(things)

    async def write(word):
        for number in range(5):
            async with things.transaction() as session:
                await change(session, thing_id, f"{word}{number}")
                await asyncio.sleep(0.001)

    await asyncio.gather(*(write(word) for word in "abcdef"))
    assert await waiting_versions(things) == list(range(1, 31))


async def test_an_event_staged_before_its_lock_is_still_published_in_the_order_of_the_commits(things):
    thing_id = await add_thing(things)

    async def naively(session, word):
        """Stages before it locks."""
        await stage_about(session, thing_id, 1, word)
        yield
        await session.execute(WRITE, {"id": thing_id, "version": 1, "word": word})
        yield

    async with things.transaction() as session:
        early = naively(session, "early")
        await anext(early)
        async with things.transaction() as other:
            late = naively(other, "late")
            await anext(late)
            await anext(late)
        await anext(early)
    last_published = decode(Record(TOPIC, 0, 0, None, (await payloads(things))[-1])).event.region
    async with things.transaction() as session:
        stored = (await session.execute(text("SELECT word FROM thing"))).scalar_one()
    assert last_published == stored == "early"


async def test_with_the_lock_first_the_last_event_is_the_last_change(things):
    thing_id = await add_thing(things)

    async def write(word):
        async with things.transaction() as session:
            await change(session, thing_id, word)
            await asyncio.sleep(0.01)

    await asyncio.gather(write("early"), write("late"))
    last_published = decode(Record(TOPIC, 0, 0, None, (await payloads(things))[-1])).event.region
    async with things.transaction() as session:
        assert (await session.execute(text("SELECT word FROM thing"))).scalar_one() == last_published


def react_up_to(limit, seen):
    """A reaction that answers each event with one of the next version, up to a limit."""

    async def reaction(session, events, now):
        seen.append([int(event.region) for event in events])
        for event in events:
            if int(event.region) < limit:
                await stage_about(session, event.customer_id, int(event.region) + 1, str(int(event.region) + 1))

    return reaction


async def test_reactions_run_in_rounds_until_there_are_no_new_events(things):
    seen, others = [], []
    things.reactions = {CustomerRegistered: (react_up_to(3, seen), react_up_to(0, others))}
    async with things.transaction() as session:
        await stage_about(session, uuid4(), 1, "1")
        await stage_about(session, uuid4(), 1, "1")
        assert seen == []
    assert seen == others == [[1, 1], [2, 2], [3, 3]]
    assert await waiting_versions(things) == [1, 1, 2, 2, 3, 3]


async def test_a_reaction_that_fails_rolls_back_the_change_that_it_follows(things):
    async def fail(session, events, now):
        raise Crash

    things.reactions = {CustomerRegistered: (fail,)}
    thing_id = await add_thing(things)
    with pytest.raises(Crash):
        async with things.transaction() as session:
            await change(session, thing_id)
    assert await waiting_versions(things) == []


async def stage_and_crash(session):
    async with savepoint(session):
        await stage_about(session, uuid4(), 7, "1")
        await outbox.react(session)
        raise Crash


async def test_a_savepoint_that_is_rolled_back_drops_its_events_and_the_reactions_to_them(things):
    seen = []
    things.reactions = {CustomerRegistered: (react_up_to(2, seen),)}
    async with things.transaction() as session:
        await stage_about(session, uuid4(), 1, "1")
        with pytest.raises(Crash):
            await stage_and_crash(session)
        last = outbox.of(session).last_event_id
        async with savepoint(session):
            await stage_about(session, uuid4(), 9, "9")
        assert outbox.of(session).last_event_id != last
    assert await waiting_versions(things) == [1, 2, 9]


async def test_a_reaction_that_fails_within_a_savepoint_rolls_back_only_the_savepoint(things):
    async def refuse_nines(session, events, now):
        if any(event.region == "9" for event in events):
            raise Crash

    things.reactions = {CustomerRegistered: (refuse_nines,)}
    async with things.transaction() as session:
        await stage_about(session, uuid4(), 1, "1")
        with pytest.raises(Crash):
            async with savepoint(session):
                await stage_about(session, uuid4(), 9, "9")
        await stage_about(session, uuid4(), 2, "2")
    assert await waiting_versions(things) == [1, 2]
