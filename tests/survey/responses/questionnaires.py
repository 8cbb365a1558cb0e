"""Questionnaires with items of all types, and complete responses to them, for property tests."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from heed_common.condition_values import NUMBER
from heed_common.conditions import Comparison, Op
from heed_survey.surveys.questionnaire.conditions import visible_items
from heed_survey.surveys.questionnaire.items import (
    DEFAULT_SCALES,
    WITH_OPTIONS,
    Item,
    ItemType,
    KanoAnswer,
    Option,
    Scale,
    Translated,
)
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire, Section

TEXT = Translated("How was it?", "怎么样？")
OPTIONS = tuple(Option(code, TEXT) for code in ("red", "green", "blue"))
SCALE = Scale(1, 7)


def make_item(type_: ItemType, code: str | None = None, **changes: Any) -> Item:
    scale = SCALE if type_ is ItemType.SCALE else DEFAULT_SCALES.get(type_)
    options = OPTIONS if type_ in WITH_OPTIONS else ()
    return Item(
        **{"code": code or f"my_{type_}", "text": TEXT, "type": type_, "scale": scale, "options": options} | changes
    )


def make_questionnaire(*items: Item) -> Questionnaire:
    return Questionnaire(TEXT, (Section(items),), ("en", "zh"))


ALL_TYPES = make_questionnaire(*(make_item(type_) for type_ in ItemType))
FULL_ANSWERS: Mapping[str, Any] = {
    "my_scale": 7,
    "my_single": "green",
    "my_multiple": ["red", "blue"],
    "my_text": "Friendly, but slow",
    "my_number": 12.5,
    "my_kano": {"functional": "like", "dysfunctional": "dislike"},
    "my_servqual": {"expectation": 6, "perception": 4},
    "my_importance": 5,
    "my_rating_pair": {"own": 9, "competitor": 7},
    "my_willingness_to_pay": 120,
}
"""An answer to each item of `ALL_TYPES`."""


def _values(item: Item) -> st.SearchStrategy[Any]:
    codes = [option.code for option in item.options]
    if item.scale is not None:
        return st.integers(item.scale.lowest, item.scale.highest)
    match item.type:
        case ItemType.SINGLE:
            return st.sampled_from(codes)
        case ItemType.MULTIPLE:
            return st.sets(st.sampled_from(codes), min_size=1).map(lambda chosen: [c for c in codes if c in chosen])
        case ItemType.KANO:
            return st.sampled_from([str(answer) for answer in KanoAnswer])
        case ItemType.TEXT:
            return st.text("abc 好", min_size=1).map(str.strip).filter(bool)
    return (
        st.integers(-(10**12), 10**12)
        .map(lambda cents: cents // 10_000 if cents % 10_000 == 0 else cents / 10_000)
        .filter(lambda number: abs(number) < 10**9)
    )


def answers_to(item: Item) -> st.SearchStrategy[Any]:
    """Return valid answers to the item."""
    values = _values(item)
    return st.fixed_dictionaries(dict.fromkeys(item.parts, values)) if item.parts else values


@st.composite
def questionnaires(draw: st.DrawFn) -> Questionnaire:
    """Return questionnaires whose later items may depend on an earlier one with a scale."""
    types = draw(st.lists(st.sampled_from(list(ItemType)), min_size=1, max_size=8))
    first = make_item(ItemType.SCALE, "q0")
    items = [first]
    for index, type_ in enumerate(types, 1):
        show_if = Comparison("q0", NUMBER, Op.GE, draw(st.integers(1, 7))) if draw(st.booleans()) else None
        items.append(make_item(type_, f"q{index}", show_if=show_if))
    return make_questionnaire(*items)


@st.composite
def answered(draw: st.DrawFn) -> tuple[Questionnaire, dict[str, Any]]:
    """Return a questionnaire and valid answers to some of the items that these answers show."""
    questionnaire = draw(questionnaires())
    answers: dict[str, Any] = {}
    for item in questionnaire.items:
        shown = item in visible_items(questionnaire, answers)
        if shown and draw(st.booleans()):
            answers[item.code] = draw(answers_to(item))
    return questionnaire, answers
