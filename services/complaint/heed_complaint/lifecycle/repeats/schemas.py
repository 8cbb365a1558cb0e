"""The repeat policy as JSON."""

from typing import Annotated

from pydantic import Field

from heed_common.fields import Code, RequestModel, ResponseModel


class RepeatPolicyIn(RequestModel):
    escalate_from: Annotated[int, Field(strict=True, ge=2, le=1000)]
    """The number of the first escalated complaint among those of one customer about one product."""
    to: Code
    """The role, team or queue that is notified."""


class RepeatPolicyOut(ResponseModel):
    escalate_from: int
    """From this complaint of a customer about the same on, each one escalates."""
    to: str = Field(validation_alias="escalate_to")
    """Role, team or queue to which it is escalated."""
