"""Events of one customer share a partition in every client."""

from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as some

from heed_common.broker.partitioner import group_by_partition, partition_of, take_batch
from heed_common.broker.protocols import Message


@given(key=some.binary(max_size=64), partitions=some.integers(1, 100))
def test_our_partition_is_the_one_that_the_kafka_client_computes(key, partitions):
    assert partition_of(key, partitions) == (murmur2(key) & 0x7FFFFFFF) % partitions


def test_our_partition_is_the_one_that_java_computes():
    # From org.apache.kafka.common.utils.UtilsTest.testMurmur2.
    java = {"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536, "abc": 479470107}
    for key, digest in java.items():
        assert partition_of(key.encode(), 2**31) == digest & 0x7FFFFFFF


@given(sizes=some.lists(some.integers(0, 300), min_size=1), max_bytes=some.integers(1, 1000))
def test_a_batch_is_a_beginning_that_fits_or_a_single_message(sizes, max_bytes):
    messages = [Message("heed.customer", b"", bytes(size)) for size in sizes]
    batch = take_batch(messages, range(len(messages)), max_bytes=max_bytes)
    assert batch == list(range(len(batch)))
    assert len(batch) == 1 or sum(sizes[: len(batch)]) <= max_bytes
    assert len(batch) == len(sizes) or sum(sizes[: len(batch) + 1]) > max_bytes


def test_messages_of_unknown_topics_are_not_sent():
    assert group_by_partition([Message("unknown", b"key", b"")], {"heed.customer": 12}) == {}
