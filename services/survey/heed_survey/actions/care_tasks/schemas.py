"""Requests and responses of care tasks."""

from datetime import date
from uuid import UUID

from heed_common.fields import Moment, RequestModel, ResponseModel, ShortText
from heed_survey.actions.care_tasks.rules import CareTaskAction, CareTaskState


class CareTaskTransitionIn(RequestModel):
    action: CareTaskAction
    owner: ShortText | None = None
    """Who does it from now on; default: as before."""


class CareTaskOut(ResponseModel):
    id: UUID
    survey_id: UUID
    response_id: UUID
    customer_id: UUID
    matter: str
    owner: str | None
    state: CareTaskState
    due_on: date
    created_at: Moment
    changed_at: Moment
