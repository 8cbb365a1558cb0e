"""What can be computed from sums over sets of people: checked against all small groups of small surveys."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heed_measures.surveys.differencing import atoms, isolates_fewer_than
from heed_measures.surveys.query_audit import QueryAudit
from heed_measures.surveys.query_history import Refusal


def isolates_by_brute_force(k, sets):
    """Return whether a combination of the sets contains only people of a group below k: then its removal costs rank."""
    member, sizes = atoms(sets)
    rank = np.linalg.matrix_rank(member) if member.size else 0
    for count in range(1, k):
        for group in combinations(range(len(sizes)), count):
            rest = np.delete(member, group, axis=1)
            if sizes[list(group)].sum() < k and (np.linalg.matrix_rank(rest) if rest.size else 0) < rank:
                return True
    return False


@st.composite
def surveys(draw):
    n, queries = draw(st.integers(4, 16)), draw(st.integers(1, 6))
    rows = draw(st.lists(st.lists(st.booleans(), min_size=n, max_size=n), min_size=queries, max_size=queries))
    return draw(st.integers(2, 5)), np.array(rows, dtype=np.bool_)


@settings(max_examples=300, deadline=None)
@given(surveys())
def test_no_combination_of_permitted_sets_isolates_a_group_below_the_smallest(survey):
    k, sets = survey
    if not isolates_fewer_than(k, sets):
        assert not isolates_by_brute_force(k, sets)


@settings(max_examples=150, deadline=None)
@given(surveys())
def test_what_is_permitted_is_permitted_by_the_exact_audit_as_well(survey):
    k, sets = survey
    everyone = np.ones((1, sets.shape[1]), dtype=np.bool_)
    if isolates_fewer_than(k, np.vstack([everyone, sets])):
        return
    state = QueryAudit.start(sets.shape[1], k)
    assert sets.shape[1] > 0
    for members in sets:
        if not members.any():
            continue
        checked = state.check(members)
        assert not isinstance(checked, Refusal)
        state = checked


def test_a_group_less_two_of_its_parts_is_found_though_each_pair_of_sets_differs_by_many():
    whole, first, second = np.zeros((3, 40), dtype=np.bool_)
    whole[:21], first[:10], second[11:21] = True, True, True  # The one between them is left.
    for pair in combinations([whole, first, second], 2):
        assert (pair[0] ^ pair[1]).sum() >= 10
        assert not isolates_fewer_than(5, np.array(pair))
    assert isolates_fewer_than(5, np.array([whole, first, second]))


def test_margins_of_two_fields_are_permitted_though_their_cells_are_small():
    rng = np.random.default_rng(4)
    margins = [rng.integers(0, 5, 100) == value for _ in range(2) for value in range(5)]
    rows, columns = np.array(margins[:5]), np.array(margins[5:])
    assert min((row & column).sum() for row in rows for column in columns) < 5
    assert not isolates_fewer_than(5, np.array(margins))


@pytest.mark.parametrize("sets", [np.zeros((0, 9), dtype=np.bool_), np.zeros((2, 9), dtype=np.bool_)])
def test_empty_sets_isolate_no_one(sets):
    assert not isolates_fewer_than(3, sets)
