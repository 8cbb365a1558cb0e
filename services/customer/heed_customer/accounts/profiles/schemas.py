"""Responses of profiles; requests are validated by the model of their group."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Body

from heed_common.fields import Moment, ResponseModel

MAX_FIELDS = 100

ProfileBody = Annotated[
    dict[str, Any],
    Body(
        max_length=MAX_FIELDS,
        description="The fields of the group, by the schema that is published as `/schemas/profile.{group}`.",
    ),
]


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
