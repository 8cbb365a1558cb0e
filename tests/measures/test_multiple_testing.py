"""Several tests at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures.errors import InvalidInput
from heed_measures.multiple_testing import holm


def test_the_values_that_r_prints():
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert holm([0.04, 0.001]) == pytest.approx([0.04, 0.002])


@given(st.lists(st.floats(0, 1), max_size=12), st.randoms())
def test_an_adjusted_value_is_never_smaller_and_has_the_same_order(p, random):
    adjusted = holm(p)
    assert (adjusted >= np.array(p)).all()
    assert (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()
    order = list(range(len(p)))
    random.shuffle(order)
    assert holm([p[place] for place in order]) == pytest.approx(adjusted[order])


@pytest.mark.parametrize("p", [[1.5], [-0.1], [float("nan")]])
def test_a_value_outside_0_to_1_is_refused(p):
    with pytest.raises(InvalidInput):
        holm(p)
