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
    type: str
    service: str
    title: str
    link: str
    customer_id: UUID
    """The member of the family of merged customers to whom it happened."""
    subject: UUID
    data: dict[str, Any]

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
