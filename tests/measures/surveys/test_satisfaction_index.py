import numpy as np
import pytest
from hypothesis import given

from heed_measures.errors import InvalidInput
from heed_measures.surveys.design import Design
from heed_measures.surveys.domains import means_by
from heed_measures.surveys.estimators import linear_combination
from heed_measures.surveys.satisfaction_index import (
    MISSING_ITEMS,
    Indicator,
    WeightsDoNotSum,
    item_weights,
    satisfaction_index,
)
from tests.measures.surveys import designs

SERVICE = Indicator("service", 0.4, children=(Indicator("service.speed", 0.25, 2), Indicator("service.tone", 0.75, 3)))
PRODUCT = Indicator("product", 0.6, children=(Indicator("product.taste", 0.5, 0), Indicator("product.price", 0.5, 1)))
TREE = Indicator("", 1.0, children=(PRODUCT, SERVICE))
FIVE = np.tile([1, 5], (4, 1))


def by_path(nodes):
    return {node.path: node for node in nodes}


def test_weights_multiply_down_the_tree():
    values = np.array([[5, 4, 3, 2], [3, 4, 5, 2]], dtype=float)
    found = by_path(satisfaction_index(means_by(values, Design.simple(2)), TREE, FIVE))
    assert found[""].index.estimate == pytest.approx(0.3 * 4 + 0.3 * 4 + 0.1 * 4 + 0.3 * 2)
    assert found["service"].index.estimate == pytest.approx(0.25 * 4 + 0.75 * 2)
    assert found["service.tone"].index.estimate == 2
    assert found["service.tone"].total_weight == pytest.approx(0.3)
    assert found[""].score.estimate == pytest.approx(100 * (found[""].index.estimate - 1) / 4)
    assert [node.path for node in satisfaction_index(means_by(values, Design.simple(2)), TREE, FIVE)][:2] == [
        "",
        "product",
    ]


@given(seed=designs.seeds)
def test_the_index_has_the_error_of_its_combination(seed):
    random = np.random.default_rng(seed)
    design = designs.stratified(random)
    values = random.integers(1, 6, (design.n, 4)).astype(float)
    found = satisfaction_index(means_by(values, design), TREE, FIVE)[0]
    expected = linear_combination(values, [0.3, 0.3, 0.1, 0.3], design)
    assert found.index.estimate == pytest.approx(expected.estimate)
    assert found.index.se == pytest.approx(expected.se)
    assert found.score.se == pytest.approx(25 * expected.se)
    assert found.score.low == pytest.approx(25 * (expected.low - 1))


def test_items_of_different_scales_have_a_score_but_no_index():
    values = np.array([[5, 10, 5, 5], [5, 10, 5, 5], [1, 1, 1, 1]], dtype=float)
    scales = np.array([[1, 5], [1, 10], [1, 5], [1, 5]])
    found = by_path(satisfaction_index(means_by(values, Design.simple(3)), TREE, scales))
    assert found[""].score.estimate == pytest.approx(200 / 3)
    assert found[""].index is None
    assert found["service"].index is not None


def test_the_weight_of_an_item_without_responses_goes_to_its_siblings():
    values = np.array([[5, 4, np.nan, 2], [3, 4, np.nan, 2]], dtype=float)
    found = by_path(satisfaction_index(means_by(values, Design.simple(2)), TREE, FIVE))
    assert found["service"].index.estimate == 2
    assert found[""].index.estimate == pytest.approx(0.6 * 4 + 0.4 * 2)
    assert found[""].coverage == pytest.approx(0.9)
    assert MISSING_ITEMS in found[""].score.warnings
    assert found["product"].score.warnings == ()
    assert np.isnan(found["service.speed"].score.estimate)


def test_an_indicator_without_any_response_passes_its_weight_on():
    values = np.array([[5, 4, np.nan, np.nan], [3, 4, np.nan, np.nan]], dtype=float)
    found = by_path(satisfaction_index(means_by(values, Design.simple(2)), TREE, FIVE))
    assert found[""].index.estimate == 4
    assert found[""].coverage == pytest.approx(0.6)


def test_an_index_with_gaps_can_be_refused():
    values = np.array([[5, 4, np.nan, 2], [3, 4, np.nan, 2]], dtype=float)
    found = by_path(satisfaction_index(means_by(values, Design.simple(2)), TREE, FIVE, missing="refuse"))
    assert np.isnan(found[""].score.estimate)
    assert np.isnan(found["service"].score.estimate)
    assert found["product"].score.estimate == pytest.approx(75)


def test_rounded_weights_are_divided_by_their_sum():
    thirds = Indicator("", 1, children=tuple(Indicator(str(item), 0.333, item) for item in range(3)))
    assert item_weights(thirds, 3) == pytest.approx([1 / 3] * 3)


def test_weights_that_do_not_sum_are_refused():
    table = means_by(np.ones((3, 2)), Design.simple(3))
    tree = Indicator("", 1, children=(Indicator("a", 0.5, 0), Indicator("b", 0.4, 1)))
    with pytest.raises(WeightsDoNotSum, match=r"0\.9"):
        satisfaction_index(table, tree, FIVE[:2])


@pytest.mark.parametrize(
    "tree",
    [
        Indicator("", 1, children=(Indicator("a", 1.0, 4),)),
        Indicator("", 1, children=(Indicator("a", 0.5, 0), Indicator("b", 0.5, 0))),
        Indicator("", 1, children=(Indicator("a", 1.5, 0), Indicator("b", -0.5, 1))),
        Indicator("", 1),
        Indicator("", 1, 0, (Indicator("a", 1.0, 1),)),
        Indicator(
            "",
            1,
            None,
            (
                Indicator(
                    "a",
                    1,
                    None,
                    (
                        Indicator(
                            "b",
                            1,
                            None,
                            (Indicator("c", 1, None, (Indicator("d", 1, None, (Indicator("e", 1, 0),)),)),),
                        ),
                    ),
                ),
            ),
        ),
    ],
)
def test_impossible_trees_are_refused(tree):
    with pytest.raises(InvalidInput):
        satisfaction_index(means_by(np.ones((3, 2)), Design.simple(3)), tree, FIVE[:2])


def test_a_scale_of_one_value_is_refused():
    with pytest.raises(InvalidInput):
        satisfaction_index(means_by(np.ones((3, 4)), Design.simple(3)), TREE, np.ones((4, 2)))
