"""Columns of responses: what people answered is what analyses calculate with."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common import conditions
from heed_measures.surveys.design import Design
from heed_survey.analysis.table.columns import item_column, options_column, remapped, text_column
from heed_survey.analysis.table.conditions import evaluate
from heed_survey.analysis.table.dataset import Dataset
from heed_survey.responses.encoding import decode, encode
from heed_survey.surveys.questionnaire.conditions import condition_fields, item_facts
from heed_survey.surveys.questionnaire.items import ItemType, Option, Scale
from tests.survey.questionnaires import TEXT, answered, conditions_on, make_item, make_questionnaire, values_of


def dataset(questionnaire, people):
    encoded = decode([encode(answers, questionnaire) for answers in people], questionnaire)
    n = len(people)
    return Dataset(questionnaire, encoded, {}, Design.simple(n), np.zeros(n, dtype=np.bool_))


@st.composite
def studies(draw):
    """A questionnaire, and the answers of some people to it."""
    questionnaire, first = draw(answered())
    people = [first]
    for _ in range(draw(st.integers(0, 6))):
        codes = [item.code for item in questionnaire.items if draw(st.booleans())]
        people.append({code: draw(values_of(questionnaire.by_code[code])) for code in codes})
    return questionnaire, people


def expected_value(answer, item, name):
    """Return the value that an answer means to a condition, computed in another way."""
    if answer is None:
        return None
    if item.parts:
        return answer[name.rpartition(".")[2]]
    if isinstance(answer, list):
        return tuple(option.code for option in item.options if option.code in answer)
    return answer


def facts_of(questionnaire, answers):
    facts = [item_facts(item, answers.get(item.code)) for item in questionnaire.items]
    return {name: value for part in facts for name, value in part.items()}


def values_of_column(column):
    return [None if code < 0 else column.facts[code] for code in column.codes.tolist()]


@given(studies())
def test_columns_have_the_answers_of_each_person(study):
    questionnaire, people = study
    data = dataset(questionnaire, people)
    names = [(item, name) for item in questionnaire.items for name in item.fields if item.type is not ItemType.TEXT]
    columns = {name: data.column(name) for _, name in names}
    assert {name: values_of_column(column) for name, column in columns.items()} == {
        name: [expected_value(answers.get(item.code), item, name) for answers in people] for item, name in names
    }
    assert all(
        column.present.tolist() == [value is not None for value in values_of_column(column)]
        for column in columns.values()
    )


@given(st.data())
def test_a_filter_selects_those_for_whom_the_condition_is_true(data):
    questionnaire, people = data.draw(studies())
    items = [item for item in questionnaire.items if item.type is not ItemType.TEXT]
    if not items:
        items = [make_item()]
        questionnaire, people = make_questionnaire(*items), [{"mood": 3}, {}]
    parts = [data.draw(conditions_on(items)) for _ in range(data.draw(st.integers(1, 3)))]
    document = {data.draw(st.sampled_from(["all", "any"])): parts}
    condition = conditions.parse(document, condition_fields(items))
    found = evaluate(condition, dataset(questionnaire, people).column, len(people))
    assert found.tolist() == [condition.matches(facts_of(questionnaire, answers)) for answers in people]


@given(st.lists(st.sampled_from([None, "", "b", "a", "中文", "A"]), min_size=1))
def test_texts_are_in_alphabetical_order(texts):
    levels = list(dict.fromkeys(text for text in texts if text is not None))
    codes = np.array([-1 if text is None else levels.index(text) for text in texts], dtype=np.int32)
    column = text_column(codes, levels)
    assert list(column.facts) == sorted(levels)
    assert [None if code < 0 else column.facts[code] for code in column.codes.tolist()] == texts


@given(st.lists(st.integers(1, 5) | st.none(), min_size=1))
def test_values_are_numbers_and_nan_without_an_answer(answers):
    questionnaire = make_questionnaire(make_item())
    values = dataset(questionnaire, [{} if answer is None else {"mood": answer} for answer in answers]).values("mood")
    assert [None if np.isnan(value) else value for value in values.tolist()] == answers


def test_a_scale_that_begins_far_below_zero_has_its_own_values():
    item = make_item(scale=Scale(-30000, -29990))
    column = item_column(item, np.array([-30000, -29990, -32768, -32767], dtype=np.int16))
    assert column.codes.tolist() == [0, 10, -1, -1]


def test_a_choice_of_nothing_is_an_answer():
    item = make_item("seen", ItemType.MULTIPLE)
    column = options_column(item, np.array([[0, 0], [1, 0], [-32768, -32768]], dtype=np.int16))
    assert [None if code < 0 else column.facts[code] for code in column.codes.tolist()] == [(), ("yes",), None]


def test_options_of_an_older_version_are_found_by_their_codes():
    old = make_item("way", ItemType.SINGLE, options=tuple(Option(code, TEXT) for code in ("post", "web", "shop")))
    new = make_item("way", ItemType.SINGLE, options=tuple(Option(code, TEXT) for code in ("web", "phone", "post")))
    codes = remapped(np.array([0, 1, 2, -32768], dtype=np.int16), old, new)
    column = item_column(new, codes)
    found = [None if code < 0 else column.facts[code] for code in column.codes.tolist()]
    assert found == ["post", "web", None, None]


@pytest.mark.parametrize("changes", [{"scale": Scale(1, 7)}, {"reversed": True}])
def test_values_of_another_scale_are_not_compared(changes):
    assert remapped(np.array([3], dtype=np.int16), make_item(), make_item(**changes)) is None
