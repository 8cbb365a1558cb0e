"""Events of responses. Texts are never published."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from heed_common.contracts.survey import Answer, DetractorFound, Measure, ResponseReceived
from heed_common.outbox import StagedEvent
from heed_common.trace import Origin
from heed_survey.call_backs.rules import interpret_answers
from heed_survey.responses.rules import State, is_on_scale
from heed_survey.surveys.questionnaire.items import Item
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

DETRACTOR_SHARE = 0.6
"""Of the scale: 0 to 6 of 0 to 10."""


class Published(Protocol):
    """A response, identified or anonymous."""

    id: UUID
    event_id: UUID
    survey_id: UUID
    survey_version: int
    state: str
    customer_id: UUID | None
    complaint_id: UUID | None
    external_id: str | None
    mode: str
    wave: str | None
    answers: dict[str, Any]
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What a restore recovers a response with, beside its answers; of an anonymous one nothing of it is published."""

    quotas: tuple[str, ...] | None = None
    flags: tuple[str, ...] = ()
    invitation_id: UUID | None = None


NOT_PUBLISHED = Collected()


def response_events(
    response: Published,
    questionnaire: Questionnaire,
    collected: Collected = NOT_PUBLISHED,
    *,
    origin: Origin | None = None,
) -> list[StagedEvent]:
    """Return the event with the values, and a second one if the customer is a detractor; none of a pilot."""
    if response.state == State.PILOT:
        return []
    common = {
        "occurred_at": response.answered_at,
        "survey_id": response.survey_id,
        "survey_version": response.survey_version,
        "response_id": response.id,
        "customer_id": response.customer_id,
    }
    answers = published_answers(response.answers, questionnaire)
    result = {} if response.complaint_id is None else interpret_answers(answers)
    external_id = None if response.customer_id is None else response.external_id
    received = ResponseReceived(
        **common,
        answers=answers,
        complaint_id=response.complaint_id,
        external_id=external_id,
        mode=response.mode,
        wave=response.wave,
        **asdict(collected),
        **result,
    )
    events = [StagedEvent(received, 1, id=response.event_id, origin=origin)]
    # An answer to a call-back reopens its own complaint and never opens another.
    may_be_detractor = response.customer_id is not None and response.complaint_id is None
    detractor = find_detractor_answer(answers) if may_be_detractor else None
    if detractor is not None:
        scale = {"score": detractor.value, "lowest": detractor.lowest, "highest": detractor.highest}
        events.append(StagedEvent(DetractorFound(**common, **scale), 2, origin=origin))
    return events


def published_answers(answers: Mapping[str, Any], questionnaire: Questionnaire) -> tuple[Answer, ...]:
    """Return the answers on a scale, with their scales, so that readers need not know the questionnaire."""
    found = (_published(item, answers[item.code]) for item in questionnaire.items if item.code in answers)
    return tuple(answer for answer in found if answer is not None)


def given_answers(published: Sequence[Answer]) -> dict[str, int]:
    """Return published answers by item, as the customer gave them."""
    return {answer.item: answer.given for answer in published}


def find_detractor_answer(answers: Sequence[Answer]) -> Answer | None:
    """Return the first recommendation in the range of detractors, if there is one."""
    recommendations = [answer for answer in answers if answer.measure is Measure.RECOMMENDATION]
    return next((answer for answer in recommendations if _is_detractor(answer)), None)


def _published(item: Item, value: int) -> Answer | None:
    if not is_on_scale(item):
        return None
    assert item.scale is not None  # noqa: S101 - it is on a scale
    return Answer(
        item=item.code,
        measure=item.measure,
        lowest=item.scale.lowest,
        highest=item.scale.highest,
        value=item.scale.mirrored(value) if item.is_reversed else value,
        reversed=item.is_reversed,
        about=item.about,
    )


def _is_detractor(answer: Answer) -> bool:
    return answer.value - answer.lowest <= DETRACTOR_SHARE * (answer.highest - answer.lowest)
