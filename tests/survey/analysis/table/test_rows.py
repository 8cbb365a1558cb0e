"""Rows of a binary COPY become arrays, in whatever pieces their bytes arrive."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_survey.analysis.table.rows import HEADER_BYTES, NO_TEXT, TRAILER, RowBuffer, TextCodes

FIELDS = {"number": ">i4", "weight": ">f8"}
KEY = np.dtype("V16")


def copied(rows):
    """Return what PostgreSQL sends for these rows."""
    packed = [struct.pack(">hiiid", 2, 4, number, 8, weight) for number, weight in rows]
    return b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"".join(packed) + TRAILER


@given(
    st.lists(st.tuples(st.integers(-(2**31), 2**31 - 1), st.floats(allow_nan=False))),
    st.lists(st.integers(1, 40), min_size=1),
    st.integers(1, 4),
)
def test_rows_are_the_same_however_their_bytes_are_cut(rows, sizes, takes):
    content, buffer, found, start = copied(rows), RowBuffer(FIELDS), [], 0
    for number in range(len(content)):
        size = sizes[number % len(sizes)]
        buffer.add(content[start : start + size])
        start += size
        if number % takes == 0:
            found += [(row["number"].item(), row["weight"].item()) for row in buffer.take()]
    found += [(row["number"].item(), row["weight"].item()) for row in buffer.take()]
    buffer.end()
    assert found == rows


def test_a_value_of_another_width_is_an_error_and_no_shifted_number():
    buffer = RowBuffer(FIELDS)
    buffer.add(copied([(1, 2.0)])[:HEADER_BYTES] + struct.pack(">hiqid", 2, 8, 1, 8, 2.0))
    with pytest.raises(ValueError, match="width"):
        buffer.take()


def test_a_missing_value_is_an_error():
    buffer = RowBuffer(FIELDS)
    null = struct.pack(">hii", 2, 4, 7) + struct.pack(">i", -1)
    buffer.add(copied([])[:HEADER_BYTES] + null + struct.pack(">hiiid", 2, 4, 8, 8, 0.5))
    with pytest.raises(ValueError, match="width"):
        buffer.take()


def test_rows_that_end_too_early_are_an_error():
    buffer = RowBuffer(FIELDS)
    buffer.add(copied([(1, 2.0)])[:-5])
    buffer.take()
    with pytest.raises(ValueError, match="end"):
        buffer.end()


@given(st.lists(st.lists(st.integers(-3, 3))))
def test_each_distinct_text_has_one_code_whichever_batch_it_comes_in(batches):
    codes, expected, first, n = TextCodes(), {NO_TEXT: -1}, [], 0
    for batch in batches:
        keys = np.arange(n, n + len(batch), dtype=">u8").repeat(2).view(KEY) if batch else np.zeros(0, dtype=KEY)
        for position, value in enumerate(batch):
            if value not in expected:
                expected[value] = len(first)
                first.append(keys[position].tobytes())
        n += len(batch)
        found = codes.encode(np.array(batch, dtype=np.int64), keys)
        assert found.tolist() == [expected[value] for value in batch]
    assert codes.rows == first
