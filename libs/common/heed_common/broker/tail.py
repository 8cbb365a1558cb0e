"""What has been published so far, and what comes, one JSON document a line: `heed events tail`."""

import json
from collections.abc import AsyncIterator, Collection, Sequence

from heed_common.broker.protocols import Bus, Partition, Subscriber
from heed_common.contracts.registry import TOPICS

MAX_RECORDS = 500
POLL_SECONDS = 1.0


async def tail(
    bus: Bus, *, types: Collection[str] = (), follow: bool = True, topics: Sequence[str] = TOPICS
) -> AsyncIterator[str]:
    """Lines from the beginning on, without a group, so that nobody else's reading is touched.

    `types` are full (`heed.complaint.opened.v1`) or short (`complaint.opened`). Without `follow` it ends with the
    last event that was there when it began.
    """
    reader = bus.subscriber(group=None, topics=topics)
    await reader.start()
    try:
        ahead = None if follow else await end_offsets(reader)
        while ahead is None or ahead:
            for record in await reader.poll(max_records=MAX_RECORDS, wait=POLL_SECONDS):
                event = _read(record.value)
                if not types or _is_of(str(event.get("type")), types):
                    line = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
                    # JSON may contain a lone surrogate, which a terminal cannot print: it is written as its escape.
                    yield line.encode(errors="backslashreplace").decode()
            if ahead:
                ahead = await remaining(reader, ahead)
    finally:
        await reader.stop()


async def end_offsets(reader: Subscriber) -> dict[Partition, int]:
    """Where the partitions that hold something end now."""
    position = await reader.position()
    if not position.offsets:
        raise ConnectionError("The broker does not say where its topics end.")
    return {at: offset + position.lag[at] for at, offset in position.offsets.items() if position.lag[at]}


async def remaining(reader: Subscriber, ends: dict[Partition, int]) -> dict[Partition, int]:
    """Those of these ends that the reader has not come to yet."""
    offsets = (await reader.position()).offsets
    return {at: end for at, end in ends.items() if offsets.get(at, 0) < end}


def _read(value: bytes) -> dict[str, object]:
    """What is no JSON object was not published by Heed; it is shown as it is."""
    try:
        event = json.loads(value)
    except (ValueError, RecursionError):
        event = None
    return event if isinstance(event, dict) else {"unreadable": value.decode(errors="replace")}


def _is_of(name: str, types: Collection[str]) -> bool:
    return any(name == wanted or name.rpartition(".v")[0] == f"heed.{wanted}" for wanted in types)
