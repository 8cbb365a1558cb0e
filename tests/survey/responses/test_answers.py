"""Each type of item accepts its own answers, and rejects others with a pointer."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.condition_values import NUMBER
from heed_common.conditions import Comparison, Op
from heed_common.errors import Unprocessable
from heed_survey.responses.answers import check_answer, check_answers
from heed_survey.responses.errors import (
    AnswerMissing,
    ItemNotShown,
    OffTheScale,
    UnknownItem,
    UnknownOption,
    WrongKindOfAnswer,
)
from heed_survey.surveys.questionnaire.items import ItemType
from tests.survey.responses.questionnaires import (
    ALL_TYPES,
    FULL_ANSWERS,
    answered,
    make_item,
    make_questionnaire,
    questionnaires,
)

UNHAPPY = Comparison("mood", NUMBER, Op.LE, 3)
SKIPPING = make_questionnaire(
    make_item(ItemType.SCALE, "mood", required=True),
    make_item(ItemType.TEXT, "why", show_if=UNHAPPY, required=True),
    make_item(ItemType.TEXT, "praise"),
)
PAIR = {"expectation": 5, "perception": 4}
INVALID = [
    ("mood", 1, UnknownItem, "/answers/mood"),
    ("Who is it?", 1, UnknownItem, "/answers"),
    ("my_scale", 0, OffTheScale, "/answers/my_scale"),
    ("my_scale", 8, OffTheScale, "/answers/my_scale"),
    ("my_scale", 4.0, WrongKindOfAnswer, "/answers/my_scale"),
    ("my_scale", True, WrongKindOfAnswer, "/answers/my_scale"),
    ("my_scale", "4", WrongKindOfAnswer, "/answers/my_scale"),
    ("my_importance", 6, OffTheScale, "/answers/my_importance"),
    ("my_single", "violet", UnknownOption, "/answers/my_single"),
    ("my_single", 1, WrongKindOfAnswer, "/answers/my_single"),
    ("my_single", ["red"], WrongKindOfAnswer, "/answers/my_single"),
    ("my_multiple", "red", WrongKindOfAnswer, "/answers/my_multiple"),
    ("my_multiple", [], WrongKindOfAnswer, "/answers/my_multiple"),
    ("my_multiple", ["red", "red"], WrongKindOfAnswer, "/answers/my_multiple"),
    ("my_multiple", ["red", "violet"], UnknownOption, "/answers/my_multiple/1"),
    ("my_multiple", ["red", 2], WrongKindOfAnswer, "/answers/my_multiple/1"),
    ("my_multiple", ["red"] * 1000, WrongKindOfAnswer, "/answers/my_multiple"),
    ("my_text", 5, WrongKindOfAnswer, "/answers/my_text"),
    ("my_text", " \u200b", WrongKindOfAnswer, "/answers/my_text"),
    ("my_text", "x" * 10_001, WrongKindOfAnswer, "/answers/my_text"),
    ("my_text", "a\x00", WrongKindOfAnswer, "/answers/my_text"),
    ("my_number", "twelve", WrongKindOfAnswer, "/answers/my_number"),
    ("my_number", "1e3", WrongKindOfAnswer, "/answers/my_number"),
    ("my_number", "１２", WrongKindOfAnswer, "/answers/my_number"),
    ("my_number", True, WrongKindOfAnswer, "/answers/my_number"),
    ("my_number", 0.00001, WrongKindOfAnswer, "/answers/my_number"),
    ("my_number", 10**9, WrongKindOfAnswer, "/answers/my_number"),
    ("my_number", float("nan"), WrongKindOfAnswer, "/answers/my_number"),
    ("my_number", float("inf"), WrongKindOfAnswer, "/answers/my_number"),
    ("my_willingness_to_pay", [1], WrongKindOfAnswer, "/answers/my_willingness_to_pay"),
    ("my_kano", "like", WrongKindOfAnswer, "/answers/my_kano"),
    ("my_kano", {"functional": "like"}, WrongKindOfAnswer, "/answers/my_kano"),
    ("my_kano", {"functional": "like", "dysfunctional": "love"}, UnknownOption, "/answers/my_kano/dysfunctional"),
    ("my_kano", {"functional": 1, "dysfunctional": "like"}, WrongKindOfAnswer, "/answers/my_kano/functional"),
    ("my_servqual", PAIR | {"perception": 9}, OffTheScale, "/answers/my_servqual/perception"),
    ("my_servqual", PAIR | {"importance": 5}, WrongKindOfAnswer, "/answers/my_servqual"),
    ("my_servqual", {"expectation": 5, "perception": None}, WrongKindOfAnswer, "/answers/my_servqual/perception"),
    ("my_rating_pair", {"own": 5, "competitor": "6"}, WrongKindOfAnswer, "/answers/my_rating_pair/competitor"),
]


def test_every_type_accepts_its_answers():
    assert set(FULL_ANSWERS) == {item.code for item in ALL_TYPES.items}
    assert check_answers(FULL_ANSWERS, ALL_TYPES) == FULL_ANSWERS


@pytest.mark.parametrize(("code", "value", "error", "pointer"), INVALID)
def test_a_wrong_answer_is_rejected_with_its_pointer(code, value, error, pointer):
    with pytest.raises(error) as refused:
        check_answers({**FULL_ANSWERS, code: value}, ALL_TYPES)
    assert refused.value.pointer == pointer


@given(answered())
def test_what_was_checked_is_accepted_again_unchanged_also_after_storage(case):
    questionnaire, answers = case
    checked = check_answers(answers, questionnaire)
    assert checked == answers
    assert check_answers(json.loads(json.dumps(checked)), questionnaire) == checked
    assert list(checked) == [item.code for item in questionnaire.items if item.code in answers]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(questionnaires(), st.data())
def test_whatever_is_sent_is_stored_in_a_form_that_can_be_read_or_rejected(questionnaire, data):
    assert questionnaire.items
    for item in questionnaire.items:
        value = data.draw(JSON.filter(lambda value: value is not None))
        with suppress(Unprocessable):
            stored = check_answer(value, item)
            assert check_answer(json.loads(json.dumps(stored)), item) == stored


def test_a_null_is_no_answer():
    assert check_answers({"mood": 5, "praise": None}, SKIPPING) == {"mood": 5}


def test_an_answer_to_a_hidden_item_is_rejected():
    with pytest.raises(ItemNotShown) as refused:
        check_answers({"mood": 7, "why": "It was fine"}, SKIPPING)
    assert refused.value.pointer == "/answers/why"


def test_a_required_item_must_be_answered_only_if_it_is_shown():
    assert check_answers({"mood": 7}, SKIPPING) == {"mood": 7}
    for answers, missing in (({"mood": 2}, "/answers/why"), ({"praise": "All"}, "/answers/mood")):
        with pytest.raises(AnswerMissing) as refused:
            check_answers(answers, SKIPPING)
        assert refused.value.pointer == missing


def test_options_are_stored_in_the_order_of_the_item():
    assert check_answers({"my_multiple": ["blue", "red"]}, ALL_TYPES) == {"my_multiple": ["red", "blue"]}


@pytest.mark.parametrize(("sent", "stored"), [("12.50", 12.5), (12.0, 12), ("-0.0001", -0.0001), (0, 0), ("7", 7)])
def test_a_number_may_be_a_decimal_text(sent, stored):
    checked = check_answers({"my_number": sent}, ALL_TYPES)["my_number"]
    assert (checked, type(checked)) == (stored, type(stored))
