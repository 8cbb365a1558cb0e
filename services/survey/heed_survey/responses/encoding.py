"""Numeric form of answers for analysis: one record of fixed width per response. Pure.

The columns follow the items of the survey's version, which never changes: a million records are decoded by one
`np.frombuffer`. A pair has a column for each value, an item with several choices one for each option. Missing answers
and items that were not shown have codes of their own, so that no reader has to evaluate skip logic again.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heed_survey.surveys.questionnaire.conditions import visible_items
from heed_survey.surveys.questionnaire.items import SCALED, Item, ItemType, KanoAnswer
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

FORMAT = 1
"""First byte of each record; records of an earlier format have to be encoded again."""
FORMAT_COLUMN = "#format"
MISSING, NOT_SHOWN = -32768, -32767
"""Codes in columns of whole numbers."""
MISSING_NUMBER, NOT_SHOWN_NUMBER = float("inf"), float("-inf")
"""Codes in columns of decimal numbers: infinities, because NaN equals nothing."""
NUMBERS = frozenset({ItemType.NUMBER, ItemType.WILLINGNESS_TO_PAY})
KANO_CODES = {answer.value: code for code, answer in enumerate(KanoAnswer)}

Answers = Mapping[str, Any]


def encode(answers: Answers, questionnaire: Questionnaire) -> bytes:
    """Return the record of answers that have been checked."""
    visible = {item.code for item in visible_items(questionnaire, answers)}
    values: list[int | float] = []
    for item in questionnaire.items:
        values += _values(item, answers.get(item.code), is_visible=item.code in visible)
    return struct.pack(_layout(questionnaire), FORMAT, *values)


def decode(records: Sequence[bytes], questionnaire: Questionnaire) -> dict[str, NDArray[Any]]:
    """Return the columns of the records by name (see `columns`), each of shape (n,).

    Raises `ValueError` for records of another version or format.
    """
    table = np.frombuffer(b"".join(records), dtype=record_type(questionnaire))
    if len(table) != len(records) or (table[FORMAT_COLUMN] != FORMAT).any():
        raise ValueError("records of another version of the survey, or of another format")
    return {name: table[name] for name in columns(questionnaire)}


def columns(questionnaire: Questionnaire) -> tuple[str, ...]:
    """Return the names of the columns: item codes, of pairs `code.part`, of several choices `code.option`."""
    return tuple(name for item in questionnaire.items for name in item_columns(item))


def item_columns(item: Item) -> tuple[str, ...]:
    """Return the names of an item's columns."""
    if item.type is ItemType.MULTIPLE:
        return tuple(f"{item.code}.{option.code}" for option in item.options)
    return item.fields


def record_type(questionnaire: Questionnaire) -> np.dtype[np.void]:
    """Return the type of a record: whole numbers of 16 bits, decimal numbers of 64, in the order of the items."""
    kinds = [(name, "<f8" if item.type in NUMBERS else "<i2") for item, name in _columns(questionnaire)]
    return np.dtype([(FORMAT_COLUMN, "u1"), *kinds])


def _layout(questionnaire: Questionnaire) -> str:
    return "<B" + "".join("d" if item.type in NUMBERS else "h" for item, _ in _columns(questionnaire))


def _columns(questionnaire: Questionnaire) -> list[tuple[Item, str]]:
    return [(item, name) for item in questionnaire.items for name in item_columns(item)]


def _values(item: Item, answer: Any, *, is_visible: bool) -> Sequence[int | float]:  # noqa: ANN401 depends on the type
    if answer is None:
        return [_no_answer(item, is_visible=is_visible)] * len(item_columns(item))
    parts = [answer[part] for part in item.parts] if item.parts else [answer]
    return [code for part in parts for code in CODES[item.type](item, part)]


def _no_answer(item: Item, *, is_visible: bool) -> float:
    if item.type in NUMBERS:
        return MISSING_NUMBER if is_visible else NOT_SHOWN_NUMBER
    return MISSING if is_visible else NOT_SHOWN


def _option_index(item: Item, answer: str) -> Sequence[int]:
    return [next(index for index, option in enumerate(item.options) if option.code == answer)]


CODES: Mapping[ItemType, Callable[[Item, Any], Sequence[int | float]]] = {
    **dict.fromkeys(SCALED, lambda _, answer: [answer]),
    **dict.fromkeys(NUMBERS, lambda _, answer: [float(answer)]),
    ItemType.SINGLE: _option_index,
    ItemType.MULTIPLE: lambda item, answer: [int(option.code in answer) for option in item.options],
    ItemType.KANO: lambda _, answer: [KANO_CODES[answer]],
    ItemType.TEXT: lambda _, __: [1],
}
"""Codes of one value: the number itself, the index of the option or word, 0 or 1 per option, 1 for any text."""
