"""Skip logic: conditions on the answers to earlier items decide which items are shown."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from heed_common.condition_values import FREE_TEXT, NUMBER, TEXTS, FieldType, choice
from heed_common.conditions import All, AnyOf, Comparison, Condition, Not, Op
from heed_survey.surveys.questionnaire.items import SCALED, Item, ItemType, KanoAnswer
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

Answers = Mapping[str, object]
"""Values by item code."""

KANO_ANSWER = choice(*KanoAnswer)
NO_SUCH_VALUE = "The answers to this item never have this value."


def visible_items(questionnaire: Questionnaire, answers: Answers) -> tuple[Item, ...]:
    """Return the items that are shown to a respondent with these answers, in their order.

    An answer to a hidden item counts for nothing, so what depends on it is hidden as well.
    """
    if all(item.show_if is None for item in questionnaire.items):
        return questionnaire.items
    facts: dict[str, object] = {}
    visible = []
    for item in questionnaire.items:
        if item.show_if is None or item.show_if.matches(facts):
            visible.append(item)
            facts |= item_facts(item, answers.get(item.code))
    return tuple(visible)


def condition_fields(items: Sequence[Item]) -> dict[str, FieldType]:
    """Return the fields of conditions on these items; each part of a pair is one."""
    return {name: _field_type(item) for item in items for name in item.fields}


def item_facts(item: Item, value: object) -> dict[str, object]:
    """Return the facts that an answer is for conditions; a value that the item cannot have is none."""
    is_fact = FACTS[item.type]
    if not item.parts:
        return {item.code: value} if is_fact(item, value) else {}
    if not isinstance(value, Mapping):
        return {}
    pairs = zip(item.fields, (value.get(part) for part in item.parts), strict=True)
    return {name: part for name, part in pairs if is_fact(item, part)}


def impossible_values(condition: Condition, items: Sequence[Item], *, pointer: str) -> list[tuple[str, str]]:
    """Return pointer and reason for each comparison with a value that no answer has."""
    by_field = {name: item for item in items for name in item.fields}
    return [
        (at, NO_SUCH_VALUE)
        for at, part in _comparisons(condition, pointer)
        if not _can_occur(part, by_field[part.field])
    ]


def to_document(condition: Condition) -> dict[str, Any]:
    """Return the condition as an author writes it, whole numbers as such."""
    return _with_numbers(condition.as_json(), condition)


def _field_type(item: Item) -> FieldType:
    match item.type:
        case ItemType.SINGLE:
            return choice(*(option.code for option in item.options))
        case ItemType.MULTIPLE:
            return TEXTS
        case ItemType.KANO:
            return KANO_ANSWER
        case ItemType.TEXT:
            return FREE_TEXT
    return NUMBER


def _is_number(_: Item, value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_on_scale(item: Item, value: object) -> bool:
    return item.scale is not None and value in item.scale


def _is_option(item: Item, value: object) -> bool:
    return value in [option.code for option in item.options]


def _are_options(item: Item, value: object) -> bool:
    return isinstance(value, list | tuple) and all(_is_option(item, code) for code in value)


FACTS: Mapping[ItemType, Callable[[Item, object], bool]] = {
    **dict.fromkeys(SCALED, _is_on_scale),
    ItemType.SINGLE: _is_option,
    ItemType.MULTIPLE: _are_options,
    ItemType.TEXT: lambda _, value: isinstance(value, str),
    ItemType.NUMBER: _is_number,
    ItemType.WILLINGNESS_TO_PAY: _is_number,
    ItemType.KANO: lambda _, value: isinstance(value, str) and value in list(KanoAnswer),
}


def _comparisons(condition: Condition, at: str) -> list[tuple[str, Comparison]]:
    match condition:
        case All(parts) | AnyOf(parts):
            name = "all" if isinstance(condition, All) else "any"
            return [found for index, part in enumerate(parts) for found in _comparisons(part, f"{at}/{name}/{index}")]
        case Not(part):
            return _comparisons(part, f"{at}/not")
        case Comparison():
            return [(f"{at}/value", condition)]
    raise TypeError(f"not a condition: {type(condition).__name__}")


def _can_occur(part: Comparison, item: Item) -> bool:
    """Return whether answers can have the value, or lie on the side of it that the comparison is about."""
    if part.op is Op.KNOWN:
        return True
    if item.type is ItemType.MULTIPLE:
        return _is_option(item, part.value)
    if item.scale is None:
        return True
    if part.op in (Op.EQ, Op.NE, Op.IN):
        values = part.value if part.op is Op.IN else (part.value,)
        return all(value in range(item.scale.lowest, item.scale.highest + 1) for value in values)
    return any(part.matches({part.field: value}) for value in (item.scale.lowest, item.scale.highest))


def _with_numbers(document: dict[str, Any], condition: Condition) -> dict[str, Any]:
    match condition:
        case All(parts) | AnyOf(parts):
            ((name, below),) = document.items()
            return {name: [_with_numbers(each, part) for each, part in zip(below, parts, strict=True)]}
        case Not(part):
            return {"not": _with_numbers(document["not"], part)}
        case Comparison(value=tuple() as values):
            return document | {"value": [_number(value) for value in values]}
        case Comparison(value=value):
            return document | {"value": _number(value)}
    raise TypeError(f"not a condition: {type(condition).__name__}")


def _number(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else f"{value:f}"
    return value
