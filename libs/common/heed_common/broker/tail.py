"""Published events as lines of JSON, past ones and those to come: `heed events tail`."""

import json
from collections.abc import AsyncIterator, Collection, Sequence

from heed_common.broker.protocols import Bus, Partition, Record, Subscriber
from heed_common.contracts.registry import TOPICS

MAX_RECORDS = 500
POLL_SECONDS = 1.0


async def tail(
    bus: Bus, *, types: Collection[str] = (), follow: bool = True, topics: Sequence[str] = TOPICS
) -> AsyncIterator[str]:
    """Yield lines from the beginning, without a group, so that no offsets are committed.

    `types` are full (`heed.complaint.opened.v1`) or short (`complaint.opened`). Without `follow` it ends with the
    last event that existed when it began.
    """
    reader = bus.subscriber(group=None, topics=topics)
    await reader.start()
    try:
        ahead = None if follow else await end_offsets(reader)
        while ahead is None or ahead:
            for record in await reader.poll(max_records=MAX_RECORDS, wait=POLL_SECONDS):
                event = _parse(record.value)
                if not types or _is_of(str(event.get("type")), types):
                    line = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
                    # JSON may contain a lone surrogate, which a terminal cannot print: it is written as its escape.
                    yield line.encode(errors="backslashreplace").decode()
            if ahead:
                ahead = await remaining(reader, ahead)
    finally:
        await reader.stop()


async def read_to_end(bus: Bus, topics: Sequence[str], *, max_records: int) -> AsyncIterator[Sequence[Record]]:
    """Yield all records of the topics in batches, from the beginning to their ends at this moment, without a group."""
    reader = bus.subscriber(group=None, topics=topics)
    await reader.start()
    try:
        ahead = await end_offsets(reader)
        while ahead:
            yield await reader.poll(max_records=max_records, wait=POLL_SECONDS)
            ahead = await remaining(reader, ahead)
    finally:
        await reader.stop()


async def end_offsets(reader: Subscriber) -> dict[Partition, int]:
    """Return the end offsets of the partitions that have unread records."""
    position = await reader.position()
    if not position.offsets:
        raise ConnectionError("The broker does not report the end offsets of its topics.")
    return {at: offset + position.lag[at] for at, offset in position.offsets.items() if position.lag[at]}


async def remaining(reader: Subscriber, ends: dict[Partition, int]) -> dict[Partition, int]:
    """Return the end offsets that the reader has not reached yet."""
    offsets = (await reader.position()).offsets
    return {at: end for at, end in ends.items() if offsets.get(at, 0) < end}


def _parse(value: bytes) -> dict[str, object]:
    """Parse a record. One that is not a JSON object was not published by Heed and is shown as text."""
    try:
        event = json.loads(value)
    except (ValueError, RecursionError):
        event = None
    return event if isinstance(event, dict) else {"unreadable": value.decode(errors="replace")}


def _is_of(name: str, types: Collection[str]) -> bool:
    return any(name == type_ or name.rpartition(".v")[0] == f"heed.{type_}" for type_ in types)
