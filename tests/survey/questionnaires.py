"""Questionnaires and answers: small ones for examples, and strategies for properties."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from heed_common import conditions
from heed_survey.surveys.questionnaire.conditions import condition_fields
from heed_survey.surveys.questionnaire.items import PARTS, Item, ItemType, KanoAnswer, Option, Scale, Translated
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire, Section

TEXT = Translated("How was it?", "怎么样？")
FIVE = Scale(1, 5)
OPTIONS = (Option("yes", Translated("Yes", "是")), Option("no", Translated("No", "否")))
SCALES = {
    ItemType.SCALE: FIVE,
    ItemType.SERVQUAL: Scale(1, 7),
    ItemType.IMPORTANCE: FIVE,
    ItemType.RATING_PAIR: Scale(1, 10),
}
WITH_CHOICES = (ItemType.SINGLE, ItemType.MULTIPLE)


def make_item(code: str = "mood", type_: ItemType = ItemType.SCALE, **members: Any) -> Item:
    item = Item(code, TEXT, type_, scale=SCALES.get(type_), options=OPTIONS if type_ in WITH_CHOICES else ())
    return replace(item, **members)


def make_questionnaire(*items: Item, **members: Any) -> Questionnaire:
    return replace(Questionnaire(Translated("Study", "研究"), (Section(items),), ("en", "zh")), **members)


def show_if(item: Item, earlier: list[Item], condition: dict[str, Any]) -> Item:
    """Return the item with a condition on the earlier ones."""
    return replace(item, show_if=conditions.parse(condition, condition_fields(earlier)))


def values_of(item: Item) -> st.SearchStrategy[Any]:
    """Valid answers to an item."""
    if item.parts:
        one = st.sampled_from(list(KanoAnswer)) if item.type is ItemType.KANO else _on(item.scale)
        return st.fixed_dictionaries(dict.fromkeys(PARTS[item.type], one))
    match item.type:
        case ItemType.SINGLE:
            return st.sampled_from([option.code for option in item.options])
        case ItemType.MULTIPLE:
            return st.lists(st.sampled_from([option.code for option in item.options]), unique=True)
        case ItemType.TEXT:
            return st.sampled_from(["good", "bad"])
        case ItemType.NUMBER | ItemType.WILLINGNESS_TO_PAY:
            return st.integers(0, 9)
    return _on(item.scale)


def _on(scale: Scale | None) -> st.SearchStrategy[int]:
    assert scale is not None
    return st.integers(scale.lowest, scale.highest)


@st.composite
def conditions_on(draw: st.DrawFn, items: list[Item]) -> dict[str, Any]:
    """A condition on some earlier item, whose values can occur."""
    item = draw(st.sampled_from(items))
    field = draw(st.sampled_from(item.fields))
    if item.type is ItemType.MULTIPLE:
        test = {"op": "contains", "value": draw(st.sampled_from(["yes", "no"]))}
    elif item.type in (ItemType.SINGLE, ItemType.TEXT, ItemType.KANO):
        value = draw(values_of(item))
        test = {"op": draw(st.sampled_from(["eq", "ne"])), "value": value["functional"] if item.parts else value}
    else:
        low, high = (0, 9) if item.scale is None else (item.scale.lowest, item.scale.highest)
        op = draw(st.sampled_from(["eq", "ne", "ge", "le"]))
        test = {"op": op, "value": draw(st.integers(low, high))}
    test = draw(st.sampled_from([test, {"op": "known", "value": draw(st.booleans())}]))
    simple = {"field": field, **test}
    return draw(st.sampled_from([simple, {"not": simple}, {"any": [simple, {"not": {"all": [simple]}}]}]))


@st.composite
def questionnaires(draw: st.DrawFn) -> Questionnaire:
    """A valid questionnaire in one or two languages, with skip logic, in one or more sections."""
    items: list[Item] = []
    for index, type_ in enumerate(draw(st.lists(st.sampled_from(list(ItemType)), min_size=1, max_size=10))):
        item = make_item(f"q{index}", type_, required=draw(st.booleans()))
        if type_ is ItemType.SCALE:
            direct = [earlier.code for earlier in items if earlier.type is ItemType.SCALE and not earlier.is_reversed]
            reverse_of = draw(st.sampled_from([None, *direct]))
            item = replace(item, reversed=draw(st.booleans()), reverse_of=reverse_of)
        if items and draw(st.integers(0, 3)):
            # Mostly on the item right before: of long chains one finds out whether hiding cascades.
            item = show_if(item, items, draw(conditions_on(draw(st.sampled_from([items[-1:], items])))))
        items.append(item)
    cut = draw(st.integers(1, len(items)))
    titles = st.sampled_from([None, TEXT])
    sections = [Section(tuple(part), draw(titles)) for part in (items[:cut], items[cut:]) if part]
    languages = draw(st.sampled_from([("en",), ("zh",), ("en", "zh")]))
    return Questionnaire(Translated("Study", "研究"), tuple(sections), languages)


@st.composite
def answered(draw: st.DrawFn) -> tuple[Questionnaire, dict[str, Any]]:
    """A questionnaire, and valid answers to some of its items, hidden or not."""
    questionnaire = draw(questionnaires())
    codes = {item.code for item in questionnaire.items if draw(st.integers(0, 3))}
    return questionnaire, {code: draw(values_of(questionnaire.by_code[code])) for code in sorted(codes)}
