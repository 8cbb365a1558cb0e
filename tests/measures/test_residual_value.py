"""Potential value: discounted purchases of the coming months."""

import numpy as np
import pytest

from heed_measures import residual_value
from heed_measures.beta_geometric import BG_NBD, MBG_NBD, BGParameters
from tests.measures import cdnow

PRIOR = BGParameters(r=0.525, alpha=6.18, a=0.891, b=1.614)


@pytest.mark.parametrize("model", [BG_NBD, MBG_NBD])
def test_each_month_is_worth_less_the_later_it_comes(model):
    seen = cdnow.sample()
    month = residual_value.WEEKS_PER_MONTH
    plain = np.zeros(len(seen.x))
    for number in range(1, 13):
        until, before = (
            model.expected_purchases(PRIOR, months * month, seen.x, seen.tx, seen.T) for months in (number, number - 1)
        )
        plain += (until - before) / 1.01**number
    together = residual_value.discounted_purchases(model, PRIOR, seen.x, seen.tx, seen.T)
    assert together == pytest.approx(plain, rel=1e-9)


def test_without_discount_it_is_the_expectation_of_the_whole_year():
    seen = cdnow.sample()
    year = MBG_NBD.expected_purchases(PRIOR, 365.25 / 7, seen.x, seen.tx, seen.T)
    assert residual_value.discounted_purchases(MBG_NBD, PRIOR, seen.x, seen.tx, seen.T, rate=0.0) == pytest.approx(year)


def test_potential_is_purchases_times_margin():
    assert residual_value.discounted_residual([2.0, 0.5], [10.0, -4.0]) == pytest.approx([20.0, -2.0])
