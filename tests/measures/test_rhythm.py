"""One category stops while others go on, or nothing goes on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures.errors import InvalidInput
from heed_measures.rhythm import find_stopped, is_broken

WEEKLY, MONTHLY = 7, 30


def history(interval, silent_since, *, repeats=9):
    """So many repeats at that interval, and the days without any after the last."""
    return repeats, repeats * interval, repeats * interval + silent_since


def verdict(*lines, overall_broken):
    x, tx, age = zip(*lines, strict=True)
    found = find_stopped([0] * len(lines), x, tx, age, overall_broken=[overall_broken])
    return found.series.tolist(), found.customers.tolist()


def test_one_category_stops_while_another_goes_on():
    assert verdict(history(WEEKLY, 15), history(WEEKLY, 3), overall_broken=False) == ([True, False], [False])


def test_when_all_have_stopped_no_single_one_is_named():
    assert verdict(history(WEEKLY, 15), history(WEEKLY, 20), overall_broken=True) == ([False, False], [True])


def test_a_slow_category_is_given_its_own_time():
    weekly, monthly = history(WEEKLY, 20), history(MONTHLY, 20)
    assert verdict(weekly, monthly, overall_broken=True) == ([True, False], [False])


def test_a_customer_who_buys_a_new_category_has_not_stopped():
    assert verdict(history(WEEKLY, 15), (0, 0, 3), overall_broken=False) == ([True, False], [False])


def test_an_index_without_a_customer_is_refused():
    with pytest.raises(InvalidInput):
        find_stopped([1], [3], [21], [60], overall_broken=[True])


lines = st.tuples(st.integers(0, 5), st.integers(0, 9), st.integers(0, 100), st.integers(0, 200))


@given(st.lists(lines, max_size=30), st.lists(st.booleans(), min_size=6, max_size=6))
def test_a_customer_alone_is_judged_as_among_many(rows, overall_broken):
    owner, x, tx, extra = (
        (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
        if rows
        else [np.empty(0, dtype=np.int64)] * 4
    )
    together = find_stopped(owner, x, tx, tx + extra, overall_broken=overall_broken)
    for customer in range(6):
        mine = owner == customer
        alone = find_stopped(
            np.zeros(mine.sum(), dtype=np.int64),
            x[mine],
            tx[mine],
            (tx + extra)[mine],
            overall_broken=[overall_broken[customer]],
        )
        assert alone.series.tolist() == together.series[mine].tolist()
        assert alone.customers[0] == together.customers[customer]
        assert not (alone.customers[0] and alone.series.any())
    assert not (together.series & ~is_broken(x, tx, tx + extra)).any()
