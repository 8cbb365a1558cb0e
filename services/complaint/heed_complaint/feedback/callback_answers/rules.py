"""What follows from an answer to a call-back, and from none. Pure: no clock, no tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from heed_common.contracts.complaint import ComplaintStatus
from heed_common.contracts.survey import Answer, Measure

AWAITING = frozenset({ComplaintStatus.COMPLETED, ComplaintStatus.CONFIRMED})
"""Resolved, and nobody has heard yet what the customer says to it."""
REOPENABLE = AWAITING | {ComplaintStatus.CALLED_BACK, ComplaintStatus.CLOSED}


class Consequence(StrEnum):
    REOPEN = "reopen"
    ESCALATE = "escalate"
    NOTHING = "nothing"


class Unanswered(StrEnum):
    CLOSE = "close"
    REOPEN = "reopen"
    NOTHING = "nothing"


class Detractor(StrEnum):
    OPEN = "open"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator wants."""

    unsolved: Consequence
    lowest: Consequence
    """The unhappiest answer there is, even if the matter is solved."""
    unpleasant: Consequence
    escalate_to: str
    unanswered: Unanswered
    unanswered_after: timedelta
    """Counted from the completion."""
    detractor: Detractor
    message_after_completion: Consequence = Consequence.REOPEN
    """When the customer writes after the completion without having been asked."""
    reopen_within: timedelta = timedelta(days=30)
    """For how long after its end a complaint is still the one that a message is about."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the customer said when called back; what was not asked or not answered is empty."""

    solved: bool | None
    pleasant: bool | None
    lowest: bool


@dataclass(frozen=True, slots=True)
class Steps:
    """What is done about it, in this order."""

    call_back: bool = False
    """The complaint was called back, by the survey."""
    reopen: bool = False
    escalate: bool = False


NO_STEPS = Steps()


def said_by(answers: Sequence[Answer], *, solved: bool | None, pleasant: bool | None) -> Said:
    """The verdict, and whether any satisfaction lies at the lowest end of its scale."""
    satisfied = [answer for answer in answers if answer.measure is Measure.SATISFACTION]
    return Said(solved, pleasant, any(answer.value == answer.lowest for answer in satisfied))


def steps_after(state: ComplaintStatus, said: Said, policy: Policy) -> Steps:
    """What follows from the answer for a complaint that stands so. One that is open again is being worked on anyway."""
    if state not in REOPENABLE:
        return NO_STEPS
    wanted = _consequence(said, policy)
    return Steps(
        call_back=state in AWAITING and said.solved is not None,
        reopen=wanted is Consequence.REOPEN,
        escalate=wanted is Consequence.ESCALATE,
    )


def _consequence(said: Said, policy: Policy) -> Consequence:
    """Of several the strongest."""
    wanted = {
        policy.unsolved if said.solved is False else Consequence.NOTHING,
        policy.lowest if said.lowest else Consequence.NOTHING,
        policy.unpleasant if said.pleasant is False else Consequence.NOTHING,
    }
    return next(consequence for consequence in Consequence if consequence in wanted)


def after_silence(state: ComplaintStatus, *, solved: bool | None, policy: Policy) -> Unanswered:
    """What becomes of a resolved complaint of which nothing was heard for so long; what was solved is closed."""
    if policy.unanswered is Unanswered.NOTHING or state not in AWAITING | {ComplaintStatus.CALLED_BACK}:
        return Unanswered.NOTHING
    if state in AWAITING:
        return policy.unanswered
    return Unanswered.CLOSE if solved else Unanswered.NOTHING
