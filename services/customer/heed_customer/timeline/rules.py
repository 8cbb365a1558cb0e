"""Entries of the timeline, derived from events of any type. Pure.

An event type that is added to the registry is recorded without a change here.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from heed_common.contracts.event import Event
from heed_common.contracts.registry import short_type
from heed_common.decoding import ReceivedEvent
from heed_customer.read_models.complaints.rules import complaint_of

COLUMNS = frozenset({"customer_id", "occurred_at", "former_customer_ids"})
"""Fields that the entry has as columns, or that do not concern its readers."""
CAUSES: dict[str, Any] = {"caused_by_event_id": True, "caused_by_type": True, "churn_risk": {"reason": True}}
"""What explains a score may show a confidential complaint: only the scores themselves know what to hide (ADR 24)."""
PREFIX = "heed."
"""Of topics and event types."""
COMPLAINT_LINK, CUSTOMER_LINK = "/v1/complaints/{complaint_id}", "/v1/customers/{customer_id}"
LINKS: Mapping[str, str] = {
    "complaint.message_received": f"{COMPLAINT_LINK}/messages",
    "complaint.assigned": f"{COMPLAINT_LINK}/assignments",
    "complaint.promise_kept": f"{COMPLAINT_LINK}/promises",
    "complaint.promise_broken": f"{COMPLAINT_LINK}/promises",
    "sla.warned": f"{COMPLAINT_LINK}/sla",
    "sla.breached": f"{COMPLAINT_LINK}/sla",
    "sla.breach_withdrawn": f"{COMPLAINT_LINK}/sla",
    "sla.escalated": f"{COMPLAINT_LINK}/sla",
    "remedy.granted": f"{COMPLAINT_LINK}/remedies/{{remedy_id}}",
    "guarantee.triggered": f"{COMPLAINT_LINK}/guarantees",
    "contact.changed": f"{CUSTOMER_LINK}/contacts",
    "consent.changed": f"{CUSTOMER_LINK}/consents",
    "promise.recorded": f"{CUSTOMER_LINK}/promises",
    "promise.settled": f"{CUSTOMER_LINK}/promises",
    "message.sent": f"{CUSTOMER_LINK}/messages",
    "message.failed": f"{CUSTOMER_LINK}/messages",
    "purchase.recorded": "/v1/purchases/{purchase_id}",
    "purchase.returned": "/v1/purchases/{purchase_id}",
    "invitation.issued": "/v1/surveys/{survey_id}",
    "response.received": "/v1/surveys/{survey_id}",
    "detractor.found": "/v1/surveys/{survey_id}",
    "dissatisfaction.found": "/v1/surveys/{survey_id}",
    "score.changed": "/v1/scores/{customer_id}/history",
    "score.threshold_crossed": "/v1/scores/{customer_id}/history",
    "rhythm.broken": "/v1/scores/{customer_id}/rhythms",
}
"""The resource that shows more of an event, by short type. Others lead to their complaint, or else to the customer."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the timeline; `data` is JSON."""

    event_id: UUID
    customer_id: UUID
    complaint_id: UUID | None
    at: datetime
    type: str
    service: str
    subject: UUID
    version: int
    data: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Which entries a caller requests and may see."""

    types: Collection[str]
    """Full types; all if empty."""
    since: datetime | None
    until: datetime | None
    confidential: bool


def entries(events: Iterable[ReceivedEvent[Any]]) -> list[Entry]:
    """Return the entries of all events that are about a customer, sorted by event id."""
    found = (_entry(received, customer_of(received.event)) for received in events)
    return sorted((entry for entry in found if entry is not None), key=lambda entry: entry.event_id)


def customer_of(event: Event) -> UUID | None:
    """Return the customer of the event; of an unidentified complainant the complaint's id."""
    customer_id: UUID | None = getattr(event, "customer_id", None)
    return customer_id if customer_id is not None else complaint_of(event)


def complaints_of(entries: Iterable[Entry]) -> Sequence[UUID]:
    """Return the complaints that the entries are about, sorted."""
    return sorted({entry.complaint_id for entry in entries if entry.complaint_id is not None})


def link(full_type: str, ids: Mapping[str, object]) -> str:
    """Return the path of the resource that shows more of an event. `ids` are the fields of the event."""
    default = COMPLAINT_LINK if ids.get("complaint_id") else CUSTOMER_LINK
    return LINKS.get(short_type(full_type), default).format_map(ids)


def _entry(received: ReceivedEvent[Any], customer_id: UUID | None) -> Entry | None:
    event: Event = received.event
    if customer_id is None:
        return None
    return Entry(
        event_id=received.id,
        customer_id=customer_id,
        complaint_id=complaint_of(event),
        at=event.occurred_at,
        type=event.full_type(),
        service=event.topic.removeprefix(PREFIX),
        subject=event.subject,
        version=received.aggversion,
        data=event.model_dump_json(exclude=_left_out(type(event)), exclude_defaults=True),
    )


@cache
def _left_out(event: type[Event]) -> dict[str, Any]:
    """Return the fields that are not stored. Lists of objects (answers, explanations) are where the link leads."""
    lists = {name for name, field in event.model_fields.items() if _holds_objects(field)}
    causes = {name: left_out for name, left_out in CAUSES.items() if name in event.model_fields}
    return causes | dict.fromkeys((COLUMNS & event.model_fields.keys()) | lists, True)


def _holds_objects(field: FieldInfo) -> bool:
    items = get_args(field.annotation) if get_origin(field.annotation) is tuple else ()
    return any(isinstance(item, type) and issubclass(item, BaseModel) for item in items)
