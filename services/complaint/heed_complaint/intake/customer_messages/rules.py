"""The effect of a customer's message on its complaint. Pure: no clock, no tables."""

from datetime import datetime
from enum import StrEnum

from heed_common.contracts.complaint import ComplaintStatus
from heed_complaint.resolution.callback_answers.rules import REOPENABLE, CallbackPolicy, Consequence


class Effect(StrEnum):
    """What happens besides storing the message and showing it in the queue."""

    NONE = "none"
    RESUME = "resume"
    REOPEN = "reopen"
    ESCALATE = "escalate"
    FOLLOW_UP = "follow_up"


CONSEQUENCES = {
    Consequence.REOPEN: Effect.REOPEN,
    Consequence.ESCALATE: Effect.ESCALATE,
    Consequence.NOTHING: Effect.NONE,
}


def effect_of_message(
    state: ComplaintStatus,
    policy: CallbackPolicy,
    *,
    paused: bool,
    unanswered: bool,
    ended_at: datetime | None,
    now: datetime,
) -> Effect:
    """Return the effect; `unanswered` means that an earlier message still waits for an agent.

    A declined, referred or withdrawn complaint was never resolved, so a message contradicts no resolution: an agent
    decides whether to accept it.
    """
    if ended_at is not None and now >= ended_at + policy.reopen_within:
        return Effect.FOLLOW_UP
    if paused:
        return Effect.RESUME
    if state not in REOPENABLE:
        return Effect.NONE
    effect = CONSEQUENCES[policy.on_message_after_completion]
    return Effect.NONE if effect is Effect.ESCALATE and unanswered else effect
