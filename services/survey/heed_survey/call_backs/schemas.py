"""Responses of call-backs and recipients."""

from datetime import timedelta
from uuid import UUID

from heed_common.fields import Moment, ResponseModel
from heed_survey.call_backs.rules import CallBack, CallBackState
from heed_survey.call_backs.service import SURVEY_ID


class CallBackOut(ResponseModel):
    complaint_id: UUID
    customer_id: UUID | None
    """Null while the customer is unknown."""
    state: CallBackState
    """`skipped`: the complaint was imported when its call-back was overdue."""
    completed_at: Moment
    due_at: Moment
    """When the customer is invited to answer; an answer is accepted before."""
    survey_id: UUID
    """The survey to answer; the response names the complaint."""
    invitation_id: UUID | None
    """Null while no invitation was sent."""
    response_id: UUID | None
    """Null while it is not answered."""

    @classmethod
    def from_domain(cls, call_back: CallBack, *, delay: timedelta) -> "CallBackOut":
        assert call_back.completed_at is not None  # noqa: S101 - only completed complaints have call-backs
        return cls.model_validate(
            {
                "complaint_id": call_back.id,
                "customer_id": call_back.customer_id,
                "state": call_back.call_back_state,
                "completed_at": call_back.completed_at,
                "due_at": call_back.completed_at + delay,
                "survey_id": SURVEY_ID,
                "invitation_id": call_back.invitation_id,
                "response_id": call_back.response_id,
            }
        )


class RecipientOut(ResponseModel):
    customer_id: UUID
    may_be_asked: bool
    """False while a complaint is open: then only surveys about the complaint itself may be sent."""
    open_complaints: list[UUID]
