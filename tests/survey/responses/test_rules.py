"""The published part of responses, results of call-backs, and repeated requests."""

import pytest
from hypothesis import given

from heed_common.contracts.survey import Answer, Measure
from heed_survey.call_backs.rules import interpret_answers
from heed_survey.responses.events import find_detractor_answer, published_answers
from heed_survey.surveys.questionnaire.items import ItemType
from tests.survey.responses.questionnaires import ALL_TYPES, FULL_ANSWERS, answered, make_item, make_questionnaire


@given(answered())
def test_only_answers_on_a_scale_are_published_and_with_their_scale(case):
    questionnaire, answers = case
    published = published_answers(answers, questionnaire)
    scaled = [item.code for item in questionnaire.items if item.type is ItemType.SCALE and item.code in answers]
    assert [answer.item for answer in published] == scaled
    assert all(answer.lowest <= answer.value <= answer.highest for answer in published)


def test_a_text_is_in_no_event():
    published = published_answers(FULL_ANSWERS, ALL_TYPES)
    assert [(answer.item, answer.value) for answer in published] == [("my_scale", 7)]


@pytest.mark.parametrize(("value", "is_detractor"), [(1, True), (4, True), (5, False), (7, False)])
def test_a_detractor_recommends_in_the_lowest_six_tenths_of_the_scale(value, is_detractor):
    questionnaire = make_questionnaire(
        make_item(ItemType.SCALE, "trust"), make_item(ItemType.SCALE, "nps", measure=Measure.RECOMMENDATION)
    )
    found = find_detractor_answer(published_answers({"trust": 1, "nps": value}, questionnaire))
    assert (found is not None) is is_detractor


def test_the_middle_of_a_scale_is_a_yes():
    levels = [Answer(item="pleasant", measure=Measure.SATISFACTION, lowest=1, highest=5, value=n) for n in range(1, 6)]
    assert [interpret_answers([level])["pleasant"] for level in levels] == [False, False, True, True, True]
    assert interpret_answers([Answer(item="mood", measure=Measure.OTHER, lowest=0, highest=1, value=0)]) == {}
