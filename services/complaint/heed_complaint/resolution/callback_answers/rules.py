"""The call-back policy: what follows from a response, and from none. Pure: no clock, no tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from heed_common.contracts.complaint import ComplaintStatus
from heed_common.contracts.survey import Answer, DetractorFound, DissatisfactionFound, Measure

AWAITING_RESPONSE = frozenset({ComplaintStatus.COMPLETED, ComplaintStatus.CONFIRMED})
"""Resolved, and the customer has not been called back yet."""
REOPENABLE = AWAITING_RESPONSE | {ComplaintStatus.CALLED_BACK, ComplaintStatus.CLOSED}


class Consequence(StrEnum):
    """The strongest first."""

    REOPEN = "reopen"
    ESCALATE = "escalate"
    NOTHING = "nothing"


class NoAnswerAction(StrEnum):
    CLOSE = "close"
    REOPEN = "reopen"
    NOTHING = "nothing"


class DetractorAction(StrEnum):
    OPEN = "open"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class CallbackPolicy:
    """The operator's settings."""

    on_unsolved: Consequence
    on_lowest_rating: Consequence
    """For the unhappiest answer of a scale, even if the matter is solved."""
    on_unpleasant: Consequence
    escalate_to: str
    on_no_answer: NoAnswerAction
    no_answer_after: timedelta
    """Counted from the completion."""
    on_detractor: DetractorAction
    on_message_after_completion: Consequence = Consequence.REOPEN
    """When the customer writes after the completion without having been asked."""
    reopen_within: timedelta = timedelta(days=30)
    """Counted from the end of a complaint; a message after that opens a follow-up."""


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """A response to a call-back; None where a question was not asked or not answered."""

    solved: bool | None
    pleasant: bool | None
    has_lowest_rating: bool


@dataclass(frozen=True, slots=True)
class FollowUpActions:
    """What to do with the complaint, in this order."""

    call_back: bool = False
    """Record that the complaint was called back, by the survey."""
    reopen: bool = False
    escalate: bool = False


NO_ACTIONS = FollowUpActions()
OTHER_CATEGORY = "other"


@dataclass(frozen=True, slots=True)
class LowAnswer:
    """A response that opens a complaint, or is attached to one."""

    response_id: UUID
    survey_id: UUID
    customer_id: UUID
    occurred_at: datetime
    external_id: str
    """Of the complaint that it opens: a second delivery finds it."""
    description: str
    matter: str | None = None
    """The category that a policy of the survey names; a detractor's names none."""

    @classmethod
    def from_event(cls, event: DetractorFound | DissatisfactionFound) -> Self:
        if isinstance(event, DetractorFound):
            scale = f"{event.score} ({event.lowest}-{event.highest})"
            external_id, matter = f"detractor:{event.response_id}", None
            description = f"Would not recommend us: {scale}. / 不愿推荐我们：{scale}。"
        else:
            external_id, matter = f"response:{event.response_id}:{event.matter}", event.matter
            description = "Dissatisfied in a survey. / 在调查中表示不满。"
        return cls(
            event.response_id,
            event.survey_id,
            event.customer_id,
            event.occurred_at,
            external_id,
            description,
            matter,
        )


def parse_answer(answers: Sequence[Answer], *, solved: bool | None, pleasant: bool | None) -> CallbackAnswer:
    """Return the response, with whether any satisfaction lies at the lowest end of its scale."""
    ratings = [answer for answer in answers if answer.measure is Measure.SATISFACTION]
    return CallbackAnswer(solved, pleasant, any(answer.value == answer.lowest for answer in ratings))


def follow_up_actions(state: ComplaintStatus, answer: CallbackAnswer, policy: CallbackPolicy) -> FollowUpActions:
    """Return what the response leads to; nothing for a complaint that is open again, because it is in hand anyway."""
    if state not in REOPENABLE:
        return NO_ACTIONS
    consequence = _strongest_consequence(answer, policy)
    return FollowUpActions(
        call_back=state in AWAITING_RESPONSE and answer.solved is not None,
        reopen=consequence is Consequence.REOPEN,
        escalate=consequence is Consequence.ESCALATE,
    )


def _strongest_consequence(answer: CallbackAnswer, policy: CallbackPolicy) -> Consequence:
    consequences = {
        policy.on_unsolved if answer.solved is False else Consequence.NOTHING,
        policy.on_lowest_rating if answer.has_lowest_rating else Consequence.NOTHING,
        policy.on_unpleasant if answer.pleasant is False else Consequence.NOTHING,
    }
    return next(consequence for consequence in Consequence if consequence in consequences)


def action_when_unanswered(state: ComplaintStatus, *, solved: bool | None, policy: CallbackPolicy) -> NoAnswerAction:
    """Return what becomes of a resolved complaint without a response in time; one that was solved is closed."""
    if policy.on_no_answer is NoAnswerAction.NOTHING or state not in AWAITING_RESPONSE | {ComplaintStatus.CALLED_BACK}:
        return NoAnswerAction.NOTHING
    if state in AWAITING_RESPONSE:
        return policy.on_no_answer
    return NoAnswerAction.CLOSE if solved else NoAnswerAction.NOTHING
