"""Problems of questionnaires, each with the pointer to its part."""

from decimal import Decimal

import pytest

from heed_common.contracts.survey import Measure
from heed_survey.surveys.questionnaire.items import ItemType, Option, Scale, Translated
from heed_survey.surveys.questionnaire.questionnaire import Indicator, Section
from heed_survey.surveys.questionnaire.validation import find_problems
from tests.survey.questionnaires import OPTIONS, TEXT, make_item, make_questionnaire, show_if

ENGLISH = Translated("Only")
AT = "/sections/0/items"


def pointers(questionnaire):
    return [problem.pointer for problem in find_problems(questionnaire)]


def weighted(code, indicator, weight, **members):
    return make_item(code, indicator=indicator, weight=weight and Decimal(weight), **members)


INVALID_ITEMS = [
    ([make_item("a"), make_item("a")], f"{AT}/1/code"),
    ([make_item("a", ItemType.KANO), make_item("a.functional")], f"{AT}/1/code"),
    ([make_item("a", ItemType.MULTIPLE), make_item("a.yes")], f"{AT}/1/code"),
    ([make_item("a.yes"), make_item("a", ItemType.MULTIPLE)], f"{AT}/1/code"),
    ([make_item("a", scale=None)], f"{AT}/0"),
    ([make_item("a", ItemType.TEXT, scale=Scale(1, 5))], f"{AT}/0/scale"),
    ([make_item("a", scale=Scale(5, 5))], f"{AT}/0/scale"),
    ([make_item("a", scale=Scale(1, 5, (TEXT,) * 3))], f"{AT}/0/scale"),
    ([make_item("a", scale=Scale(1, 5, (TEXT, ENGLISH)))], f"{AT}/0/scale/labels/1"),
    ([make_item("a", options=OPTIONS)], f"{AT}/0/options"),
    ([make_item("a", ItemType.SINGLE, options=OPTIONS[:1])], f"{AT}/0/options"),
    ([make_item("a", ItemType.SINGLE, options=(*OPTIONS, Option("yes", TEXT)))], f"{AT}/0/options/2"),
    ([make_item("a", ItemType.SINGLE, options=(*OPTIONS, Option("aye", OPTIONS[0].text)))], f"{AT}/0/options/2"),
    ([make_item("a", ItemType.MULTIPLE, options=(*OPTIONS, Option("b", ENGLISH)))], f"{AT}/0/options/2/text"),
    ([make_item("a", text=ENGLISH)], f"{AT}/0/text"),
    ([make_item("a", ItemType.SERVQUAL, measure=Measure.TRUST)], f"{AT}/0"),
    ([make_item("a", measure=Measure.RETENTION_MOTIVE)], f"{AT}/0/about"),
    ([make_item("a", about="price")], f"{AT}/0/about"),
    ([make_item("a", ItemType.IMPORTANCE, about="b")], f"{AT}/0/about"),
    ([make_item("a", ItemType.IMPORTANCE, reversed=True)], f"{AT}/0/reversed"),
    ([make_item("a"), make_item("b", ItemType.SERVQUAL, reverse_of="a")], f"{AT}/1/reverse_of"),
    ([make_item("a", reverse_of="a")], f"{AT}/0/reverse_of"),
    ([make_item("a", reverse_of="b"), make_item("b")], f"{AT}/0/reverse_of"),
    ([make_item("a", scale=Scale(0, 5)), make_item("b", reverse_of="a")], f"{AT}/1/reverse_of"),
    ([make_item("a", reversed=True), make_item("b", reverse_of="a")], f"{AT}/1/reverse_of"),
    ([make_item("a", ItemType.IMPORTANCE), make_item("b", reverse_of="a")], f"{AT}/1/reverse_of"),
    ([make_item("a", requirement="colour")], f"{AT}/0/requirement"),
    ([make_item("a", ItemType.TEXT, indicator="x")], f"{AT}/0/indicator"),
    ([make_item("a", ItemType.KANO, weight=Decimal(1))], f"{AT}/0/weight"),
    ([weighted("a", "x.y.z.u", None)], f"{AT}/0/indicator"),
    ([weighted("a", "x", "0.5"), weighted("b", "x", "0.4")], f"{AT}/0/weight"),
    ([weighted("a", "x", "0.5"), weighted("b", "x", None)], f"{AT}/1/weight"),
    ([weighted("a", None, "0.9")], f"{AT}/0/weight"),
]


@pytest.mark.parametrize(("items", "pointer"), INVALID_ITEMS)
def test_an_invalid_item_is_found_with_its_pointer(items, pointer):
    assert pointers(make_questionnaire(*items)) == [pointer]


def test_the_options_of_a_single_choice_have_no_columns_that_a_code_could_take():
    assert pointers(make_questionnaire(make_item("a", ItemType.SINGLE), make_item("a.yes"))) == []


def test_a_condition_on_a_value_that_cannot_occur_is_found():
    first = make_item("a")
    second = show_if(make_item("b"), [first], {"field": "a", "op": "eq", "value": 9})
    assert pointers(make_questionnaire(first, second)) == [f"{AT}/1/show_if/value"]


def test_items_are_found_in_their_section():
    sections = (Section((make_item("a"),)), Section((make_item("b"), make_item("a")), ENGLISH))
    found = pointers(make_questionnaire(sections=sections))
    assert found == ["/sections/1/items/1/code", "/sections/1/title"]


@pytest.mark.parametrize(
    ("nodes", "pointer"),
    [
        ([Indicator("x", weight=Decimal("0.5")), Indicator("y", weight=Decimal("0.6"))], "/indicators/0/weight"),
        ([Indicator("x", weight=Decimal("0.5"))], "/indicators"),
        ([Indicator("x"), Indicator("z")], "/indicators/1/path"),
        ([Indicator("x"), Indicator("x")], "/indicators/1/path"),
        ([Indicator("x", ENGLISH)], "/indicators/0/text"),
    ],
)
def test_an_invalid_indicator_is_found(nodes, pointer):
    items = [weighted("a", "x", None), weighted("b", "y", None)]
    assert pointers(make_questionnaire(*items, indicator_nodes=tuple(nodes))) == [pointer]


@pytest.mark.parametrize("weights", [["0.333"] * 3, ["0.143"] * 7, ["0.1667"] * 6, ["0.5", "0.5"], ["1"]])
def test_weights_may_be_rounded_to_three_decimals(weights):
    items = [weighted(f"q{index}", "x", weight) for index, weight in enumerate(weights)]
    assert pointers(make_questionnaire(*items)) == []


def test_a_text_is_needed_only_in_the_named_languages():
    assert pointers(make_questionnaire(make_item(text=ENGLISH), languages=("en",))) == []


def test_a_questionnaire_needs_items_and_a_language():
    assert pointers(make_questionnaire(sections=(), languages=())) == ["/sections", "/languages"]


@pytest.mark.parametrize("about", ["speed", "service"])
def test_an_importance_names_an_item_or_an_indicator(about):
    questionnaire = make_questionnaire(
        make_item("speed", indicator="service"), make_item("weight", ItemType.IMPORTANCE, about=about)
    )
    assert pointers(questionnaire) == []
