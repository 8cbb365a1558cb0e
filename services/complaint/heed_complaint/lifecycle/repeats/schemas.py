"""The rule of repeated complaints as it is written and shown."""

from typing import Annotated

from pydantic import Field

from heed_common.fields import Code, RequestModel, ResponseModel


class RepeatRuleIn(RequestModel):
    escalate_from: Annotated[int, Field(strict=True, ge=2, le=1000)]
    """Of one customer's complaints about one product, the first that is escalated."""
    to: Code
    """The role, team or queue that is called."""


class RepeatRuleOut(ResponseModel):
    escalate_from: int
    to: str
