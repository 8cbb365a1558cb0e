"""Everything that was staged is published, in the order of the commits, by one relay at a time."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common import outbox
from heed_common.advisory_locks import AdvisoryLock
from heed_common.broker.memory import MemoryPublisher
from heed_common.broker.partitioner import partition_of
from heed_common.broker.protocols import PublishResult
from heed_common.database import Database
from heed_common.metrics import Metrics
from heed_common.relay import TRY_LOCK, Relay
from heed_common.signals import Signal
from tests.common.broker_fixtures import (
    TOPIC,
    Crash,
    QuickClock,
    Recording,
    add_thing,
    bus,
    change,
    changes,
    first_time,
    lock_holders,
    parse_events,
    published,
    running,
    stage_about,
    terminate,
    things,
    until,
    waiting_versions,
)
from tests.scoring.factories import NOON

pytestmark = pytest.mark.asyncio
__all__ = ["bus", "things"]

AFTER = text("SELECT seq, aggversion FROM outbox WHERE seq > :last ORDER BY seq")
BY_XID = text("SELECT aggversion FROM outbox ORDER BY CAST(CAST(xmin AS text) AS bigint), seq")


def make_relay(database, publisher, clock):
    return Relay(database, publisher, outbox_signal=Signal("heed_staged"), clock=clock, metrics=Metrics("things"))


async def test_a_row_that_commits_late_is_published_where_a_cursor_passes_it_by(things, bus, clock):
    relay, seen, last = make_relay(things, bus.publisher(), clock), [], 0

    async def read_on(connection):
        nonlocal last
        for row in (await connection.execute(AFTER, {"last": last})).all():
            last = row.seq
            seen.append(row.aggversion)

    async with things.autocommit() as connection:
        async with things.transaction() as late:
            await stage_about(late, uuid4(), 1)
            await outbox.flush(late)  # The row has its number long before the commit.
            async with things.transaction() as session:
                await stage_about(session, uuid4(), 2)
            await read_on(connection)
            await relay.publish_once(connection)
        await read_on(connection)
        await relay.publish_once(connection)
    assert seen == [2], "the cursor has never seen the first one"
    assert sorted(event.version for event in published(bus)) == [1, 2]


async def test_the_order_of_one_aggregate_is_that_of_its_commits_where_transaction_ids_invert_it(things, clock):
    thing_id, other_id, publisher = await add_thing(things), await add_thing(things), Recording()
    async with things.transaction() as older:
        await change(older, other_id)  # It has its transaction id from here on.
        await changes(things, thing_id, 1)
        await change(older, thing_id)
    async with things.autocommit() as connection:
        by_xid = list((await connection.execute(BY_XID)).scalars())
        await make_relay(things, publisher, clock).publish_once(connection)
    assert by_xid == [1, 2, 1], "by transaction id the second version of the thing precedes the first"
    assert [event.version for event in parse_events(publisher.messages) if event.subject == thing_id] == [1, 2]


async def test_concurrent_writers_of_few_aggregates_are_published_in_commit_order(things, bus, clock):
    thing_ids = [await add_thing(things) for _ in range(3)]
    relay = make_relay(things, bus.publisher(), clock)
    async with running(relay):
        await asyncio.gather(*(changes(things, thing_ids[number % 3], 12) for number in range(9)))
        await until(lambda: len(published(bus)) == 108)
    for thing_id in thing_ids:
        assert [event.version for event in published(bus) if event.subject == thing_id] == list(range(1, 37))
    assert await waiting_versions(things) == []


class CrashingAfter(MemoryPublisher):
    """The process ends when the broker has everything and the rows are still there."""

    async def publish(self, messages):
        await super().publish(messages)
        raise Crash


async def test_a_relay_that_ends_between_send_and_delete_leaves_duplicates_and_no_loss(things, bus, clock):
    thing_id = await add_thing(things)
    ids = await changes(things, thing_id, 20)
    with pytest.raises(Crash):
        await make_relay(things, CrashingAfter(bus), clock).run()
    assert len(published(bus)) == 20
    async with running(make_relay(things, bus.publisher(), clock)):
        await until(lambda: len(published(bus)) == 40)
    assert [event.id for event in first_time(published(bus))] == ids


class DeletingFirst(Relay):
    """The naive relay: it empties the queue, then sends."""

    async def publish_once(self, connection):
        rows = (await connection.execute(text("DELETE FROM outbox RETURNING payload"))).all()
        await self._publisher.publish(rows)
        return len(rows)


class CrashingBefore(Recording):
    async def publish(self, messages):
        raise Crash


async def test_a_relay_that_deleted_before_it_sent_would_lose_all_that_it_had_claimed(things, clock):
    await changes(things, await add_thing(things), 20)
    naive = DeletingFirst(
        things, CrashingBefore(), outbox_signal=Signal("heed_staged"), clock=clock, metrics=Metrics("things")
    )
    with pytest.raises(Crash):
        await naive.run()
    assert await waiting_versions(things) == []


class Slow(MemoryPublisher):
    """Each send takes a moment, and two at once are counted."""

    at_once = most_at_once = 0

    async def publish(self, messages):
        Slow.at_once += 1
        Slow.most_at_once = max(Slow.most_at_once, Slow.at_once)
        await asyncio.sleep(0.002)
        try:
            return await super().publish(messages)
        finally:
            Slow.at_once -= 1


async def test_of_two_relays_one_publishes_and_the_other_waits(things, bus):
    clock = QuickClock(NOON)
    thing_id = await add_thing(things)
    async with running(make_relay(things, Slow(bus), clock)), running(make_relay(things, Slow(bus), clock)):
        ids = await changes(things, thing_id, 60)
        await until(lambda: len(published(bus)) >= 60)
        assert len(await lock_holders(things)) == 1
    assert [event.id for event in published(bus)] == ids, "each one once and in order"
    assert Slow.most_at_once == 1


async def test_when_the_relay_loses_its_connection_another_one_takes_over(things, bus):
    clock = QuickClock(NOON)
    thing_id = await add_thing(things)
    async with running(make_relay(things, bus.publisher(), clock)), running(make_relay(things, bus.publisher(), clock)):
        ids = await changes(things, thing_id, 5)
        await until(lambda: len(published(bus)) >= 5)
        for _ in range(3):
            (holder,) = await lock_holders(things)
            await terminate(things, holder)
            ids += await changes(things, thing_id, 5)
            await until(lambda newest=ids[-1]: published(bus)[-1].id == newest)
            assert holder not in await lock_holders(things)
    assert [event.id for event in first_time(published(bus))] == ids


async def test_a_relay_outlives_a_pool_that_is_exhausted(things, databases, clock):
    one = Database(things.url.render_as_string(hide_password=False), pool_size=2)
    one.engine.pool._timeout = 0.05
    publisher, task = Recording(), None
    await changes(things, await add_thing(things), 1)
    try:
        async with one.autocommit():
            task = asyncio.create_task(make_relay(one, publisher, clock).run())
            await asyncio.sleep(0.3)
            assert not task.done()
        await until(lambda: publisher.messages)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await one.close()


@pytest.mark.parametrize("end", [Relay.stop, lambda _: None], ids=["stopped", "cancelled"])
async def test_a_relay_that_has_ended_leaves_no_lock_in_the_pool(things, bus, clock, end):
    relay = make_relay(things, bus.publisher(), clock)
    task = asyncio.create_task(relay.run())
    await changes(things, await add_thing(things), 1)
    await until(lambda: published(bus))
    end(relay)
    await asyncio.wait([task], timeout=0.3)
    task.cancel()
    await asyncio.wait([task])
    assert await lock_holders(things) == []
    assert things.engine.pool.checkedout() == 0


async def test_a_lock_on_a_pooled_connection_would_block_all_relays(things, bus, clock):
    async with things.autocommit() as connection:  # The naive relay: it does not throw the connection away.
        assert (await connection.execute(TRY_LOCK, {"key": AdvisoryLock.RELAY})).scalar_one()
    await changes(things, await add_thing(things), 1)
    relay = make_relay(Database(things.url.render_as_string(hide_password=False)), bus.publisher(), clock)
    task = asyncio.create_task(relay.run())
    await asyncio.sleep(0.3)
    assert not published(bus)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await relay._database.close()


def keys_of_partition(partition, count):
    keys = (uuid4() for _ in range(10_000))
    found = (key for key in keys if partition_of(str(key).encode(), 3) == partition)
    return [next(found) for _ in range(count)]


async def test_when_a_partitions_batch_fails_nothing_of_it_overtakes_and_the_others_go_on(things, bus, clock):
    refused, others = keys_of_partition(0, 2), keys_of_partition(1, 2)
    async with things.transaction() as session:
        for version in range(1, 11):
            for key in refused + others:
                await stage_about(session, key, version)
    relay = make_relay(things, bus.publisher(), clock)
    bus.refused = {(TOPIC, 0)}
    async with things.autocommit() as connection:
        assert await relay.publish_once(connection) == 20
        assert {event.subject for event in published(bus)} == set(others)
        bus.refused = set()
        assert await relay.publish_once(connection) == 20
        assert await relay.publish_once(connection) == 0
    for key in refused + others:
        assert [event.version for event in published(bus) if event.subject == key] == list(range(1, 11))


class OneByOne(MemoryPublisher):
    """The naive publisher: each message is a send of its own, and the third one of all fails."""

    failed = False

    async def publish(self, messages):
        done = set()
        for place, message in enumerate(messages):
            if place == 2 and not OneByOne.failed:
                OneByOne.failed = True
                continue
            await super().publish([message])
            done.add(place)
        return PublishResult(frozenset(done), OSError())


async def test_with_a_send_for_each_message_one_failure_would_invert_the_order(things, bus, clock):
    async with things.transaction() as session:
        key = uuid4()
        for version in range(1, 6):
            await stage_about(session, key, version)
    relay = make_relay(things, OneByOne(bus), clock)
    async with things.autocommit() as connection:
        await relay.publish_once(connection)
        await relay.publish_once(connection)
    assert [event.version for event in published(bus)] == [1, 2, 4, 5, 3]


async def test_what_does_not_fit_into_a_batch_goes_with_the_next_claim(things, bus, clock):
    thing_id = await add_thing(things)
    ids = await changes(things, thing_id, 7)
    bus.max_batch_bytes = 3_000
    relay = make_relay(things, bus.publisher(), clock)
    async with things.autocommit() as connection:
        claims = []
        while claim := await relay.publish_once(connection):
            claims.append(claim)
    assert len(claims) > 1
    assert [event.id for event in published(bus)] == ids


async def test_events_go_out_under_their_customers_key_with_their_attributes_as_headers(things, clock):
    publisher, thing_id = Recording(), await add_thing(things)
    (event_id,) = await changes(things, thing_id, 1)
    async with things.autocommit() as connection:
        await make_relay(things, publisher, clock).publish_once(connection)
    (message,) = publisher.messages
    assert (message.topic, message.key) == (TOPIC, str(thing_id).encode())
    headers = dict(message.headers)
    assert headers["content-type"] == b"application/cloudevents+json"
    assert headers["ce_id"] == str(event_id).encode()
    assert headers["ce_type"] == b"heed.customer.registered.v1"
    assert headers["ce_aggversion"] == b"1"


async def test_the_relay_measures_depth_and_age_of_the_outbox(things, clock):
    await changes(things, await add_thing(things), 3)
    metrics = Metrics("things")
    relay = Relay(things, CrashingBefore(), outbox_signal=Signal("heed_staged"), clock=clock, metrics=metrics)
    with pytest.raises(Crash):
        await relay.run()
    assert 'heed_outbox_depth{service="things"} 3.0' in metrics.render().decode()


async def test_events_that_linger_are_published_with_those_that_follow(things, clock):
    class Waited(Signal):
        is_waited_for = False

        async def wait(self, *, since, seconds):
            self.is_waited_for = True
            await super().wait(since=since, seconds=seconds)

    class Staging(QuickClock):
        async def sleep(self, seconds):
            async with things.transaction() as session:
                await stage_about(session, uuid4(), 2)

    class Batches(Recording):
        async def publish(self, messages):
            batches.append([event.version for event in parse_events(messages)])
            return await super().publish(messages)

    staged, batches = Waited("heed_staged"), []
    relay = Relay(things, Batches(), outbox_signal=staged, clock=Staging(NOON), metrics=Metrics("things"), linger=0.01)
    async with running(relay):
        await until(lambda: staged.is_waited_for)
        async with things.transaction() as session:
            await stage_about(session, uuid4(), 1)
        staged.notify()
        await until(lambda: batches)
    assert batches[0] == [1, 2]
