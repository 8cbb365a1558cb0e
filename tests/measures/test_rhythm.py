"""One category stops while others go on, or nothing goes on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures.errors import InvalidInput
from heed_measures.rhythm import is_broken, stopped

WEEKLY, MONTHLY = 7, 30


def history(interval, silent_since, *, repeats=9):
    """So many repeats at that interval, and the days without any after the last."""
    return repeats, repeats * interval, repeats * interval + silent_since


def verdict(*lines, everything):
    x, tx, age = zip(*lines, strict=True)
    found = stopped([0] * len(lines), x, tx, age, everything=[everything])
    return found.single.tolist(), found.whole.tolist()


def test_one_category_stops_while_another_goes_on():
    assert verdict(history(WEEKLY, 15), history(WEEKLY, 3), everything=False) == ([True, False], [False])


def test_when_all_have_stopped_no_single_one_is_named():
    assert verdict(history(WEEKLY, 15), history(WEEKLY, 20), everything=True) == ([False, False], [True])


def test_a_slow_category_is_given_its_own_time():
    weekly, monthly = history(WEEKLY, 20), history(MONTHLY, 20)
    assert verdict(weekly, monthly, everything=True) == ([True, False], [False])


def test_somebody_who_buys_something_new_has_not_stopped_altogether():
    assert verdict(history(WEEKLY, 15), (0, 0, 3), everything=False) == ([True, False], [False])


def test_a_place_without_a_customer_is_refused():
    with pytest.raises(InvalidInput):
        stopped([1], [3], [21], [60], everything=[True])


lines = st.tuples(st.integers(0, 5), st.integers(0, 9), st.integers(0, 100), st.integers(0, 200))


@given(st.lists(lines, max_size=30), st.lists(st.booleans(), min_size=6, max_size=6))
def test_a_customer_alone_is_judged_as_among_many(rows, everything):
    owner, x, tx, extra = (
        (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
        if rows
        else [np.empty(0, dtype=np.int64)] * 4
    )
    together = stopped(owner, x, tx, tx + extra, everything=everything)
    for customer in range(6):
        mine = owner == customer
        alone = stopped(
            np.zeros(mine.sum(), dtype=np.int64),
            x[mine],
            tx[mine],
            (tx + extra)[mine],
            everything=[everything[customer]],
        )
        assert alone.single.tolist() == together.single[mine].tolist()
        assert alone.whole[0] == together.whole[customer]
        assert not (alone.whole[0] and alone.single.any())
    assert not (together.single & ~is_broken(x, tx, tx + extra)).any()
