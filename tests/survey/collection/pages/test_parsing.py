"""What browsers send becomes answers, or errors beside the control."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_survey.collection.pages.fields import control_names, filled_fields
from heed_survey.collection.pages.parsing import missing_answers, parse_page
from heed_survey.collection.pages.texts import ERROR_TEXTS
from heed_survey.responses.answers import MAX_TEXT, check_answers
from tests.survey.collection.tour import tour

ITEMS = tour().by_code
ANSWERS = {
    "overall": 2,
    "trouble": ["late", "rude"],
    "recommend": 10,
    "where": "home",
    "day": {"functional": "like", "dysfunctional": "dislike"},
    "prompt": {"expectation": 7, "perception": 1},
    "tidy": 5,
    "quality": {"own": 10, "competitor": 3},
    "speed": 1,
    "visits": 12,
    "price": 12.5,
    "free": "多一点茶\n请",
}


def parse(code: str, *values: str):
    item = ITEMS[code]
    return parse_page([item], {control_names(item)[""]: values})


def test_answers_of_every_type_survive_the_form():
    parsed = parse_page(ITEMS.values(), filled_fields(tuple(ITEMS.values()), ANSWERS))
    assert parsed.errors == {}
    assert parsed.answers == ANSWERS
    assert check_answers(parsed.answers, tour()) == ANSWERS


def test_an_empty_page_has_neither_answers_nor_errors():
    parsed = parse_page(ITEMS.values(), {})
    assert (parsed.answers, parsed.errors) == ({}, {})


@pytest.mark.parametrize("value", ["0", "6", "-1", "5.0", "٤", "four", " 4", "4\n"])
def test_a_value_off_the_scale_is_an_error(value):
    parsed = parse("overall", value)
    assert parsed.answers == {}
    assert parsed.errors["q.overall"].kind == "off_the_scale"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("12", 12),
        (" 12.50 ", 12.5),
        ("1,200", 1200),
        ("¥1,234,567.25", 1234567.25),
        ("１２．５", 12.5),
        ("200元", 200),
        ("0", 0),
    ],
)
def test_numbers_are_read_as_people_write_them(written, number):
    assert parse("price", written).answers == {"price": number}


@pytest.mark.parametrize("written", ["twelve", "1,5", "12,00,0", "1e3", "--1", "1.23456", "nan", "९", "9" * 41, "1 2"])
def test_what_is_no_number_is_an_error(written):
    assert parse("price", written).errors["q.price"].kind == "not_a_number"


@pytest.mark.parametrize(("code", "written"), [("price", "-1"), ("visits", "1000000000"), ("visits", "-1000000000")])
def test_a_number_out_of_range_is_an_error(code, written):
    assert parse(code, written).errors[f"q.{code}"].kind == "number_out_of_range"


def test_a_text_of_spaces_is_no_answer():
    assert parse("free", "  \r\n ").answers == {}


def test_a_text_that_is_too_long_is_an_error():
    assert parse("free", "长" * MAX_TEXT).errors == {}
    assert parse("free", "长" * (MAX_TEXT + 1)).errors["q.free"].kind == "too_long"


@pytest.mark.parametrize("values", [("late", "early"), ("",), ("late", "late ")])
def test_a_choice_that_was_not_offered_is_an_error(values):
    assert parse("trouble", *values).errors["q.trouble"].kind == "off_the_scale"


def test_half_a_pair_is_no_answer_and_its_other_half_is_missing():
    fields = {"q.day.functional": ("like",)}
    parsed = parse_page([ITEMS["day"]], fields)
    assert parsed.answers == {}
    assert list(missing_answers([ITEMS["day"]], parsed.answers, fields)) == ["q.day.dysfunctional"]


def test_an_item_that_is_not_required_may_be_left_out():
    assert missing_answers(ITEMS.values(), {}, {}).keys() == {"q.overall", "q.trouble", "q.recommend", "q.where"}


@given(
    st.dictionaries(
        st.sampled_from([name for item in ITEMS.values() for name in control_names(item).values()]),
        st.lists(st.text(max_size=60), max_size=3).map(tuple),
    )
)
def test_whatever_is_sent_becomes_valid_answers_or_errors_with_a_text(fields):
    parsed = parse_page(ITEMS.values(), fields)
    assert parsed.answers.keys() <= ITEMS.keys()
    for code, answer in parsed.answers.items():
        assert check_answers({code: answer}, tour_without_conditions()) == {code: answer}
    for error in parsed.errors.values():
        assert ERROR_TEXTS[error.kind]["zh"].format_map(error.values)


def tour_without_conditions():
    from dataclasses import replace

    questionnaire = tour()
    sections = tuple(
        replace(section, items=tuple(replace(item, show_if=None, required=False) for item in section.items))
        for section in questionnaire.sections
    )
    return replace(questionnaire, sections=sections)
