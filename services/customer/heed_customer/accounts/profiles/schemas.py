"""Responses of profiles; requests are validated by the model of their group."""

from typing import Any
from uuid import UUID

from heed_common.fields import Moment, ResponseModel


class ProfileChangeOut(ResponseModel):
    """A change. Of sensitive fields there are only the names."""

    id: UUID
    customer_id: UUID
    revision: int
    """Revision of the group that this change made."""
    changed_at: Moment
    """When the fields were changed."""
    changed_by: str
    fields: list[str]
    """Names of the changed fields, sensitive ones included."""
    before: dict[str, Any]
    """Old values of the changed fields that are not sensitive."""
    after: dict[str, Any]
    """New values of the changed fields that are not sensitive."""
