"""What an operator sees of the events."""

import asyncio
import json

import pytest

from heed_common.broker.protocols import Message
from heed_common.broker.tail import tail
from tests.common.broker.brokers import PATIENCE, broker, publish

pytestmark = pytest.mark.asyncio
__all__ = ["broker"]


def event(topic, number, name="complaint.opened"):
    value = json.dumps({"type": f"heed.{name}.v1", "data": {"number": number, "note": "投诉"}}, indent=2)
    return Message(topic, str(number).encode(), value.encode())


async def seen(lines):
    return sorted(json.loads(line)["data"]["number"] for line in lines)


async def test_all_events_so_far_are_printed_one_a_line_and_then_it_ends(broker):
    bus, topic = broker.bus(), await broker.topic()
    await publish(bus, [event(topic, number) for number in range(700)])
    lines = [line async for line in tail(bus, follow=False, topics=[topic])]
    assert await seen(lines) == list(range(700))
    assert not any("\n" in line for line in lines)


async def test_nothing_published_is_nothing_printed(broker):
    topic = await broker.topic()
    assert [line async for line in tail(broker.bus(), follow=False, topics=[topic])] == []


@pytest.mark.parametrize("event_type", ["sla.breached", "heed.sla.breached.v1"])
async def test_only_the_selected_types_are_printed(broker, event_type):
    bus, topic = broker.bus(), await broker.topic()
    await publish(bus, [event(topic, 1), event(topic, 2, "sla.breached"), event(topic, 3, "sla.breached_withdrawn")])
    lines = [line async for line in tail(bus, types=[event_type], follow=False, topics=[topic])]
    assert await seen(lines) == [2]


async def test_events_that_come_later_are_printed_as_they_come(broker):
    bus, topic = broker.bus(), await broker.topic()
    await publish(bus, [event(topic, 1)])
    lines = tail(bus, topics=[topic])
    async with asyncio.timeout(PATIENCE):
        first = await anext(lines)
        await publish(bus, [event(topic, 2)])
        second = await anext(lines)
    await lines.aclose()
    assert await seen([first, second]) == [1, 2]


async def test_a_record_that_is_no_event_is_shown_and_stops_nothing(broker):
    bus, topic = broker.bus(), await broker.topic(partitions=1)
    await publish(bus, [Message(topic, b"", b"{broken\xff"), event(topic, 2)])
    lines = [line async for line in tail(bus, follow=False, topics=[topic])]
    assert [json.loads(line).get("unreadable") for line in lines] == ["{broken\ufffd", None]
