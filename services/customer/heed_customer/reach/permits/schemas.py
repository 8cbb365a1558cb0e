"""Requests and responses of permits, and entries of the contact log."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from heed_common.contracts.message import ContactChannel, ContactPurpose
from heed_common.fields import Code, Moment, RequestModel, ResponseModel, ShortText
from heed_customer.reach.permits.rules import ContactLogState, PermitRequest, Refusal, RefusalReason
from heed_customer.reach.permits.service import Permit
from heed_customer.reach.permits.tables import LoggedContact


class AboutIn(RequestModel):
    """The resource that the message is about."""

    type: Code
    """Kind of resource, such as `complaint`."""
    id: UUID
    """Id of that resource."""


class PermitIn(RequestModel):
    customer_id: UUID
    purpose: ContactPurpose
    """What the contact is for; the customer's consents are checked for it."""
    channels: list[ContactChannel] = Field(min_length=1, max_length=10, description="Most preferred first.")
    dedupe_key: ShortText | None = Field(
        None, description="Names the material: no customer receives it twice, whoever sends it."
    )
    promotional: bool = Field(default=False, description="Marketing always is, contacts of other purposes may be.")
    message_id: UUID | None = Field(
        None, description="The sender's id of the message: a repeated request is decided again and counted once."
    )
    contact_id: UUID | None = Field(None, description="Only this contact of the customer will do.")
    template: ShortText | None = None
    """Code of the template, for the contact log; null for messages without one."""
    about: AboutIn | None = None
    """What it is about; stored in the contact log. Null: nothing in particular."""
    service: Code | None = None
    """Which service or program writes, for the contact log."""

    def to_domain(self, *, message_id: UUID | None) -> PermitRequest:
        return PermitRequest(
            customer_id=self.customer_id,
            purpose=self.purpose,
            channels=tuple(dict.fromkeys(self.channels)),
            promotional=self.promotional,
            dedupe_key=self.dedupe_key,
            message_id=self.message_id or message_id,
            contact_id=self.contact_id,
            template=self.template,
            about_type=None if self.about is None else self.about.type,
            about_id=None if self.about is None else self.about.id,
            service=self.service,
        )


class GrantedOut(ResponseModel):
    """The customer may be contacted at this address, not before `send_after`."""

    allowed: Literal[True]
    """Always true."""
    permit_id: UUID
    channel: ContactChannel
    contact_id: UUID
    address: str
    """Where to write or call: the value of the contact. Personal data."""
    language: str | None
    time_zone: str
    send_after: Moment
    preferences_url: str | None
    """The customer's own page; only for contacts that the customer can unsubscribe from."""
    unsubscribe_url: str | None
    """For the header List-Unsubscribe, with List-Unsubscribe-Post (RFC 8058)."""


class RefusedOut(ResponseModel):
    """The customer must not be contacted, at least not before `retry_at`."""

    allowed: Literal[False]
    """Always false."""
    permit_id: UUID
    reason: RefusalReason
    """The first thing that forbids it."""
    retry_at: Moment | None
    """When the contact budget has room again; null for other reasons."""


PermitOut = Annotated[GrantedOut | RefusedOut, Field(discriminator="allowed")]


def to_permit_out(permit: Permit) -> GrantedOut | RefusedOut:
    """Return the response to the request."""
    decision = permit.decision
    if isinstance(decision, Refusal):
        return RefusedOut(allowed=False, permit_id=permit.id, reason=decision.reason, retry_at=decision.retry_at)
    return GrantedOut(
        allowed=True,
        permit_id=permit.id,
        channel=decision.channel,
        contact_id=decision.contact_id,
        address=decision.address,
        language=permit.language,
        time_zone=permit.time_zone,
        send_after=permit.send_after,
        preferences_url=permit.preferences_url,
        unsubscribe_url=permit.unsubscribe_url,
    )


class LoggedAboutOut(ResponseModel):
    type: str
    """Kind of resource, such as `complaint`."""
    id: UUID
    """Id of that resource."""


class LoggedContactOut(ResponseModel):
    """A message or call, without address and content."""

    id: UUID
    """Id of the permit."""
    message_id: UUID | None
    customer_id: UUID | None
    """Null for an address that belongs to no customer."""
    state: ContactLogState
    """`queued`: permitted and not reported as sent yet; `suppressed`: not permitted."""
    reason: str | None
    """Why it was suppressed, failed or bounced; null otherwise."""
    purpose: ContactPurpose
    """What the contact was for."""
    promotional: bool
    channel: ContactChannel | None
    """Way of contact that was permitted; null if none was."""
    contact_id: UUID | None
    dedupe_key: str | None
    """Name of the material that no customer receives twice; null if it has none."""
    template: str | None
    """Code of the template; null for messages without one."""
    about: LoggedAboutOut | None
    """What it was about; null: nothing in particular."""
    service: str | None
    """Which service or program wrote; null if it did not name itself."""
    requested_at: Moment
    send_after: Moment | None
    """Not before this moment, for the quiet hours of the customer; null if it was not permitted."""
    changed_at: Moment

    @classmethod
    def from_row(cls, row: LoggedContact) -> "LoggedContactOut":
        names = [name for name in cls.model_fields if name != "about"]
        about = None
        if row.about_type is not None and row.about_id is not None:
            about = LoggedAboutOut(type=row.about_type, id=row.about_id)
        return cls(about=about, **{name: getattr(row, name) for name in names})
