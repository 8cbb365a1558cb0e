"""The published figures of R's `survey` on the schools of California."""

import pytest

from heed_measures.surveys.design import Design
from heed_measures.surveys.estimators import mean, share
from tests.measures.surveys import california

DIGITS = 1e-13


def test_a_simple_random_sample_of_a_finite_population():
    sample, design = california.simple()
    found = mean(sample["api00"], design)
    assert found.estimate == pytest.approx(656.584999999999, rel=DIGITS)
    assert found.se == pytest.approx(9.2497220392828, rel=DIGITS)


def test_a_stratified_sample_of_a_finite_population():
    sample, design = california.stratified()
    found = mean(sample["api00"], design)
    assert found.estimate == pytest.approx(662.287363577655, rel=DIGITS)
    assert found.se == pytest.approx(9.408940879434, rel=DIGITS)


def test_a_stratified_sample_with_weights_but_without_populations():
    sample = california.schools("apistrat")
    found = mean(sample["api00"], Design(sample["pw"], strata=sample["stype"]))
    assert found.estimate == pytest.approx(662.287363159321, rel=DIGITS)
    assert found.se == pytest.approx(9.53613229692516, rel=DIGITS)


def test_a_sample_of_school_districts():
    sample, design = california.clusters()
    found = mean(sample["api00"], design)
    assert found.estimate == pytest.approx(644.169398907105, rel=DIGITS)
    assert found.se == pytest.approx(23.5422406937812, rel=DIGITS)
    assert found.degrees_of_freedom == 14


def test_the_share_of_schools_with_an_award():
    sample, design = california.stratified()
    found = share(sample["awards"] == "Yes", design)
    assert found.estimate == pytest.approx(0.638936067161769, rel=DIGITS)
    assert found.se == pytest.approx(0.0344059182016133, rel=DIGITS)
    assert 0 < found.low < found.estimate < found.high < 1


def test_the_naive_interval_of_the_cluster_sample_is_less_than_half_as_wide():
    sample, design = california.clusters()
    right, naive = mean(sample["api00"], design), mean(sample["api00"], design.none())
    assert naive.high - naive.low < (right.high - right.low) / 2
    assert naive.design == "none"
    assert right.design == "clusters+fpc"
