"""How call-backs and customers who are left in peace are shown."""

from datetime import timedelta
from uuid import UUID

from heed_common.fields import Moment, ResponseModel
from heed_survey.call_backs.rules import CallBackState, Known
from heed_survey.call_backs.service import SURVEY_ID


class CallBackOut(ResponseModel):
    complaint_id: UUID
    customer_id: UUID | None
    """Null while nobody knows who complained."""
    state: CallBackState
    completed_at: Moment
    due_at: Moment
    survey_id: UUID
    """What to ask: its answers name the complaint."""
    invitation_id: UUID | None
    response_id: UUID | None

    @classmethod
    def of(cls, known: Known, *, delay: timedelta) -> "CallBackOut":
        assert known.completed_at is not None  # noqa: S101 - only what was completed is asked about
        return cls.model_validate(
            {
                "complaint_id": known.id,
                "customer_id": known.customer_id,
                "state": known.call_back,
                "completed_at": known.completed_at,
                "due_at": known.completed_at + delay,
                "survey_id": SURVEY_ID,
                "invitation_id": known.invitation_id,
                "response_id": known.response_id,
            }
        )


class RecipientOut(ResponseModel):
    customer_id: UUID
    may_be_asked: bool
    """False while a complaint is open: nothing is sold, and only the complaint itself is asked about."""
    open_complaints: list[UUID]
