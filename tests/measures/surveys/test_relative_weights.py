import numpy as np
import pytest
from hypothesis import given

from heed_measures.errors import InvalidInput
from heed_measures.surveys.relative_weights import relative_weights
from tests.measures.surveys import designs

MPG = (
    "21 21 22.8 21.4 18.7 18.1 14.3 24.4 22.8 19.2 17.8 16.4 17.3 15.2 10.4 10.4 14.7 32.4 30.4 33.9 21.5 15.5 "
    "15.2 13.3 19.2 27.3 26 30.4 15.8 19.7 15 21.4"
)
CYL = "6 6 4 6 8 6 8 4 4 6 6 8 8 8 8 8 8 4 4 4 4 8 8 8 8 4 4 4 8 6 8 4"
DISP = (
    "160 160 108 258 360 225 360 146.7 140.8 167.6 167.6 275.8 275.8 275.8 472 460 440 78.7 75.7 71.1 120.1 "
    "318 304 350 400 79 120.3 95.1 351 145 301 121"
)
HP = (
    "110 110 93 110 175 105 245 62 95 123 123 180 180 180 205 215 230 66 52 65 97 150 150 245 175 66 91 113 "
    "264 175 335 109"
)
WT = (
    "2.62 2.875 2.32 3.215 3.44 3.46 3.57 3.19 3.15 3.44 3.44 4.07 3.73 3.78 5.25 5.424 5.345 2.2 1.615 1.835 "
    "2.465 3.52 3.435 3.84 3.845 1.935 2.14 1.513 3.17 2.77 3.57 2.78"
)


def column(text):
    return np.array([float(value) for value in text.split()])


def test_the_published_weights_of_mtcars():
    drivers = np.column_stack([column(text) for text in (CYL, DISP, HP, WT)])
    found = relative_weights(drivers, column(MPG))
    assert found.weights == pytest.approx([0.2096904, 0.1883043, 0.1799590, 0.2706812], abs=5e-8)
    assert found.r_squared == pytest.approx(0.8486349, abs=1e-6)


@given(seed=designs.seeds)
def test_weights_add_up_to_the_r_squared_of_the_regression(seed):
    random = np.random.default_rng(seed)
    drivers = random.normal(0, 1, (60, 3)) + random.normal(0, 1, (60, 1))
    outcome = drivers @ [1, 0.5, 0] + random.normal(0, 1, 60)
    found = relative_weights(drivers, outcome)
    design = np.column_stack([np.ones(60), drivers])
    residuals = outcome - design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    assert found.r_squared == pytest.approx(1 - residuals.var() / outcome.var())
    assert (found.weights >= 0).all()


def test_of_a_driver_that_is_there_twice_both_copies_share_its_weight():
    random = np.random.default_rng(2)
    x, noise = random.normal(0, 1, (2, 100))
    found = relative_weights(np.column_stack([x, x]), x + noise)
    assert found.weights[0] == pytest.approx(found.weights[1])
    assert found.r_squared == pytest.approx(np.corrcoef(x, x + noise)[0, 1] ** 2)


def test_a_constant_driver_and_too_few_responses_are_refused():
    with pytest.raises(InvalidInput):
        relative_weights(np.column_stack([np.ones(10), np.arange(10)]), np.arange(10))
    with pytest.raises(InvalidInput):
        relative_weights(np.ones((3, 2)), np.ones(3))
