"""Whether answers fit the questions, and what of them may be told. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from heed_common.contracts.survey import Answer, Measure
from heed_survey.call_backs.rules import PLEASANT, SOLVED
from heed_survey.responses.errors import AnsweredTwice, NotACallBack, OffTheScale, UnknownItem, WrongKindOfAnswer
from heed_survey.surveys.rules import Item

TWO_QUESTIONS = frozenset({SOLVED, PLEASANT})
DETRACTING = 0.6
"""Of the scale: 0 to 6 of 0 to 10."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it was given: a value on the item's scale, or words."""

    item: str
    value: int | None = None
    text: str | None = None

    def as_json(self) -> dict[str, Any]:
        said: dict[str, Any] = {"value": self.value} if self.text is None else {"text": self.text}
        return {"item": self.item} | said


@dataclass(frozen=True, slots=True)
class NewResponse:
    """Without `answered_at` it is being answered now; without a customer it is anonymous."""

    external_id: str | None
    customer_id: UUID | None
    answered_at: datetime | None
    answers: tuple[Given, ...]
    complaint_id: UUID | None = None
    """What a call-back is about; its customer is that of the complaint."""


def check(answers: Sequence[Given], items: Sequence[Item]) -> None:
    """Every answer belongs to a question of its own and lies on its scale. What was not asked is not answered."""
    asked = {item.code: item for item in items}
    seen: set[str] = set()
    for place, given in enumerate(answers):
        item = asked.get(given.item)
        if item is None:
            raise UnknownItem(pointer=f"/answers/{place}/item")
        if given.item in seen:
            raise AnsweredTwice(pointer=f"/answers/{place}/item")
        seen.add(given.item)
        _check_value(given, item, place)


def in_order_of(stored: Sequence[Mapping[str, Any]], answers: Sequence[Given]) -> tuple[Given, ...]:
    """Return the answers in the order in which they are stored; those that are not stored come last."""
    position = {answer["item"]: index for index, answer in enumerate(stored)}
    return tuple(sorted(answers, key=lambda answer: position.get(answer.item, len(position))))


def check_call_back(items: Sequence[Item]) -> None:
    """Only who asks whether a complaint is solved, and whether it was pleasant, calls back about it."""
    if not {item.code for item in items} >= TWO_QUESTIONS:
        raise NotACallBack(pointer="/complaint_id")


def _check_value(given: Given, item: Item, place: int) -> None:
    if (item.scale is None) != (given.value is None):
        raise WrongKindOfAnswer(pointer=f"/answers/{place}")
    if item.scale is not None and given.value not in range(item.scale.lowest, item.scale.highest + 1):
        raise OffTheScale(pointer=f"/answers/{place}/value")


def public(answers: Sequence[Given], items: Sequence[Item]) -> tuple[Answer, ...]:
    """The numbers with their scales; words stay here."""
    asked = {item.code: item for item in items}
    return tuple(
        Answer(
            item=given.item,
            measure=item.measure,
            lowest=scale.lowest,
            highest=scale.highest,
            value=given.value,
            about=item.about,
        )
        for given in answers
        if given.value is not None and (item := asked[given.item]) and (scale := item.scale)
    )


def detracting(answers: Sequence[Answer]) -> Answer | None:
    """The answer, if there is one, that says that the customer would rather not recommend us."""
    recommending = [answer for answer in answers if answer.measure is Measure.RECOMMENDATION]
    low = [
        answer
        for answer in recommending
        if answer.value - answer.lowest <= DETRACTING * (answer.highest - answer.lowest)
    ]
    return low[0] if low else None
