"""Responses of profiles; requests are validated by the model of their group."""

from typing import Any
from uuid import UUID

from heed_common.fields import Moment, ResponseModel


class ProfileChangeOut(ResponseModel):
    """A change. Of sensitive fields there are only the names."""

    id: UUID
    customer_id: UUID
    revision: int
    changed_at: Moment
    changed_by: str
    fields: list[str]
    before: dict[str, Any]
    after: dict[str, Any]
