"""Requests and responses of webhooks."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from heed_common.contracts.registry import EVENTS, full_types
from heed_common.fields import LongText, Moment, RequestModel, ResponseModel, Visible, at_most, validation_error
from heed_common.outgoing_http.addresses import MAX_URL
from heed_customer.subscriptions.endpoints.rules import DisabledBecause, EndpointState, NewEndpoint
from heed_customer.subscriptions.endpoints.service import Endpoint
from heed_customer.subscriptions.endpoints.signing import Secrets

UNSET: Any = None
"""Default of a field that a patch may omit but not clear."""
MAX_TYPES, MAX_TYPE = 100, 100


def known_type(name: str) -> str:
    """Return the name. Raise a validation error unless events have this type."""
    if not full_types([name]):
        raise validation_error("type_unknown", "must be a type of events, such as complaint.opened")
    return name


TypeName = Annotated[str, Field(max_length=MAX_TYPE), AfterValidator(known_type)]
TypeNames = Annotated[
    list[TypeName],
    Field(
        min_length=1,
        max_length=MAX_TYPES,
        description="`complaint.opened`, `heed.complaint.opened.v1`, or `complaint` for all of one thing.",
        examples=[["complaint.opened", "sla"]],
    ),
    at_most(MAX_TYPES),
]
URL = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_URL),
    Visible,
    Field(description="https, and no address of a private network.", examples=["https://example.com/heed"]),
]


class WebhookIn(RequestModel):
    url: URL
    types: TypeNames
    customer_id: Annotated[UUID | None, Field(description="Only events whose key is this customer.")] = None
    description: LongText | None = None
    """For people; null if none."""
    state: EndpointState = EndpointState.ENABLED
    """`disabled`: nothing is sent, and nothing is lost: its position waits."""

    def to_domain(self) -> NewEndpoint:
        return NewEndpoint(self.url, full_types(self.types), self.customer_id, self.description, self.state)


class WebhookPatch(RequestModel):
    url: URL = Field(UNSET, validate_default=False)
    types: TypeNames = Field(UNSET, validate_default=False)
    customer_id: UUID | None = None
    description: LongText | None = None
    state: EndpointState = Field(UNSET, validate_default=False)

    def changes(self) -> dict[str, object]:
        values: dict[str, object] = self.model_dump(exclude_unset=True)
        return values | ({"types": full_types(self.types)} if "types" in values else {})


class WebhookOut(ResponseModel):
    id: UUID
    url: str
    """Where requests are sent."""
    types: Annotated[list[str], Field(description="Full types.")]
    customer_id: UUID | None
    """Only events whose key is this customer; null: of all customers."""
    description: str | None
    state: EndpointState
    disabled_because: Annotated[DisabledBecause | None, Field(description="`gone`: the receiver responded 410.")]
    confidential: Annotated[
        bool, Field(description="Whether it gets events of confidential complaints, by the key that created it.")
    ]
    created_by: str
    created_at: Moment
    changed_at: Moment
    waiting: Annotated[int, Field(description="Records of its topics that it has not passed, selected or not.")]
    missed: Annotated[int, Field(description="Records that its topics no longer had when it came to them.")]
    last_missed_at: Annotated[
        Moment | None, Field(description="When it last came to a place whose records were purged.")
    ]
    failures: Annotated[int, Field(description="Failed attempts since the last success.")]
    last_success_at: Moment | None
    last_failure_at: Moment | None

    @classmethod
    def from_domain(cls, endpoint: Endpoint) -> Self:
        return cls.model_validate(_members(endpoint))


class WebhookCreated(WebhookOut):
    secret: Annotated[str, Field(description="Shown once: by it the receiver verifies `webhook-signature`.")]

    @classmethod
    def with_secret(cls, endpoint: Endpoint, secrets: Secrets) -> Self:
        return cls.model_validate({**_members(endpoint), "secret": secrets.current})


class SecretOut(ResponseModel):
    secret: Annotated[str, Field(description="Shown once.")]
    previous_expires_at: Annotated[Moment | None, Field(description="Until then requests have both signatures.")]

    @classmethod
    def from_domain(cls, secrets: Secrets) -> Self:
        return cls(secret=secrets.current, previous_expires_at=secrets.previous_expires_at)


class ReplayIn(RequestModel):
    starts_at: Annotated[Moment | None, Field(description="Deliver everything since this moment again.")] = None
    event_id: Annotated[UUID | None, Field(description="Deliver this event again and what came after it.")] = None

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if (self.starts_at is None) == (self.event_id is None):
            raise validation_error("one_start", "must have either starts_at or event_id")
        return self


def _members(endpoint: Endpoint) -> dict[str, object]:
    progress = endpoint.progress
    row = {name: getattr(endpoint.row, name) for name in WebhookOut.model_fields if hasattr(endpoint.row, name)}
    counts = {name: getattr(progress, name) if progress else 0 for name in ("waiting", "missed", "failures")}
    named = ("last_missed_at", "last_success_at", "last_failure_at")
    moments = {name: getattr(progress, name) if progress else None for name in named}
    types = [name for name in row["types"] if name in EVENTS]
    return {**row, **counts, **moments, "types": types}
