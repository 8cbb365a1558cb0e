import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures.errors import InvalidInput
from heed_measures.surveys.query_history import QueryHistory, Refusal, pack
from tests.measures.surveys import designs

K = 5


def mask(n, members):
    found = np.zeros(n, dtype=bool)
    found[list(members)] = True
    return found


def test_a_group_below_the_smallest_is_refused():
    history = QueryHistory(K)
    assert history.check(mask(50, range(4))) is Refusal.TOO_FEW
    assert history.check(mask(50, [])) is Refusal.TOO_FEW
    assert history.check(mask(50, range(5))) is None


def test_all_but_a_few_are_refused_because_the_total_of_all_is_public():
    assert QueryHistory(K).check(mask(50, range(46))) is Refusal.DIFFERS_BY_FEW
    assert QueryHistory(K).check(mask(50, range(45))) is None


def test_a_query_and_the_same_without_one_respondent_are_not_both_answered():
    history = QueryHistory(K)
    history.record(mask(50, range(20)))
    assert history.check(mask(50, range(19))) is Refusal.DIFFERS_BY_FEW
    assert history.check(mask(50, range(15))) is None
    assert history.check(mask(50, range(20))) is None


def test_a_query_and_nearly_its_complement_are_not_both_answered():
    history = QueryHistory(K)
    history.record(mask(50, range(20)))
    assert history.check(mask(50, range(21, 50))) is Refusal.DIFFERS_BY_FEW
    assert history.check(mask(50, range(20, 50))) is None


def test_later_respondents_are_not_in_earlier_queries():
    """A filter that is repeated after one more response would isolate that response."""
    history = QueryHistory(K)
    history.record(mask(50, range(20)))
    assert history.check(mask(51, [*range(20), 50])) is Refusal.DIFFERS_BY_FEW
    assert history.check(mask(70, [*range(20), *range(50, 56)])) is None


@given(seed=designs.seeds, n=st.integers(1, 200))
def test_a_stored_history_refuses_the_same(seed, n):
    random = np.random.default_rng(seed)
    history, stored = QueryHistory(K), []
    for _ in range(4):
        members = random.uniform(size=n) < 0.5
        if history.check(members) is None:
            stored.append(history.record(members))
    again = QueryHistory(K, stored)
    assert len(again) == len(stored)
    for recorded, packed in zip(again.masks(n), stored, strict=True):
        assert pack(recorded) == packed
    trial = random.uniform(size=n) < 0.5
    assert again.check(trial) == history.check(trial)


@given(seed=designs.seeds, n=st.integers(10, 40))
def test_no_two_answered_queries_differ_by_fewer_than_the_smallest_group(seed, n):
    random = np.random.default_rng(seed)
    history, answered = QueryHistory(K), [np.ones(n, dtype=bool)]
    base = random.uniform(size=n) < 0.5
    for _ in range(30):
        members = base ^ (random.uniform(size=n) < 0.1)
        if history.check(members) is None:
            history.record(members)
            answered.append(members)
    compared = 0
    for first in answered:
        for second in answered:
            for other in (second, ~second):
                assert not 0 < (first ^ other).sum() < K
                compared += 1
    assert compared


def test_a_smallest_group_of_none_is_refused():
    with pytest.raises(InvalidInput):
        QueryHistory(0)
