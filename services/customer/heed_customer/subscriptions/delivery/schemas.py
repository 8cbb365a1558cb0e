"""Responses of deliveries."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from heed_common.fields import Moment, ResponseModel


class AttemptOut(ResponseModel):
    id: int
    """Rises with each attempt."""
    event_id: UUID
    """The event that was delivered; the same in all its attempts."""
    type: str
    """Full type of the event."""
    number: Annotated[int, Field(description="1 for the first attempt since the worker started.")]
    attempted_at: Moment
    """When the request was sent."""
    duration_ms: int
    status: Annotated[int | None, Field(description="Status of the response; null if there was none.")]
    error: Annotated[str | None, Field(description="`status`, `timeout`, `connection_refused`, …; null if accepted.")]


class TestResult(ResponseModel):
    """How the receiver responded to the test event."""

    accepted: bool
    """Whether the receiver responded with a status of 2xx."""
    status: int | None
    """Status of the response; null if there was none."""
    error: str | None
    """`status`, `timeout`, `connection_refused`, …; null if it was accepted."""
    duration_ms: int
