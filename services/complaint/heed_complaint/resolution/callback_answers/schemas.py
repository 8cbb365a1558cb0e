"""The call-back policy as JSON."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field, StrictInt

from heed_common.fields import Code, RequestModel, ResponseModel
from heed_complaint.resolution.callback_answers.rules import Consequence, DetractorAction, NoAnswerAction
from heed_complaint.resolution.callback_answers.tables import CallbackPolicyRow

MAX_DAYS = 365
COLUMNS = {
    "unsolved": "on_unsolved",
    "lowest": "on_lowest_rating",
    "unpleasant": "on_unpleasant",
    "escalate_to": "escalate_to",
    "unanswered": "on_no_answer",
    "detractor": "on_detractor",
    "message_after_completion": "on_message_after_completion",
}
"""The column of each field."""
DAY_COLUMNS = {"unanswered_after_days": "no_answer_after", "reopen_within_days": "reopen_within"}
"""The column of each field that is counted in days."""


class CallbackPolicyIn(RequestModel):
    """The whole policy; a response to which several fields apply has the strongest consequence."""

    unsolved: Consequence
    """When the customer answers that it is not solved."""
    lowest: Consequence
    """Where the customer chose the unhappiest answer, even if it is solved."""
    unpleasant: Consequence
    """When the customer found the handling unpleasant, even if it is solved."""
    escalate_to: Code
    """Role, team or queue to which answers escalate."""
    unanswered: NoAnswerAction
    """When there was no answer for `unanswered_after_days`."""
    unanswered_after_days: Annotated[StrictInt, Field(ge=1, le=MAX_DAYS)]
    """From the completion. What was called back and is solved is closed after that time, too."""
    detractor: DetractorAction
    """Whether the low answer of a survey opens a complaint."""
    message_after_completion: Consequence = Consequence.REOPEN
    """When the customer writes after the completion without having been asked; `nothing` leaves it to an agent."""
    reopen_within_days: Annotated[StrictInt, Field(ge=0, le=MAX_DAYS)] = 30
    """From the end of a complaint; a message after that opens a follow-up."""

    def to_columns(self) -> dict[str, Any]:
        values = {column: getattr(self, name) for name, column in COLUMNS.items()}
        return values | {column: timedelta(days=getattr(self, name)) for name, column in DAY_COLUMNS.items()}


class CallbackPolicyOut(ResponseModel):
    unsolved: Consequence
    lowest: Consequence
    unpleasant: Consequence
    escalate_to: str
    unanswered: NoAnswerAction
    unanswered_after_days: int
    detractor: DetractorAction
    message_after_completion: Consequence
    reopen_within_days: int

    @classmethod
    def from_domain(cls, row: CallbackPolicyRow) -> "CallbackPolicyOut":
        values = {name: getattr(row, column) for name, column in COLUMNS.items()}
        return cls.model_validate(values | {name: getattr(row, column).days for name, column in DAY_COLUMNS.items()})
