"""Responses of the timeline."""

from typing import Any, Self
from uuid import UUID

from heed_common.fields import Moment, ResponseModel
from heed_common.languages import Language
from heed_customer.timeline import rules
from heed_customer.timeline.tables import TimelineEntry
from heed_customer.timeline.titles.render import title


class TimelineEntryOut(ResponseModel):
    """One event. `data` has its codes, ids, amounts and times; fields with their default value are left out."""

    id: UUID
    """Of the event."""
    at: Moment
    """When it happened; of records about the past not when they were stored."""
    type: str
    """Full type of the event, such as `heed.complaint.opened.v1`."""
    service: str
    """Service that published it."""
    title: str
    """What happened, in the language that `Accept-Language` prefers."""
    link: str
    """Path of the resource that shows more."""
    customer_id: UUID
    """The member of the family of merged customers to whom it happened."""
    subject: UUID
    """What the event is about: the customer, complaint, purchase, …"""
    data: dict[str, Any]
    """Fields of the event, without its lists of objects."""

    @classmethod
    def from_domain(cls, entry: TimelineEntry, *, language: Language) -> Self:
        ids = entry.data | {"customer_id": entry.customer_id, "complaint_id": entry.complaint_id}
        return cls(
            id=entry.event_id,
            at=entry.at,
            type=entry.type,
            service=entry.service,
            title=title(entry.type, entry.data, language),
            link=rules.link(entry.type, ids),
            customer_id=entry.customer_id,
            subject=entry.subject,
            data=entry.data,
        )
