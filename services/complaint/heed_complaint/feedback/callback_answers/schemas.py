"""How the operator says what follows from which answer."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field, StrictInt

from heed_common.fields import Code, RequestModel, ResponseModel
from heed_complaint.feedback.callback_answers.rules import Consequence, Detractor, Unanswered
from heed_complaint.feedback.callback_answers.tables import AnswerPolicy

LONGEST_DAYS = 365
DAYS = {"unanswered_after": "unanswered_after_days", "reopen_within": "reopen_within_days"}
"""The fields that are counted in days, by column."""


class AnswerPolicyIn(RequestModel):
    """All of it; what an answer says for several reasons has the strongest consequence."""

    unsolved: Consequence
    lowest: Consequence
    """Where the customer chose the unhappiest answer, even if it is solved."""
    unpleasant: Consequence
    escalate_to: Code
    unanswered: Unanswered
    unanswered_after_days: Annotated[StrictInt, Field(ge=1, le=LONGEST_DAYS)]
    """From the completion. What was called back and is solved is closed after that time, too."""
    detractor: Detractor
    message_after_completion: Consequence = Consequence.REOPEN
    """When the customer writes after the completion without having been asked; `nothing` leaves it to an agent."""
    reopen_within_days: Annotated[StrictInt, Field(ge=0, le=LONGEST_DAYS)] = 30
    """From the end of a complaint; a message after that opens a follow-up."""

    def as_columns(self) -> dict[str, Any]:
        said = self.model_dump(exclude=set(DAYS.values()))
        return said | {column: timedelta(days=getattr(self, name)) for column, name in DAYS.items()}


class AnswerPolicyOut(ResponseModel):
    unsolved: Consequence
    lowest: Consequence
    unpleasant: Consequence
    escalate_to: str
    unanswered: Unanswered
    unanswered_after_days: int
    detractor: Detractor
    message_after_completion: Consequence
    reopen_within_days: int

    @classmethod
    def of(cls, policy: AnswerPolicy) -> "AnswerPolicyOut":
        said = {name: getattr(policy, name) for name in cls.model_fields.keys() - DAYS.values()}
        return cls.model_validate(said | {name: getattr(policy, column).days for column, name in DAYS.items()})
