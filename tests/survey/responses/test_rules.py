"""Validation of answers, their published part, and the results of call-backs."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.survey import Answer, Measure
from heed_common.errors import Unprocessable
from heed_survey.call_backs.rules import interpret_answers
from heed_survey.responses import rules
from heed_survey.responses.errors import AnsweredTwice, OffTheScale, UnknownItem, WrongKindOfAnswer
from heed_survey.responses.rules import AnswerInput
from heed_survey.surveys.questionnaire.items import Item, ItemType, Scale, Translated
from heed_survey.surveys.templates.service import get_template

TEXT = Translated("How was it?", "怎么样？")
SEVEN = Item("mood", TEXT, ItemType.SCALE, scale=Scale(-3, 3))
OPEN = Item("why", TEXT, ItemType.TEXT)
ITEMS = (SEVEN, OPEN, *get_template("satisfaction").fill().items)

answers = st.lists(
    st.builds(
        AnswerInput,
        item=st.sampled_from(["mood", "why", "satisfaction", "unasked"]),
        value=st.none() | st.integers(-5, 7),
        text=st.none() | st.text(),
    )
)


@pytest.mark.parametrize(
    ("wrong", "error", "pointer"),
    [
        (AnswerInput("unasked", value=1), UnknownItem, "/answers/1/item"),
        (AnswerInput("satisfaction", value=0), OffTheScale, "/answers/1/value"),
        (AnswerInput("satisfaction", value=6), OffTheScale, "/answers/1/value"),
        (AnswerInput("satisfaction", text="very"), WrongKindOfAnswer, "/answers/1"),
        (AnswerInput("why", value=1), WrongKindOfAnswer, "/answers/1"),
        (AnswerInput("mood", value=2), AnsweredTwice, "/answers/1/item"),
    ],
)
def test_an_invalid_answer_is_rejected_with_its_pointer(wrong, error, pointer):
    with pytest.raises(error) as refused:
        rules.check_answers([AnswerInput("mood", value=-3), wrong], ITEMS)
    assert refused.value.pointer == pointer


@given(answers)
def test_accepted_values_are_on_their_scales_and_texts_are_not_published(given_answers):
    with suppress(Unprocessable):
        rules.check_answers(given_answers, ITEMS)
        published = rules.published_answers(given_answers, ITEMS)
        assert [answer.item for answer in published] == [given.item for given in given_answers if given.item != "why"]
        assert all(answer.lowest <= answer.value <= answer.highest for answer in published)


def test_the_middle_of_a_scale_is_a_yes():
    levels = [Answer(item="pleasant", measure=Measure.SATISFACTION, lowest=1, highest=5, value=n) for n in range(1, 6)]
    assert [interpret_answers([level])["pleasant"] for level in levels] == [False, False, True, True, True]
    assert interpret_answers([Answer(item="mood", measure=Measure.OTHER, lowest=0, highest=1, value=0)]) == {}
