"""AHPy as an independent oracle of weights by pairwise judgement."""

from itertools import combinations

import ahpy
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures import ahp
from heed_measures.errors import InconsistentJudgements
from tests.examples import examples

DIGITS = 9
ITS_RANDOM_INDEX = {3: 0.52, 4: 0.89, 5: 1.11, 6: 1.25, 7: 1.35, 8: 1.40, 9: 1.45, 10: 1.49}
"""It holds the deviation against Saaty's estimates of 2005, we against those of 1980."""


@st.composite
def judged(draw, *, most_off):
    """So many things of some importance, and judgements of them that are off by at most that factor."""
    importance = draw(st.lists(st.floats(0.2, 5), min_size=3, max_size=10))
    pairs = list(combinations(range(len(importance)), 2))
    off = draw(st.lists(st.floats(1 / most_off, most_off), min_size=len(pairs), max_size=len(pairs)))
    return len(importance), [
        importance[one] / importance[other] * factor for (one, other), factor in zip(pairs, off, strict=True)
    ]


def oracle(n, judgements):
    pairs = zip(combinations(range(n), 2), judgements, strict=True)
    compared = {(f"thing {one}", f"thing {other}"): ratio for (one, other), ratio in pairs}
    # It squares the matrix until the weights converge, which takes more rounds for inconsistent judgements.
    return ahpy.Compare("all", compared, precision=DIGITS, random_index="saaty", iterations=1000)


@given(judged(most_off=1.0))
@examples(60)
def test_weights_of_consistent_judgements_agree(case):
    n, judgements = case
    found, expected = ahp.weights(ahp.matrix_from_upper(judgements, n)), oracle(n, judgements)
    assert found.weights == pytest.approx([expected.local_weights[f"thing {one}"] for one in range(n)], abs=1e-8)
    assert found.consistency_ratio == pytest.approx(0, abs=1e-8) == expected.consistency_ratio


@given(judged(most_off=2.0))
@examples(60)
def test_weights_and_consistency_of_judgements_that_contradict_each_other_a_little_agree(case):
    n, judgements = case
    found = ahp.weights(ahp.matrix_from_upper(judgements, n), limit=np.inf)
    expected = oracle(n, judgements)
    assert found.weights == pytest.approx([expected.local_weights[f"thing {one}"] for one in range(n)], abs=1e-8)
    index = expected.consistency_ratio * ITS_RANDOM_INDEX[n]
    assert found.consistency_index == pytest.approx(index, abs=1e-8)
    assert found.consistency_ratio == pytest.approx(index / ahp.RANDOM_INDEX[n - 1], abs=1e-8)


@given(judged(most_off=6.0))
@examples(60)
def test_judgements_that_it_finds_inconsistent_are_refused_and_no_others(case):
    n, judgements = case
    ratio = oracle(n, judgements).consistency_ratio * ITS_RANDOM_INDEX[n] / ahp.RANDOM_INDEX[n - 1]
    if ratio > ahp.MAX_CONSISTENCY_RATIO + 1e-6:
        with pytest.raises(InconsistentJudgements) as refused:
            ahp.weights(ahp.matrix_from_upper(judgements, n))
        assert refused.value.ratio == pytest.approx(ratio, abs=1e-6)
    elif ratio < ahp.MAX_CONSISTENCY_RATIO - 1e-6:
        ahp.weights(ahp.matrix_from_upper(judgements, n))
