"""Validation of answers by the type of their item. Pure.

Answers are a mapping of item code to value: a whole number on a scale, the code of an option, a list of codes, a text,
a number, or an object for the two values of a pair.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from heed_common.errors import Unprocessable
from heed_common.problems import json_pointer
from heed_common.strict_json import UNSTORABLE
from heed_common.text import is_blank
from heed_survey.responses.errors import (
    AnswerMissing,
    ItemNotShown,
    OffTheScale,
    UnknownItem,
    UnknownOption,
    WrongKindOfAnswer,
)
from heed_survey.surveys.questionnaire.conditions import visible_items
from heed_survey.surveys.questionnaire.items import SCALED, Item, ItemType, KanoAnswer
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

MAX_TEXT = 10_000
MAX_TEXT_BYTES = 4 * MAX_TEXT
MAX_VALUE_BYTES = 64
"""Of a number, or of the two values of a pair, as JSON."""
MAX_NUMBER = Decimal("999999999.9999")
MAX_DECIMALS = 4
BESIDE_ANSWERS = 2048
"""Bytes of everything else that is encrypted with the answers."""
PLAIN_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,4})?")

Answers = Mapping[str, Any]
"""Values by item code."""
Location = tuple[str | int, ...]
"""Path in the body."""


def check_answers(given: Answers, questionnaire: Questionnaire) -> dict[str, Any]:
    """Return the answers as they are stored, in the order of the items. A null is no answer.

    Raises `UnknownItem`, `WrongKindOfAnswer`, `OffTheScale`, `UnknownOption`, `ItemNotShown`, `AnswerMissing`.
    """
    items = questionnaire.by_code
    for code in given:
        if code not in items:
            raise UnknownItem(pointer=json_pointer(("answers", code)))
    answers = {code: check_answer(given[code], item) for code, item in items.items() if given.get(code) is not None}
    _check_visibility(answers, questionnaire)
    return answers


def longest_answers(questionnaire: Questionnaire) -> int:
    """Return how many bytes the longest answers have as JSON, with what a response has beside them; in whole KiB.

    What is stored encrypted is filled up to so many bytes, so that its length does not depend on the answers.
    """
    total = BESIDE_ANSWERS
    for item in questionnaire.items:
        options = sum(len(option.code) + 3 for option in item.options)
        value = MAX_TEXT_BYTES if item.type is ItemType.TEXT else max(MAX_VALUE_BYTES, options)
        total += len(item.code) + 4 + value
    return -(-total // 1024) * 1024


def check_answer(value: object, item: Item) -> Any:  # noqa: ANN401 its type depends on that of the item
    """Return the value as it is stored. Raises `WrongKindOfAnswer`, `OffTheScale`, `UnknownOption`."""
    at = ("answers", item.code)
    if not item.parts:
        return CHECKS[item.type](value, item, at)
    if not isinstance(value, Mapping) or set(value) != set(item.parts):
        raise _wrong(f"This item is answered with an object of {' and '.join(item.parts)}.", at)
    return {part: CHECKS[item.type](value[part], item, (*at, part)) for part in item.parts}


def _check_visibility(answers: Answers, questionnaire: Questionnaire) -> None:
    visible = {item.code for item in visible_items(questionnaire, answers)}
    for item in questionnaire.items:
        if item.code in answers and item.code not in visible:
            raise ItemNotShown(pointer=json_pointer(("answers", item.code)))
        if item.required and item.code in visible and item.code not in answers:
            raise AnswerMissing(pointer=json_pointer(("answers", item.code)))


def _scale_value(value: object, item: Item, at: Location) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong("This item is answered with a whole number.", at)
    if item.scale is None or value not in item.scale:
        raise OffTheScale(pointer=json_pointer(at))
    return value


def _option(value: object, item: Item, at: Location) -> str:
    if not isinstance(value, str):
        raise _wrong("This item is answered with the code of an option.", at)
    if all(option.code != value for option in item.options):
        raise UnknownOption(pointer=json_pointer(at))
    return value


def _options(value: object, item: Item, at: Location) -> list[str]:
    """Return the chosen options in the order of the item's options."""
    if not isinstance(value, list | tuple) or not value or len(value) > len(item.options):
        raise _wrong("This item is answered with a list of one or more codes of options.", at)
    chosen = {_option(code, item, (*at, index)) for index, code in enumerate(value)}
    if len(chosen) < len(value):
        raise _wrong("An option can be chosen once.", at)
    return [option.code for option in item.options if option.code in chosen]


def _kano_answer(value: object, _: Item, at: Location) -> str:
    if not isinstance(value, str):
        raise _wrong("Each of the two questions is answered with a word.", at)
    if value not in list(KanoAnswer):
        raise UnknownOption(f"The words are {', '.join(KanoAnswer)}.", pointer=json_pointer(at))
    return value


def _text(value: object, _: Item, at: Location) -> str:
    if not isinstance(value, str) or is_blank(value) or UNSTORABLE.search(value):
        raise _wrong("This item is answered with a text that has a visible character.", at)
    text = value.strip()
    if len(text) > MAX_TEXT:
        raise _wrong(f"A text has at most {MAX_TEXT} characters.", at)
    return text


def _number(value: object, _: Item, at: Location) -> int | float:
    """Return the number; within these limits a float is as exact as the decimal."""
    error = _wrong(f"This item is answered with a number of at most 9 digits and {MAX_DECIMALS} decimals.", at)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise error
    if isinstance(value, str) and not PLAIN_NUMBER.fullmatch(value):
        raise error
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise error from None
    if not number.is_finite() or abs(number) > MAX_NUMBER or number != round(number, MAX_DECIMALS):
        raise error
    return int(number) if number == number.to_integral_value() else float(number)


def _wrong(detail: str, at: Location) -> Unprocessable:
    return WrongKindOfAnswer(detail, pointer=json_pointer(at))


CHECKS: Mapping[ItemType, Callable[[object, Item, Location], Any]] = {
    **dict.fromkeys(SCALED, _scale_value),
    ItemType.SINGLE: _option,
    ItemType.MULTIPLE: _options,
    ItemType.TEXT: _text,
    ItemType.NUMBER: _number,
    ItemType.WILLINGNESS_TO_PAY: _number,
    ItemType.KANO: _kano_answer,
}
"""Check of one value; of a pair, of each of the two."""
