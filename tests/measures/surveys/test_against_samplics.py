"""`samplics` as oracle, on NHANES II, which lies in its wheel: 31 strata, two clusters each, weights, gaps."""

import warnings
from functools import cache

import numpy as np
import pytest

from heed_measures.surveys.categories import Categories
from heed_measures.surveys.crosstab import combined_codes
from heed_measures.surveys.design import Design
from heed_measures.surveys.domains import means_by
from heed_measures.surveys.estimators import mean, ratio, share, total

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from samplics import PopParam, TaylorEstimator
    from samplics.datasets import load_nhanes2


@cache
def nhanes():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = load_nhanes2()["data"]
    return {name: table[name].to_numpy(dtype=float) for name in table.columns}


def design_of(data):
    return Design(data["finalwgt"], strata=data["stratid"].astype(int), clusters=data["psuid"].astype(int))


def oracle(parameter, data, y, **options):
    estimator = TaylorEstimator(parameter)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator.estimate(
            y=y, samp_weight=data["finalwgt"], stratum=data["stratid"], psu=data["psuid"], remove_nan=True, **options
        )
    return estimator


def test_means_have_the_same_errors_and_intervals():
    data = nhanes()
    found, theirs = mean(data["zinc"], design_of(data)), oracle(PopParam.mean, data, data["zinc"])
    assert found.estimate == pytest.approx(theirs.point_est, rel=1e-10)
    assert found.se == pytest.approx(theirs.stderror, rel=1e-8)
    assert (found.low, found.high) == (pytest.approx(theirs.lower_ci), pytest.approx(theirs.upper_ci))
    assert found.degrees_of_freedom == 31


def test_totals_have_the_same_errors():
    data = nhanes()
    found, theirs = total(data["highbp"], design_of(data)), oracle(PopParam.total, data, data["highbp"])
    assert found.estimate == pytest.approx(theirs.point_est, rel=1e-10)
    assert found.se == pytest.approx(theirs.stderror, rel=1e-8)


def test_ratios_have_the_same_errors():
    data = nhanes()
    found = ratio(data["highbp"], data["zinc"], design_of(data))
    theirs = oracle(PopParam.ratio, data, data["highbp"], x=data["zinc"])
    assert found.estimate == pytest.approx(theirs.point_est, rel=1e-10)
    assert found.se == pytest.approx(theirs.stderror, rel=1e-8)


def test_shares_have_the_same_intervals():
    data = nhanes()
    found, theirs = share(data["diabetes"], design_of(data)), oracle(PopParam.prop, data, data["diabetes"])
    assert found.estimate == pytest.approx(theirs.point_est[1.0], rel=1e-10)
    assert found.se == pytest.approx(theirs.stderror[1.0], rel=1e-8)
    assert found.low == pytest.approx(theirs.lower_ci[1.0], rel=1e-8)
    assert found.high == pytest.approx(theirs.upper_ci[1.0], rel=1e-8)


def test_domains_have_the_same_errors():
    data = nhanes()
    present = ~np.isnan(data["zinc"])
    complete = {name: column[present] for name, column in data.items()}
    theirs = oracle(PopParam.mean, complete, complete["zinc"], domain=complete["race"].astype(int))
    table = means_by(complete["zinc"][:, np.newaxis], design_of(complete), complete["race"].astype(int) - 1)
    for race in (1, 2, 3):
        found = table.estimate(race - 1, 0)
        assert found.estimate == pytest.approx(theirs.point_est[race], rel=1e-10)
        assert found.se == pytest.approx(theirs.stderror[race], rel=1e-8)


def test_cells_of_cross_tables_have_the_same_shares_and_errors():
    """Cell by cell: the two-way table of samplics 0.6 fails with this polars, and its Rao–Scott test is all zeros."""
    data = nhanes()
    present = ~np.isnan(data["diabetes"])
    complete = {name: column[present] for name, column in data.items()}
    codes = combined_codes((complete["race"] - 1).astype(int), complete["diabetes"].astype(int), 2)
    table = Categories(design_of(complete)).shares(codes, 6)
    theirs = oracle(PopParam.prop, complete, codes)
    for code in range(6):
        found = table.estimate(0, code)
        assert found.estimate == pytest.approx(theirs.point_est[code], rel=1e-10)
        assert found.se == pytest.approx(theirs.stderror[code], rel=1e-8)
