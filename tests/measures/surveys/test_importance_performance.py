from dataclasses import replace

import numpy as np
import pytest

from heed_measures.errors import InvalidInput
from heed_measures.surveys.design import Design
from heed_measures.surveys.estimators import mean
from heed_measures.surveys.importance_performance import Region, importance_performance

EXACT = mean([1.0, 2, 3], Design.simple(3))


def points(*values, reach=0.01):
    return [replace(EXACT, estimate=value, low=value - reach, high=value + reach) for value in values]


def test_each_quadrant_and_the_grey_zone_have_their_region():
    importance, performance = points(5, 1, 1, 5, 3.1), points(5, 5, 1, 1, 3)
    matrix = importance_performance(importance, performance)
    assert [attribute.region for attribute in matrix.attributes] == [
        Region.STRENGTH,
        Region.IRRELEVANT_ADVANTAGE,
        Region.LOW_PRIORITY,
        Region.WEAKNESS,
        Region.GREY_ZONE,
    ]
    assert [attribute.is_certain for attribute in matrix.attributes] == [True, True, True, True, False]
    assert (matrix.importance_axis, matrix.performance_axis) == (pytest.approx(3.02), 3)


def test_without_a_grey_zone_each_attribute_is_in_a_quadrant():
    matrix = importance_performance(points(5, 1, 3.1), points(5, 1, 3), grey_zone=0)
    assert matrix.attributes[2].region == Region.STRENGTH


def test_an_interval_that_reaches_over_its_axis_leaves_the_region_uncertain():
    matrix = importance_performance(points(5, 1), [*points(4, reach=1.5), *points(2, reach=0.5)])
    assert [attribute.is_certain for attribute in matrix.attributes] == [False, True]


def test_axes_may_be_medians():
    importance = points(1, 2, 9)
    assert importance_performance(importance, importance, axes="medians").importance_axis == 2
    assert importance_performance(importance, importance).importance_axis == 4


def test_an_attribute_without_responses_has_no_region_and_moves_no_axis():
    matrix = importance_performance(points(1, 3, 8), points(1, 3, np.nan))
    assert matrix.attributes[2].region is None
    assert (matrix.importance_axis, matrix.performance_axis) == (2, 2)


def test_attributes_that_are_all_alike_are_all_grey():
    matrix = importance_performance(points(3, 3), points(4, 4))
    assert {attribute.region for attribute in matrix.attributes} == {Region.GREY_ZONE}


def test_different_numbers_of_points_are_refused():
    with pytest.raises(InvalidInput):
        importance_performance(points(1), points(1, 2))
