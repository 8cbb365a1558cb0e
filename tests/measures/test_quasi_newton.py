"""The optimiser of every fit finds the minimum, and reports when there is none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import rosen, rosen_der

from heed_measures.quasi_newton import minimize_lbfgs
from tests.examples import examples

FAR = 12.0
few = examples(30)
near = st.floats(-3, 3)


@few
@given(bottom=st.lists(near, min_size=1, max_size=5), data=st.data())
def test_the_bottom_of_a_bowl_is_found_however_long_and_turned_it_is(bottom, data):
    k = len(bottom)
    turned = np.linalg.qr(np.random.default_rng(data.draw(st.integers(0, 99))).normal(size=(k, k)))[0]
    curvature = turned * data.draw(st.lists(st.floats(0.01, 10), min_size=k, max_size=k)) @ turned.T

    def bowl(x):
        away = x - bottom
        return float(away @ curvature @ away) / 2, curvature @ away

    found = minimize_lbfgs(bowl, np.zeros(k), max_distance=FAR)
    assert found.converged
    assert found.x == pytest.approx(bottom, abs=1e-5)


@few
@given(start=st.lists(near, min_size=2, max_size=4))
def test_a_bent_valley_is_followed_to_its_end(start):
    found = minimize_lbfgs(lambda x: (float(rosen(x)), rosen_der(x)), np.array(start), max_distance=FAR)
    assert found.converged
    assert np.abs(rosen_der(found.x)).max() < 1e-6


def test_who_starts_at_the_bottom_stays_there():
    found = minimize_lbfgs(lambda x: (float(x @ x), 2 * x), np.zeros(3), max_distance=FAR)
    assert (found.x.tolist(), found.iterations, found.converged) == ([0, 0, 0], 0, True)


@pytest.mark.parametrize("fall", [lambda x: -x, lambda x: np.exp(-x)], ids=["slope", "levelling"])
def test_a_function_without_a_minimum_does_not_converge(fall):
    def endless(x):
        return float(fall(x)[0]), (fall(x + 1e-6) - fall(x - 1e-6)) / 2e-6 + np.array([-1e-3])

    assert not minimize_lbfgs(endless, np.zeros(1), max_distance=FAR).converged


def test_a_point_where_nothing_can_be_computed_is_avoided():
    def logarithm(x):
        inside = x[0] > -1
        value = x[0] ** 2 - np.log1p(x[0]) if inside else np.nan
        return float(value), np.array([2 * x[0] - 1 / (1 + x[0]) if inside else np.nan])

    found = minimize_lbfgs(logarithm, np.array([3.0]), max_distance=FAR)
    assert found.converged
    assert found.x == pytest.approx([(np.sqrt(3) - 1) / 2], abs=1e-6)
