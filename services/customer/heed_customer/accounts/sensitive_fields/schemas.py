"""Requests and responses of sensitive fields."""

from uuid import UUID

from heed_common.fields import Moment, RequestModel, ResponseModel


class VerificationIn(RequestModel):
    verified: bool
    """Whether a person has checked the value; false takes it back."""


class VerificationOut(ResponseModel):
    field: str
    """Name of the profile field."""
    verified_at: Moment | None
    verified_by: str | None
    """Caller who verified it; null if it is not verified."""


class SensitiveReadOut(ResponseModel):
    id: UUID
    customer_id: UUID
    group: str
    """Profile group of the field."""
    field: str
    """Name of the field; its value is never logged."""
    read_at: Moment
    """When it was shown."""
    read_by: str
    """Caller to whom it was shown."""
