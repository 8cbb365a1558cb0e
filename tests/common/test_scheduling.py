"""Tests that share an expensive fixture run on one worker."""

import pytest

from tests.scheduling import group

TOGETHER = [
    ("tests/common/broker/test_all_brokers.py::test_a[kafka]", "kafka"),
    ("tests/common/broker/test_kafka.py::test_a", "kafka"),
    ("tests/e2e/test_walk.py::test_a[kafka]", "kafka"),
    ("tests/e2e/test_walk.py::test_a[embedded]", "product"),
    ("tests/faults/test_rebuild.py::test_a[embedded]", "tests/faults/test_rebuild.py"),
    ("tests/e2e/test_embedded.py::test_a", "tests/e2e/test_embedded.py"),
]


@pytest.mark.parametrize(("nodeid", "expected"), TOGETHER)
def test_what_shares_a_kafka_or_a_product_is_one_group_and_otherwise_a_file_is(nodeid, expected):
    assert group(nodeid) == expected
