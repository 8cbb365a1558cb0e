"""The audit against attackers who combine all answers linearly."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures.errors import InvalidInput
from heed_measures.surveys.query_audit import QueryAudit
from heed_measures.surveys.query_history import QueryHistory, Refusal
from tests.measures.surveys import designs


def is_isolated(queries, n, k):
    """Return whether some combination of the queries and of all is 0 on all but 1 to k − 1 respondents: try all."""
    table = np.array([np.ones(n), *[query.astype(float) for query in queries]])
    _, values, directions = np.linalg.svd(table, full_matrices=False)
    basis = directions[values > 1e-9 * values[0]]
    rest = np.eye(n) - basis.T @ basis
    return any(
        np.linalg.eigvalsh(rest[np.ix_(group, group)])[0] < 1e-7
        for size in range(1, k)
        for group in combinations(range(n), size)
    )


@given(seed=designs.seeds, n=st.integers(6, 11), k=st.integers(2, 5))
def test_a_query_is_refused_just_where_brute_force_isolates_a_group(seed, n, k):
    random = np.random.default_rng(seed)
    audit, answered = QueryAudit.start(n, k), []
    for _ in range(5):
        members = random.uniform(size=n) < random.uniform(0.3, 0.8)
        found = audit.check(members)
        is_bad = bool(members.sum() < k) or is_isolated([*answered, members], n, k)
        assert isinstance(found, Refusal) == is_bad
        if isinstance(found, QueryAudit):
            audit = found
            answered.append(members)


def test_inclusion_and_exclusion_isolate_no_one_although_all_pairs_differ_by_many():
    """A, B and "A or B": the intersection of one respondent is A + B − (A or B)."""
    n = 60
    a, b = np.arange(n) < 21, (np.arange(n) >= 20) & (np.arange(n) < 45)
    history = QueryHistory(5)
    audit = QueryAudit.start(n, 5)
    for members in (a, b):
        assert history.check(members) is None
        history.record(members)
        audit = audit.check(members)
    assert history.check(a | b) is None  # The control: pairs alone do not notice it.
    assert audit.check(a | b) is Refusal.DIFFERS_BY_FEW
    assert isinstance(audit.check(a | b | (np.arange(n) < 50)), QueryAudit)


def test_breakdowns_by_several_fields_are_answered_although_they_cross_in_small_cells():
    random = np.random.default_rng(1)
    n = 300
    region, tier, channel = random.integers(0, 5, n), random.integers(0, 4, n), random.integers(0, 6, n)
    assert np.bincount(region * 24 + tier * 6 + channel).min() < 5
    audit, answered = QueryAudit.start(n, 5), 0
    for field in (region, tier, channel):
        for value in np.unique(field):
            audit = audit.check(field == value)
            assert isinstance(audit, QueryAudit)
            answered += 1
    assert answered == 15


def test_a_random_attacker_who_solves_for_each_respondent_learns_none():
    random = np.random.default_rng(2)
    n, k = 40, 3
    fields = random.integers(0, 3, (4, n))
    audit, answered = QueryAudit.start(n, k), [np.ones(n)]
    refused = 0
    for _ in range(150):
        i, j = random.integers(0, 4, 2)
        members = (fields[i] == random.integers(0, 3)) ^ (fields[j] == random.integers(0, 3))
        found = audit.check(members)
        if isinstance(found, QueryAudit):
            audit = found
            answered.append(members.astype(float))
        else:
            refused += 1
    assert refused
    known = np.linalg.pinv(np.array(answered)) @ np.array(answered)
    assert np.diag(known).max() < 1 - 1e-6
    careless = np.array([np.ones(n), *[fields[i] == v for i in range(4) for v in range(3)], *np.eye(n)[:1]])
    assert np.diag(np.linalg.pinv(careless) @ careless).max() > 1 - 1e-9


def test_a_query_that_needs_too_much_computation_is_refused():
    audit, members = QueryAudit.start(20, 3), np.arange(20) < 10
    assert audit.check(members, max_steps=0) is Refusal.NOT_PROVEN
    assert audit.check(members, max_entries=1) is Refusal.NOT_PROVEN


def test_a_query_that_follows_from_others_adds_nothing():
    audit = QueryAudit.start(20, 3).check(np.arange(20) < 10)
    again = audit.check(np.arange(20) >= 10)
    assert isinstance(again, QueryAudit)
    assert len(again.basis) == len(audit.basis)


def test_impossible_surveys_and_masks_are_refused():
    with pytest.raises(InvalidInput):
        QueryAudit.start(0, 5)
    with pytest.raises(InvalidInput):
        QueryAudit.start(5, 2).check(np.ones(4, dtype=bool))
