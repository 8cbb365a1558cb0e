"""Requests and responses of owners."""

from uuid import UUID

from heed_common.fields import LongText, Moment, RequestModel, ResponseModel, ShortText


class CustomerHandOverIn(RequestModel):
    owner: ShortText
    """The new account manager."""
    note: LongText
    """What the new one should know; stored with a snapshot of what is open."""


class OpenItemsOut(ResponseModel):
    """Ids of what was open, at most 200 of each kind; confidential complaints are not among them."""

    complaints: list[UUID]
    """Complaints that were open."""
    promises: list[UUID]
    """Promises to the customer that were open."""
    quotes: list[UUID]
    """Quotes that were valid."""


class OwnerOut(ResponseModel):
    customer_id: UUID
    previous_owner: str | None
    """Account manager before; null if there was none."""
    owner: str | None
    """Account manager from then on; null if none."""
    since: Moment
    """From when this owner was in charge."""
    changed_by: str | None
    """Caller who changed the owner; null if it is not recorded."""
    note: str | None
    """What the previous owner handed over; null unless it was a hand-over."""
    open_items: OpenItemsOut | None
    """What was open at the hand-over; null unless it was one."""
