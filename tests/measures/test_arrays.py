"""Grouping of equal rows: nothing is lost, nothing is mixed up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures import arrays
from heed_measures.errors import InvalidInput

days = st.integers(0, 400).map(lambda day: day / 7)
counts = st.integers(0, 30).map(float)
anything = st.one_of(days, counts, st.floats(-1e6, 1e6), st.sampled_from([1e12, 0.1, -3.0]))
tables = st.one_of(*(st.lists(st.tuples(column, counts), max_size=50) for column in (days, counts, anything)))


@given(tables)
def test_grouped_rows_give_back_the_table(table):
    first, second = np.array([row[0] for row in table]), np.array([row[1] for row in table])
    found = arrays.unique_rows(first, second)
    pairs = list(zip(*(column.tolist() for column in found.columns), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert found.counts.sum() == len(table)
    assert found.columns[0][found.inverse].tolist() == first.tolist()
    assert found.columns[1][found.inverse].tolist() == second.tolist()


def test_many_different_rows_are_grouped_as_well():
    column = np.repeat(np.random.default_rng(1).uniform(0, 1, 5000), 2)
    found = arrays.unique_rows(column, column, column)
    assert found.counts.tolist() == [2] * 5000
    assert found.columns[2][found.inverse].tolist() == column.tolist()


def test_equal_rows_are_evaluated_once():
    seen = []

    def square(column):
        seen.append(len(column))
        return column * column

    column = np.tile(np.arange(10.0), 1000)
    assert arrays.vectorize_unique_rows(square, column).tolist() == (column * column).tolist()
    assert seen == [10]


@pytest.mark.parametrize("n", [0, 1, arrays.BLOCK_ROWS, arrays.BLOCK_ROWS + 1, 3 * arrays.BLOCK_ROWS - 1])
def test_evaluation_in_blocks_equals_evaluation_at_once(n):
    column, scalar, longest = np.arange(float(n)), np.array(3.0), []

    def both(first, second):
        longest.append(len(second))
        return np.array([first + second, first * second])

    found = arrays.apply_in_blocks(both, scalar, column)
    assert found.tolist() == [(3 + column).tolist(), (3 * column).tolist()]
    assert max(longest) <= arrays.BLOCK_ROWS
    assert sum(longest) == n


def test_a_table_is_computed_at_once_and_broadcast():
    found = arrays.apply_in_blocks(lambda first, second: first + second, np.ones((2, 1)), np.arange(3.0))
    assert found.tolist() == [[1, 2, 3], [1, 2, 3]]


@pytest.mark.parametrize("columns", [([1], [1, 2]), ([[1]], [[1]]), ([1, np.nan], [1, 2])])
def test_columns_that_make_no_table_are_refused(columns):
    with pytest.raises(InvalidInput):
        arrays.same_length(*columns)
