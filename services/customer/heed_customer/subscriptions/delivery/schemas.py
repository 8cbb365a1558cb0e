"""Responses of deliveries."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from heed_common.fields import Moment, ResponseModel


class AttemptOut(ResponseModel):
    id: int
    event_id: UUID
    type: str
    number: Annotated[int, Field(description="1 for the first attempt since the worker started.")]
    attempted_at: Moment
    duration_ms: int
    status: Annotated[int | None, Field(description="Status of the response; null if there was none.")]
    error: Annotated[str | None, Field(description="`status`, `timeout`, `connection_refused`, …; null if accepted.")]


class TestResult(ResponseModel):
    """How the receiver responded to the test event."""

    accepted: bool
    status: int | None
    error: str | None
    duration_ms: int
