"""Requests and responses of care tasks."""

from datetime import date
from uuid import UUID

from heed_common.fields import Moment, RequestModel, ResponseModel, ShortText
from heed_survey.actions.care_tasks.rules import CareTaskAction, CareTaskState


class CareTaskTransitionIn(RequestModel):
    action: CareTaskAction
    """The move: `start`, `complete`, `cancel` or `reopen`."""
    owner: ShortText | None = None
    """Who does it from now on; default: as before."""


class CareTaskOut(ResponseModel):
    id: UUID
    survey_id: UUID
    response_id: UUID
    customer_id: UUID
    matter: str
    """What it is about, a category of complaints."""
    owner: str | None
    """Who does it; null while no one is named."""
    state: CareTaskState
    """Changed by its transitions only."""
    due_on: date
    created_at: Moment
    changed_at: Moment
