"""Requests and responses of relations."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from heed_common.fields import Moment, RequestModel, ResponseModel, ShortText, validation_error
from heed_customer.records.relations.rules import WITH_ROLE, RelationKind


class RelationIn(RequestModel):
    kind: Annotated[
        RelationKind,
        Field(
            description="What the related customer is to this one: its `parent` (headquarters), `branch`,"
            " `contact_person`, … Of kinds that end in `_of`: what this one is to the related customer."
        ),
    ]
    customer_id: Annotated[UUID, Field(description="The related customer.")]
    role: Annotated[ShortText | None, Field(description="Of a contact person, in the organization.")] = None

    @model_validator(mode="after")
    def _check_role(self) -> Self:
        if self.role is not None and self.kind not in WITH_ROLE:
            raise validation_error("role_misplaced", "has a role only of a contact person")
        return self


class RelationOut(ResponseModel):
    id: UUID
    kind: RelationKind
    """What the related customer is to this one; of kinds in `_of` what this one is to it."""
    customer_id: UUID
    role: str | None
    """Of a contact person, in the organization; null otherwise."""
    recorded_at: Moment
    recorded_by: str
