"""Requests and responses of owners."""

from uuid import UUID

from heed_common.fields import LongText, Moment, RequestModel, ResponseModel, ShortText


class CustomerHandOverIn(RequestModel):
    owner: ShortText
    note: LongText


class OpenItemsOut(ResponseModel):
    """Ids of what was open, at most 200 of each kind; confidential complaints are not among them."""

    complaints: list[UUID]
    promises: list[UUID]
    quotes: list[UUID]


class OwnerOut(ResponseModel):
    customer_id: UUID
    previous_owner: str | None
    owner: str | None
    since: Moment
    changed_by: str | None
    note: str | None
    open_items: OpenItemsOut | None
