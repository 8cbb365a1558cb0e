"""Requests and responses of sensitive fields."""

from uuid import UUID

from heed_common.fields import Moment, RequestModel, ResponseModel


class VerificationIn(RequestModel):
    verified: bool


class VerificationOut(ResponseModel):
    field: str
    verified_at: Moment | None
    verified_by: str | None


class SensitiveReadOut(ResponseModel):
    id: UUID
    customer_id: UUID
    group: str
    field: str
    read_at: Moment
    read_by: str
