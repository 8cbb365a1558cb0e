"""Whether answers fit the questions, and what of them is told."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.survey import Answer, Measure
from heed_common.errors import Unprocessable
from heed_survey.call_backs.rules import verdict
from heed_survey.responses import rules
from heed_survey.responses.errors import AnsweredTwice, OffTheScale, UnknownItem, WrongKindOfAnswer
from heed_survey.responses.rules import Given
from heed_survey.surveys.rules import Item, Scale, Words, item_of
from heed_survey.surveys.templates import SATISFACTION, TEMPLATES

WORDS = Words("How was it?", "怎么样？")
SEVEN = Item("mood", WORDS, Measure.OTHER, Scale(-3, 3))
OPEN = Item("why", WORDS, Measure.OTHER, None)
ITEMS = (SEVEN, OPEN, *SATISFACTION.items)

answers = st.lists(
    st.builds(
        Given,
        item=st.sampled_from(["mood", "why", "satisfaction", "unasked"]),
        value=st.none() | st.integers(-5, 7),
        text=st.none() | st.text(),
    )
)


@pytest.mark.parametrize(
    ("wrong", "error", "pointer"),
    [
        (Given("unasked", value=1), UnknownItem, "/answers/1/item"),
        (Given("satisfaction", value=0), OffTheScale, "/answers/1/value"),
        (Given("satisfaction", value=6), OffTheScale, "/answers/1/value"),
        (Given("satisfaction", text="very"), WrongKindOfAnswer, "/answers/1"),
        (Given("why", value=1), WrongKindOfAnswer, "/answers/1"),
        (Given("mood", value=2), AnsweredTwice, "/answers/1/item"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_with_its_place(wrong, error, pointer):
    with pytest.raises(error) as refused:
        rules.check([Given("mood", value=-3), wrong], ITEMS)
    assert refused.value.pointer == pointer


@given(answers)
def test_what_is_accepted_lies_on_the_scales_and_no_word_of_it_is_told(given_answers):
    with suppress(Unprocessable):
        rules.check(given_answers, ITEMS)
        told = rules.public(given_answers, ITEMS)
        assert [answer.item for answer in told] == [each.item for each in given_answers if each.item != "why"]
        assert all(answer.lowest <= answer.value <= answer.highest for answer in told)


@pytest.mark.parametrize("item", ITEMS)
def test_a_question_comes_back_from_the_store_as_it_went_in(item):
    assert item_of(item.as_json()) == item


@pytest.mark.parametrize("template", TEMPLATES.values())
def test_templates_speak_both_languages_at_every_step_of_their_scales(template):
    assert template.items
    for item in template.items:
        steps = item.scale.highest - item.scale.lowest + 1
        assert len(item.scale.labels) == steps
        assert all(words.en and words.zh for words in (item.text, *item.scale.labels))


def test_the_five_levels_are_those_of_the_taxonomy():
    assert [label.zh for label in SATISFACTION.items[0].scale.labels] == [
        "很不满意",
        "不满意",
        "一般",
        "满意",
        "很满意",
    ]


def test_the_middle_of_a_scale_is_no_complaint():
    levels = [Answer(item="pleasant", measure=Measure.SATISFACTION, lowest=1, highest=5, value=n) for n in range(1, 6)]
    assert [verdict([level])["pleasant"] for level in levels] == [False, False, True, True, True]
    assert verdict([Answer(item="mood", measure=Measure.OTHER, lowest=0, highest=1, value=0)]) == {}
