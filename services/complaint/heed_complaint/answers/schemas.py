"""How the operator says what follows from which answer."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field, StrictInt

from heed_common.fields import Body, Code, Reply
from heed_complaint.answers.rules import Consequence, Detractor, Unanswered
from heed_complaint.answers.tables import AnswerPolicy

LONGEST_DAYS = 365


class AnswerPolicyIn(Body):
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

    def as_columns(self) -> dict[str, Any]:
        said = self.model_dump(exclude={"unanswered_after_days"})
        return said | {"unanswered_after": timedelta(days=self.unanswered_after_days)}


class AnswerPolicyOut(Reply):
    unsolved: Consequence
    lowest: Consequence
    unpleasant: Consequence
    escalate_to: str
    unanswered: Unanswered
    unanswered_after_days: int
    detractor: Detractor

    @classmethod
    def of(cls, policy: AnswerPolicy) -> "AnswerPolicyOut":
        names = cls.model_fields.keys() - {"unanswered_after_days"}
        said = {name: getattr(policy, name) for name in names}
        return cls.model_validate(said | {"unanswered_after_days": policy.unanswered_after.days})
