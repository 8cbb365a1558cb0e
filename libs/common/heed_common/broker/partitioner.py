"""Which partition a key belongs to: Kafka's own rule (murmur2, as in Java), for every broker of ours."""

from collections.abc import Mapping, Sequence

from heed_common.broker.protocols import Message, Partition

SEED = 0x9747B28C
MULTIPLIER = 0x5BD1E995
SHIFT = 24
WORD = 0xFFFFFFFF
POSITIVE = 0x7FFFFFFF


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of the key among that many; the same in every client, or one customer's events would part."""
    return (_murmur2(key) & POSITIVE) % partitions


def group_by_partition(messages: Sequence[Message], partitions: Mapping[str, int]) -> dict[Partition, list[int]]:
    """The places of the messages for each partition, in order; messages of unknown topics are left out."""
    places: dict[Partition, list[int]] = {}
    for place, message in enumerate(messages):
        if message.topic in partitions:
            partition = partition_of(message.key, partitions[message.topic])
            places.setdefault((message.topic, partition), []).append(place)
    return places


def take_batch(messages: Sequence[Message], places: Sequence[int], *, max_bytes: int) -> list[int]:
    """The beginning of one partition's messages that fits into one batch, at least one message.

    Nothing behind the first message that does not fit may go: it would overtake.
    """
    batch: list[int] = []
    used = 0
    for place in places:
        used += _size(messages[place])
        if batch and used > max_bytes:
            break
        batch.append(place)
    return batch


def _size(message: Message) -> int:
    headers = sum(len(name) + len(value) for name, value in message.headers)
    return len(message.key) + len(message.value) + headers


def _murmur2(data: bytes) -> int:
    """MurmurHash2 in 32 bits, as org.apache.kafka.common.utils.Utils.murmur2 computes it."""
    length = len(data)
    tail = length & 3
    digest = SEED ^ length
    for start in range(0, length - tail, 4):
        word = (int.from_bytes(data[start : start + 4], "little") * MULTIPLIER) & WORD
        word = ((word ^ (word >> SHIFT)) * MULTIPLIER) & WORD
        digest = ((digest * MULTIPLIER) & WORD) ^ word
    if tail:
        digest = ((digest ^ int.from_bytes(data[length - tail :], "little")) * MULTIPLIER) & WORD
    digest = ((digest ^ (digest >> 13)) * MULTIPLIER) & WORD
    return digest ^ (digest >> 15)
