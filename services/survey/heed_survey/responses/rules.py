"""Validation of answers, and the part of them that is published. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from heed_common.contracts.survey import Answer, Measure
from heed_survey.call_backs.rules import PLEASANT, SOLVED
from heed_survey.responses.errors import AnsweredTwice, NotACallBack, OffTheScale, UnknownItem, WrongKindOfAnswer
from heed_survey.surveys.questionnaire.items import Item

CALL_BACK_ITEMS = frozenset({SOLVED, PLEASANT})
DETRACTOR_SHARE = 0.6
"""Of the scale: 0 to 6 of 0 to 10."""


@dataclass(frozen=True, slots=True)
class AnswerInput:
    """An answer to an item: a value on its scale, or a text."""

    item: str
    value: int | None = None
    text: str | None = None

    def to_json(self) -> dict[str, Any]:
        content: dict[str, Any] = {"value": self.value} if self.text is None else {"text": self.text}
        return {"item": self.item} | content


@dataclass(frozen=True, slots=True)
class NewResponse:
    """A response to record: without `answered_at` as of now, without a customer anonymous."""

    external_id: str | None
    customer_id: UUID | None
    answered_at: datetime | None
    answers: tuple[AnswerInput, ...]
    complaint_id: UUID | None = None
    """Of a call-back; its customer is that of the complaint."""


def check_answers(answers: Sequence[AnswerInput], items: Sequence[Item]) -> None:
    """Check that each answer belongs to another item and is on its scale.

    Raises `UnknownItem`, `AnsweredTwice`, `WrongKindOfAnswer`, `OffTheScale`.
    """
    by_code = {item.code: item for item in items}
    seen: set[str] = set()
    for index, answer in enumerate(answers):
        item = by_code.get(answer.item)
        if item is None:
            raise UnknownItem(pointer=f"/answers/{index}/item")
        if answer.item in seen:
            raise AnsweredTwice(pointer=f"/answers/{index}/item")
        seen.add(answer.item)
        _check_value(answer, item, index)


def in_stored_order(stored: Sequence[Mapping[str, Any]], answers: Sequence[AnswerInput]) -> tuple[AnswerInput, ...]:
    """Return the answers in the order of the stored ones; those that are not stored come last."""
    position = {answer["item"]: index for index, answer in enumerate(stored)}
    return tuple(sorted(answers, key=lambda answer: position.get(answer.item, len(position))))


def check_call_back(items: Sequence[Item]) -> None:
    """Check that the survey has the two questions of a call-back. Raises `NotACallBack`."""
    if not {item.code for item in items} >= CALL_BACK_ITEMS:
        raise NotACallBack(pointer="/complaint_id")


def _check_value(answer: AnswerInput, item: Item, index: int) -> None:
    if (item.scale is None) != (answer.value is None):
        raise WrongKindOfAnswer(pointer=f"/answers/{index}")
    if item.scale is not None and answer.value not in range(item.scale.lowest, item.scale.highest + 1):
        raise OffTheScale(pointer=f"/answers/{index}/value")


def published_answers(answers: Sequence[AnswerInput], items: Sequence[Item]) -> tuple[Answer, ...]:
    """Return the values with their scales; texts are not published."""
    by_code = {item.code: item for item in items}
    return tuple(
        Answer(
            item=answer.item,
            measure=item.measure,
            lowest=scale.lowest,
            highest=scale.highest,
            value=answer.value,
            about=item.about,
        )
        for answer in answers
        if answer.value is not None and (item := by_code[answer.item]) and (scale := item.scale)
    )


def find_detractor_answer(answers: Sequence[Answer]) -> Answer | None:
    """Return the first recommendation in the range of detractors, if there is one."""
    recommendations = [answer for answer in answers if answer.measure is Measure.RECOMMENDATION]
    return next((answer for answer in recommendations if _is_detractor(answer)), None)


def _is_detractor(answer: Answer) -> bool:
    return answer.value - answer.lowest <= DETRACTOR_SHARE * (answer.highest - answer.lowest)
