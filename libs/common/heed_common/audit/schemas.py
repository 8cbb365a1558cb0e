"""Responses of the audit trail."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from heed_common.audit.entries import Entry
from heed_common.auth.scopes import KEY_CALLER
from heed_common.fields import Moment, ResponseModel


class AuditEntryOut(ResponseModel):
    id: UUID
    at: Moment
    """When the request was processed."""
    service: str
    """Service that processed it."""
    actor: str
    """`key:<id>`, `jwt:<sub>`, `service`, `operator` for the command line, `unknown` for refused strangers."""
    actor_key_id: str | None
    """The API key through which it was done."""
    action: Annotated[str, Field(examples=["POST /v1/purchases"])]
    """Method and route of the operation; of refused requests the code of their problem."""
    status: int
    """HTTP status of the response."""
    count: int
    """How often it was done: equal ones of one moment, or refusals of a minute, are one entry."""
    resource_ids: list[UUID]
    """The ids in the path, and that of what was created."""
    key_id: str | None
    """The API key that was created, rotated or revoked."""

    @classmethod
    def from_domain(cls, entry: Entry) -> Self:
        members = {name: getattr(entry, name, None) for name in cls.model_fields}
        is_key = entry.actor.startswith(KEY_CALLER)
        return cls.model_validate({**members, "actor_key_id": entry.actor.removeprefix(KEY_CALLER) if is_key else None})
