"""The numeric form of answers: what was encoded is decoded, in columns of fixed width."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_survey.responses import encoding
from heed_survey.responses.encoding import MISSING, NOT_SHOWN, columns, decode, encode, item_columns, record_type
from heed_survey.surveys.questionnaire.conditions import visible_items
from heed_survey.surveys.questionnaire.items import ItemType
from tests.survey.responses.questionnaires import ALL_TYPES, FULL_ANSWERS, answered, make_item, make_questionnaire

KANO = ("like", "expect", "neutral", "live_with", "dislike")


def decoded_answer(item, codes):
    """Return the answer that the codes of an item mean, computed in another way; a text as True."""
    if any(code in (MISSING, NOT_SHOWN, float("inf"), float("-inf")) for code in codes):
        return None
    options = [option.code for option in item.options]
    match item.type:
        case ItemType.SINGLE:
            return options[codes[0]]
        case ItemType.MULTIPLE:
            return [option for option, chosen in zip(options, codes, strict=True) if chosen]
        case ItemType.KANO:
            return {part: KANO[code] for part, code in zip(item.parts, codes, strict=True)}
        case ItemType.TEXT:
            return True
    return dict(zip(item.parts, codes, strict=True)) if item.parts else codes[0]


@given(answered(), st.integers(1, 3))
def test_what_was_encoded_is_decoded(case, copies):
    questionnaire, answers = case
    table = decode([encode(answers, questionnaire)] * copies, questionnaire)
    assert tuple(table) == columns(questionnaire)
    for item in questionnaire.items:
        for row in range(copies):
            found = decoded_answer(item, [table[name][row].item() for name in item_columns(item)])
            expected = answers.get(item.code)
            assert found == (expected if expected is None or item.type is not ItemType.TEXT else True)


@given(answered())
def test_items_that_were_not_shown_differ_from_those_that_were_not_answered(case):
    questionnaire, answers = case
    table = decode([encode(answers, questionnaire)], questionnaire)
    visible = {item.code for item in visible_items(questionnaire, answers)}
    assert questionnaire.items
    for item in questionnaire.items:
        codes = {table[name][0].item() for name in item_columns(item)}
        if item.code not in answers:
            absent = {MISSING, float("inf")} if item.code in visible else {NOT_SHOWN, float("-inf")}
            assert len(codes) == 1
            assert codes < absent


def test_all_records_of_a_version_have_one_width():
    width = record_type(ALL_TYPES).itemsize
    assert len(encode(FULL_ANSWERS, ALL_TYPES)) == len(encode({}, ALL_TYPES)) == width
    assert columns(ALL_TYPES)[:5] == (
        "my_scale",
        "my_single",
        "my_multiple.red",
        "my_multiple.green",
        "my_multiple.blue",
    )
    twenty = make_questionnaire(*(make_item(ItemType.SCALE, f"q{index}") for index in range(20)))
    assert record_type(twenty).itemsize == 41


def test_records_of_another_version_or_format_are_refused():
    record = encode(FULL_ANSWERS, ALL_TYPES)
    for wrong in (record[:-1], record + b"\0", bytes([encoding.FORMAT + 1]) + record[1:]):
        with pytest.raises(ValueError, match=r"another version|multiple of element size"):
            decode([wrong], ALL_TYPES)


def test_no_records_are_empty_columns():
    table = decode([], ALL_TYPES)
    assert [len(column) for column in table.values()] == [0] * len(columns(ALL_TYPES))
    assert table["my_number"].dtype == np.float64
