"""Records in memory: a subscriber reads from them what it would read from the log, or queries the log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.broker.postgres.bus import PostgresBus
from heed_common.broker.postgres.recent_records import RecentRecords
from heed_common.broker.protocols import Message, TopicSettings
from heed_common.database import Database
from tests.common.broker.brokers import FOR_EVER, PATIENCE, behind, message, publish, reading, take, values
from tests.statements import recorded_statements

TOPIC = "heed.customer"
HERE, ELSEWHERE, UNKNOWN = "here", "elsewhere", "unknown"
"""Who appended a batch: this process, another one, or this process without learning the outcome."""
BATCHES = st.lists(st.tuples(st.sampled_from([0, 1]), st.sampled_from([HERE, ELSEWHERE, UNKNOWN]), st.integers(1, 3)))


def batch(partition: int, offset: int, size: int) -> list[Message]:
    return [Message(TOPIC, b"ann", f"{partition}/{at}".encode()) for at in range(offset, offset + size)]


@given(BATCHES, st.integers(3, 40), st.data())
def test_memory_returns_what_the_log_has_or_nothing_at_all(batches, max_bytes, data):
    recent = RecentRecords(max_bytes=max_bytes)
    ends = {(TOPIC, 0): 0, (TOPIC, 1): 0}
    appended_elsewhere = dict(ends)
    for partition, origin, size in batches:
        at = (TOPIC, partition)
        messages = batch(partition, ends[at], size)
        ends[at] += size
        if origin == HERE:
            recent.add({at: messages}, {at: ends[at]})
        else:
            appended_elsewhere[at] = ends[at]
    positions = {at: data.draw(st.integers(0, end)) for at, end in ends.items()}
    found = recent.ends(positions)
    if found is None:
        return
    for at, position in positions.items():
        # Only what another process has appended since may be missing, and it is missing at the end.
        assert found[at] == ends[at] or position <= found[at] <= appended_elsewhere[at]
    limits = {at: found[at] - position for at, position in positions.items() if found[at] > position}
    records = recent.read(positions, limits)
    assert [(record.partition, record.offset, record.value.decode()) for record in records] == [
        (partition, offset, f"{partition}/{offset}")
        for (_, partition), position in sorted(positions.items())
        for offset in range(position, found[(TOPIC, partition)])
    ]


def test_appends_that_are_reported_in_the_wrong_order_are_read_from_the_log():
    recent, at = RecentRecords(), (TOPIC, 0)
    recent.add({at: batch(0, 0, 2)}, {at: 2})
    recent.add({at: batch(0, 4, 2)}, {at: 6})
    recent.add({at: batch(0, 2, 2)}, {at: 4})
    assert recent.ends({at: 2}) is None
    assert recent.ends({at: 6}) == {at: 6}
    recent.add({at: batch(0, 6, 1)}, {at: 7})
    assert [record.offset for record in recent.read({at: 6}, {at: 1})] == [6]


def test_old_records_give_way_to_new_ones():
    recent, at = RecentRecords(max_bytes=10), (TOPIC, 0)
    for offset in range(20):
        recent.add({at: batch(0, offset, 1)}, {at: offset + 1})
    assert recent.ends({at: 0}) is None
    assert recent.ends({at: 19}) == {at: 20}


@pytest.mark.asyncio
async def test_a_subscriber_reads_new_records_of_its_own_process_without_a_query(platform_database):
    bus = PostgresBus(platform_database)
    await bus.apply_topics({TOPIC: TopicSettings(1, FOR_EVER)})
    with recorded_statements(platform_database) as statements:
        async with reading(bus, TOPIC, group="scoring") as subscriber:
            assert await subscriber.poll(max_records=10, wait=0) == []
            before = len([statement for statement in statements if statement.startswith("SELECT record.")])
            for number in range(5):
                await publish(bus, [message(TOPIC, "ann", str(number))])
                records = await take(subscriber, 1)
                assert values(records) == [str(number)]
                await subscriber.commit(behind(records))
    reads = len([statement for statement in statements if statement.startswith("SELECT record.")]) - before
    assert reads <= 1, "none, or one where a second has passed"


@pytest.mark.asyncio
async def test_records_of_this_and_of_another_process_come_in_their_order(platform_database):
    bus = PostgresBus(platform_database)
    other = PostgresBus(Database(platform_database.url.render_as_string(hide_password=False), pool_size=2))
    await bus.apply_topics({TOPIC: TopicSettings(1, FOR_EVER)})
    async with reading(bus, TOPIC, group="scoring") as subscriber:
        for number in range(12):
            await publish(other if number % 3 == 1 else bus, [message(TOPIC, "ann", str(number))])
        assert values(await take(subscriber, 12)) == [str(number) for number in range(12)]
    await other.close()


@pytest.mark.asyncio
async def test_a_reader_reads_new_records_of_its_own_process_without_a_query(platform_database):
    bus = PostgresBus(platform_database)
    await bus.apply_topics({TOPIC: TopicSettings(1, FOR_EVER)})
    reader, offsets = bus.reader([TOPIC]), {(TOPIC, 0): 0}
    with recorded_statements(platform_database) as statements:
        for number in range(5):
            assert await reader.read(offsets, max_records=10, wait=0) == []
            await publish(bus, [message(TOPIC, "ann", str(number))])
            records = await reader.read(offsets, max_records=10, wait=PATIENCE)
            assert values(records) == [str(number)]
            offsets = {(TOPIC, 0): number + 1}
    reads = [statement for statement in statements if statement.startswith("SELECT record.")]
    assert len(reads) < 5, "at most one where two seconds have passed"


@pytest.mark.asyncio
async def test_a_reader_finds_what_memory_does_not_have(platform_database):
    """Records before the process began, of another process, and those to which the caller returns."""
    bus = PostgresBus(platform_database)
    other = PostgresBus(Database(platform_database.url.render_as_string(hide_password=False), pool_size=2))
    await bus.apply_topics({TOPIC: TopicSettings(2, FOR_EVER)})
    await publish(other, [message(TOPIC, "ann", "0")])
    ends, reader = dict(await bus.end_offsets([TOPIC])), bus.reader([TOPIC])
    assert await reader.read(ends, max_records=10, wait=0) == []
    assert values(await reader.read(dict.fromkeys(ends, 0), max_records=10, wait=PATIENCE)) == ["0"]
    assert await reader.read(ends, max_records=10, wait=0) == []
    await publish(other, [message(TOPIC, "ann", "1")])
    await publish(bus, [message(TOPIC, "ann", "2")])
    records = list(await reader.read(ends, max_records=10, wait=PATIENCE))
    while len(records) < 2:
        records += await reader.read(
            {at: end + len(records) for at, end in ends.items()}, max_records=10, wait=PATIENCE
        )
    assert values(records) == ["1", "2"]
    await other.close()
