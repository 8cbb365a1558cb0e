import numpy as np
import pytest
from hypothesis import given

from heed_measures.errors import InvalidInput
from heed_measures.surveys.coding_agreement import krippendorff_alpha
from tests.measures.surveys import designs

GAP = np.nan
EXAMPLE = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, GAP, GAP, GAP],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, GAP, 3],
    [GAP, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, GAP],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, GAP],
]


def test_krippendorff_s_example_with_gaps():
    assert krippendorff_alpha(EXAMPLE) == pytest.approx(0.7434, abs=5e-5)
    assert krippendorff_alpha(EXAMPLE, metric="interval") == pytest.approx(0.8491, abs=5e-5)


@given(seed=designs.seeds)
def test_the_order_of_coders_and_units_means_nothing(seed):
    random = np.random.default_rng(seed)
    table = np.array(EXAMPLE)[random.permutation(4)][:, random.permutation(12)]
    assert krippendorff_alpha(table) == pytest.approx(krippendorff_alpha(EXAMPLE))


def test_coders_who_agree_have_1_and_coders_by_chance_about_0():
    random = np.random.default_rng(1)
    codes = random.integers(0, 4, 2000)
    assert krippendorff_alpha([codes, codes]) == pytest.approx(1)
    assert abs(krippendorff_alpha([codes, random.permutation(codes)])) < 0.06


def test_without_a_difference_or_a_pair_there_is_no_alpha():
    assert np.isnan(krippendorff_alpha([[1, 1], [1, 1]]))
    assert np.isnan(krippendorff_alpha([[1, GAP], [GAP, 2]]))
    with pytest.raises(InvalidInput):
        krippendorff_alpha([1, 2])
