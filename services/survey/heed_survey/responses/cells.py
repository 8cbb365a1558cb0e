"""Responses as rows of a file: columns of answers and of what else a response has. Pure.

Files that are exported can be imported: both use these columns.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from heed_survey.surveys.questionnaire.items import SCALED, Item, ItemType
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

WHOLE_NUMBER = re.compile(r"-?[0-9]{1,9}")
SEPARATOR = "|"
"""Between the options of one cell."""
PREFIX = "response."
DESIGN = ("weight", "stratum", "cluster", "population", "cluster2", "population2")
FIELDS = (
    *("id", "external_id", "customer_id", "complaint_id", "survey_version", "state", "mode", "wave", "interviewer"),
    *("seconds", "flags", "answered_at", "received_at", "recovered"),
    *(f"design.{name}" for name in DESIGN),
)
"""What a response has beside its answers."""


def answer_columns(questionnaires: Sequence[Questionnaire]) -> tuple[str, ...]:
    """Return the columns of all items of the versions, in their order: item codes, of pairs `code.part`."""
    return tuple(dict.fromkeys(name for one in questionnaires for item in one.items for name in item.fields))


def columns(questionnaires: Sequence[Questionnaire]) -> tuple[str, ...]:
    """Return all columns of a file with responses to these versions.

    A field with the name of an item's column has a prefix.
    """
    answers = answer_columns(questionnaires)
    return (*(PREFIX + name if name in answers else name for name in FIELDS), *answers)


def field_column(name: str, columns: Sequence[str]) -> str:
    """Return the column of a field in a file with these columns."""
    return PREFIX + name if PREFIX + name in columns else name


def answer_cells(answers: Mapping[str, Any]) -> dict[str, object]:
    """Return the cells of the answers."""
    cells: dict[str, object] = {}
    for code, value in answers.items():
        if isinstance(value, Mapping):
            cells |= {f"{code}.{part}": below for part, below in value.items()}
        else:
            cells[code] = SEPARATOR.join(value) if isinstance(value, list | tuple) else value
    return cells


def parse_answers(cells: Mapping[str, str], items: Sequence[Item]) -> dict[str, Any]:
    """Return the answers of a row; an empty cell is none. What a cell cannot be is left to the check of answers."""
    answers: dict[str, Any] = {}
    for item in items:
        values = [cells.get(name, "") for name in item.fields]
        if any(values):
            parsed = [_parse(value, item) for value in values]
            answers[item.code] = dict(zip(item.parts, parsed, strict=True)) if item.parts else parsed[0]
    return answers


def _parse(cell: str, item: Item) -> object:
    if item.type in SCALED:
        return int(cell) if WHOLE_NUMBER.fullmatch(cell) else cell
    if item.type is ItemType.MULTIPLE:
        return [option.strip() for option in cell.split(SEPARATOR)]
    return cell
