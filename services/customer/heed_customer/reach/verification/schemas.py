"""Requests and responses of verifications."""

from typing import Annotated

from pydantic import Field, StringConstraints

from heed_common.fields import Moment, RequestModel, ResponseModel
from heed_customer.reach.verification.tables import ContactVerification


class CodeIn(RequestModel):
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$"), Field(examples=["013579"])]
    """Six digits that were sent to the contact."""


class CodeSent(ResponseModel):
    expires_at: Moment = Field(description="Until when the code is valid.")

    @classmethod
    def from_domain(cls, verification: ContactVerification) -> "CodeSent":
        return cls(expires_at=verification.expires_at)
