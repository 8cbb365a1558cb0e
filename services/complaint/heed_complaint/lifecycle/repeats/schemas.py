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
    to: str = Field(validation_alias="escalate_to")
