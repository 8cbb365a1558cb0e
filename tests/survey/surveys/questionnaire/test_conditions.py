"""Skip logic: which items are shown to whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_survey.surveys.questionnaire.conditions import impossible_values, item_facts, visible_items
from heed_survey.surveys.questionnaire.items import ItemType
from tests.survey.questionnaires import answered, make_item, make_questionnaire, show_if

FIRST = make_item("first", ItemType.SINGLE)
SECOND = show_if(make_item("second", ItemType.SINGLE), [FIRST], {"field": "first", "op": "eq", "value": "yes"})
THIRD = show_if(make_item("third"), [FIRST, SECOND], {"field": "second", "op": "eq", "value": "yes"})
CHAIN = make_questionnaire(FIRST, SECOND, THIRD)


def codes(questionnaire, answers):
    return [item.code for item in visible_items(questionnaire, answers)]


def test_what_depends_on_a_hidden_item_is_hidden_as_well():
    assert codes(CHAIN, {"first": "yes", "second": "yes"}) == ["first", "second", "third"]
    assert codes(CHAIN, {"first": "no", "second": "yes"}) == ["first"]
    assert codes(CHAIN, {"second": "yes"}) == ["first"]


@given(answered())
def test_an_answer_to_a_hidden_item_counts_for_nothing(case):
    questionnaire, answers = case
    visible = codes(questionnaire, answers)
    assert codes(questionnaire, {code: value for code, value in answers.items() if code in visible}) == visible


@given(answered())
def test_an_item_is_shown_exactly_if_its_condition_holds_for_the_shown_items_before_it(case):
    questionnaire, answers = case
    visible = set(codes(questionnaire, answers))
    facts = {}
    assert questionnaire.items
    for item in questionnaire.items:
        assert (item.code in visible) == (item.show_if is None or item.show_if.matches(facts))
        if item.code in visible:
            facts |= item_facts(item, answers.get(item.code))


@given(answered())
def test_items_are_shown_in_their_order_and_those_without_a_condition_always(case):
    questionnaire, answers = case
    visible = codes(questionnaire, answers)
    order = [item.code for item in questionnaire.items]
    assert visible == [code for code in order if code in visible]
    assert {item.code for item in questionnaire.items if item.show_if is None} <= set(visible)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(answered(), st.data())
def test_answers_that_no_item_can_have_count_as_none(case, data):
    questionnaire, answers = case
    junk = {item.code: data.draw(JUNK) for item in questionnaire.items if item.code not in answers}
    impossible = {code: value for code, value in junk.items() if not item_facts(questionnaire.by_code[code], value)}
    assert codes(questionnaire, answers | impossible) == codes(questionnaire, answers)


def test_the_parts_of_a_pair_are_fields_of_conditions():
    pair = make_item("feature", ItemType.KANO)
    reason = show_if(
        make_item("reason", ItemType.TEXT), [pair], {"field": "feature.functional", "op": "eq", "value": "dislike"}
    )
    questionnaire = make_questionnaire(pair, reason)
    assert codes(questionnaire, {"feature": {"functional": "dislike", "dysfunctional": "like"}}) == [
        "feature",
        "reason",
    ]
    assert codes(questionnaire, {"feature": {"functional": "like", "dysfunctional": "dislike"}}) == ["feature"]


@pytest.mark.parametrize(
    ("type_", "test", "can_occur"),
    [
        (ItemType.SCALE, {"op": "eq", "value": 5}, True),
        (ItemType.SCALE, {"op": "eq", "value": 6}, False),
        (ItemType.SCALE, {"op": "eq", "value": "2.5"}, False),
        (ItemType.SCALE, {"op": "in", "value": [1, 9]}, False),
        (ItemType.SCALE, {"op": "ge", "value": 5}, True),
        (ItemType.SCALE, {"op": "gt", "value": 5}, False),
        (ItemType.SCALE, {"op": "lt", "value": 1}, False),
        (ItemType.SCALE, {"op": "known", "value": False}, True),
        (ItemType.NUMBER, {"op": "gt", "value": 1000}, True),
        (ItemType.MULTIPLE, {"op": "contains", "value": "yes"}, True),
        (ItemType.MULTIPLE, {"op": "contains", "value": "perhaps"}, False),
    ],
)
def test_a_comparison_with_a_value_that_no_answer_has_is_found(type_, test, can_occur):
    item = make_item("mood", type_)
    condition = show_if(make_item("why"), [item], {"any": [{"not": {"field": "mood", **test}}]}).show_if
    found = [pointer for pointer, _ in impossible_values(condition, [item], pointer="/show_if")]
    assert found == ([] if can_occur else ["/show_if/any/0/not/value"])
