"""Suppressed tables against an attacker who solves for the hidden numbers with linear programming."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from heed_measures.errors import InvalidInput
from heed_measures.surveys.disclosure import Suppression, suppress, suppress_list

K = 5
tables = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda shape: st.lists(
        st.lists(st.integers(0, 25), min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0]
    )
)


class Attacker:
    """Knows the shown numbers, that counts are not negative, and that rows and columns add up."""

    def __init__(self, table, hidden):
        rows = np.column_stack([table, table.sum(axis=1)])
        self.truth = np.vstack([rows, rows.sum(axis=0)])
        self.hidden = hidden
        self.index = np.full(hidden.shape, -1)
        self.index[hidden] = np.arange(hidden.sum())
        lines = [self._equation(row, column=None) for row in range(hidden.shape[0])]
        lines += [self._equation(None, column) for column in range(hidden.shape[1])]
        self.matrix = np.array([line for line, _ in lines])
        self.right = np.array([value for _, value in lines])

    def _equation(self, row, column):
        """Return the sum of a row or column less its total, as coefficients of the hidden numbers and the rest."""
        line, shown = np.zeros(int(self.hidden.sum())), 0.0
        cells = (
            [(row, j) for j in range(self.hidden.shape[1])]
            if column is None
            else [(i, column) for i in range(self.hidden.shape[0])]
        )
        for position, cell in enumerate(cells):
            sign = -1 if position == len(cells) - 1 else 1
            if self.hidden[cell]:
                line[self.index[cell]] += sign
            else:
                shown += sign * self.truth[cell]
        return line, -shown

    def bounds(self, cell):
        target = np.zeros(int(self.hidden.sum()))
        target[self.index[cell]] = 1
        low = linprog(target, A_eq=self.matrix, b_eq=self.right, bounds=(0, None))
        high = linprog(-target, A_eq=self.matrix, b_eq=self.right, bounds=(0, None))
        return low.fun, np.inf if high.status == 3 else -high.fun


def extended(found: Suppression):
    rows = np.column_stack([found.cells, found.row_totals])
    return np.vstack([rows, [*found.column_totals, found.total]])


def naive(table):
    """Hide the small numbers and nothing else."""
    rows = np.column_stack([table, table.sum(axis=1)])
    values = np.vstack([rows, rows.sum(axis=0)])
    return values < K


@given(counts=tables)
def test_no_hidden_number_is_known_to_within_the_smallest_group(counts):
    table = np.array(counts)
    hidden = extended(suppress(table, K))
    assert hidden[naive(table)].all()
    if hidden.all() or not hidden.any():
        return
    attacker = Attacker(table, hidden)
    for cell in map(tuple, np.argwhere(hidden)):
        low, high = attacker.bounds(cell)
        assert low - 1e-6 <= attacker.truth[cell] <= high + 1e-6
        assert high - low >= K - 1e-6


@given(counts=st.lists(st.integers(0, 25), min_size=1, max_size=7), zeros=st.booleans())
def test_of_a_list_the_hidden_groups_have_at_least_the_smallest_group_together(counts, zeros):
    row = np.array(counts)
    hidden = suppress_list(row, K, hide_zeros=zeros)
    assert hidden[(row < K) & (zeros | (row > 0))].all()
    if hidden.any() and not hidden.all():
        assert hidden.sum() > 1
        assert row[hidden].sum() >= K


def test_the_attacker_recovers_what_naive_suppression_hides():
    table = np.array([[20, 3, 17], [14, 15, 16], [18, 12, 11]])
    attacker = Attacker(table, naive(table))
    assert attacker.bounds((0, 1)) == (pytest.approx(3), pytest.approx(3))
    hidden = extended(suppress(table, K))
    low, high = Attacker(table, hidden).bounds((0, 1))
    assert high - low >= K


def test_the_attacker_recovers_a_pair_of_hidden_cells_whose_sum_is_small():
    """Two hidden cells of a row are not enough: 1 and 1 are known to be at most 2."""
    assert suppress_list([1, 1, 50, 60], K).tolist() == [True, True, True, False]


def test_a_table_without_small_numbers_is_shown_whole():
    assert not extended(suppress([[10, 20], [30, 40]], K)).any()


def test_few_cells_are_hidden_for_a_small_one():
    random = np.random.default_rng(3)
    table = random.integers(20, 60, (8, 5))
    table[2, 3] = 1
    found = suppress(table, K)
    assert found.cells.sum() == 4
    assert not extended(found)[-1].any()
    assert not found.row_totals.any()


def test_a_survey_with_fewer_responses_than_the_smallest_group_shows_nothing():
    assert extended(suppress([[1, 0], [2, 1]], K)).all()


def test_an_option_without_answers_may_be_shown():
    assert suppress_list([0, 20, 30], K, hide_zeros=False).tolist() == [False, False, False]
    assert suppress_list([0, 20, 30], K).tolist() == [True, True, False]


def test_totals_that_are_not_published_protect_cells():
    table = np.array([[3, 20], [30, 40]])
    found = suppress(table, K, row_totals=False, column_totals=False)
    assert found.cells.sum() == 2
    assert found.cells[0, 0]
    assert found.row_totals.all()
    assert found.column_totals.all()
    assert not found.total


@pytest.mark.parametrize(("counts", "k"), [([[-1]], 5), ([[1]], 0), ([1], 5), (np.zeros((0, 2)), 5)])
def test_impossible_tables_are_refused(counts, k):
    with pytest.raises(InvalidInput):
        suppress(counts, k)


def test_a_list_of_two_dimensions_is_refused():
    with pytest.raises(InvalidInput):
        suppress_list([[1]], 5)
