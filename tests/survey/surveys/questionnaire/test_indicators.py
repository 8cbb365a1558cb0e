"""The indicator tree: weights multiply on the way to the items."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_survey.surveys.questionnaire.items import ItemType
from heed_survey.surveys.questionnaire.questionnaire import Indicator
from tests.survey.questionnaires import TEXT, make_item, make_questionnaire

SERVICE = Indicator("service", TEXT, Decimal("0.6"))
PRODUCT = Indicator("product", None, Decimal("0.4"))


def leaf(code, indicator, weight=None, type_=ItemType.SCALE):
    return make_item(code, type_, indicator=indicator, weight=None if weight is None else Decimal(weight))


def test_weights_multiply_down_to_the_items():
    tree = make_questionnaire(
        leaf("speed", "service", "0.5"),
        leaf("courtesy", "service", "0.5"),
        leaf("quality", "product"),
        indicator_nodes=(SERVICE, PRODUCT),
    ).indicators
    assert tree.item_weights() == pytest.approx({"speed": 0.3, "courtesy": 0.3, "quality": 0.4})
    assert [node.path for node in tree.nodes()] == [
        "",
        "service",
        "service.speed",
        "service.courtesy",
        "product",
        "product.quality",
    ]
    assert tree.children[0].text == TEXT


def test_without_weights_all_children_count_alike():
    tree = make_questionnaire(*(leaf(code, "a.b" if code < "c" else "c") for code in "abcd")).indicators
    assert tree.item_weights() == pytest.approx(dict.fromkeys("abcd", 0.25))


def test_each_type_of_items_has_a_tree_of_its_own():
    questionnaire = make_questionnaire(leaf("a", "x"), leaf("b", "y", type_=ItemType.SERVQUAL))
    assert questionnaire.indicators.item_weights() == {"a": 1.0}
    assert questionnaire.indicators_of(ItemType.SERVQUAL).item_weights() == {"b": 1.0}


def test_a_questionnaire_without_indicators_has_a_tree_without_children():
    tree = make_questionnaire(make_item()).indicators
    assert (tree.children, tree.item_weights()) == ((), {})


PATHS = st.sampled_from([None, "a", "b", "a.c", "a.d", "a.d.e", "f.g.h"])


@given(st.lists(st.tuples(PATHS, st.decimals("0.01", 1, places=2)), min_size=1, max_size=10))
def test_the_weights_of_all_items_sum_to_one(leaves):
    items = [leaf(f"q{index}", path, weight) for index, (path, weight) in enumerate(leaves)]
    tree = make_questionnaire(*items).indicators
    assert sum(tree.item_weights().values()) == pytest.approx(1)
    assert set(tree.item_weights()) == {item.code for item in items}
    for node in tree.nodes():
        assert node.children == () or sum(child.share for child in node.children) == pytest.approx(1)
