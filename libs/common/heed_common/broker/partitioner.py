"""Partitioning by key with Kafka's own algorithm (murmur2, as in Java), for every broker of Heed."""

from collections.abc import Mapping, Sequence

from heed_common.broker.protocols import Message, Partition

SEED = 0x9747B28C
MULTIPLIER = 0x5BD1E995
SHIFT = 24
WORD = 0xFFFFFFFF
POSITIVE = 0x7FFFFFFF


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition of the key. All clients must agree, or the events of a customer would lose their order."""
    return (_murmur2(key) & POSITIVE) % partitions


def group_by_partition(messages: Sequence[Message], partitions: Mapping[str, int]) -> dict[Partition, list[int]]:
    """Return the indexes of the messages by partition, in order, without those of unknown topics."""
    indexes: dict[Partition, list[int]] = {}
    for index, message in enumerate(messages):
        if message.topic in partitions:
            partition = partition_of(message.key, partitions[message.topic])
            indexes.setdefault((message.topic, partition), []).append(index)
    return indexes


def take_batch(messages: Sequence[Message], indexes: Sequence[int], *, max_bytes: int) -> list[int]:
    """Return the first indexes whose messages fit into one batch, at least one.

    Nothing after the first message that does not fit may be sent: it would overtake that message.
    """
    batch: list[int] = []
    used = 0
    for index in indexes:
        used += _size(messages[index])
        if batch and used > max_bytes:
            break
        batch.append(index)
    return batch


def _size(message: Message) -> int:
    headers = sum(len(name) + len(value) for name, value in message.headers)
    return len(message.key) + len(message.value) + headers


def _murmur2(data: bytes) -> int:
    """Return MurmurHash2 in 32 bits, as org.apache.kafka.common.utils.Utils.murmur2 computes it."""
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
