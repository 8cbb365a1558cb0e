"""Which events trigger an invitation, and when. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from heed_common.condition_values import BOOLEAN, FREE_TEXT, NUMBER, TEXT, TEXTS, FieldType, choice
from heed_common.conditions import Condition, Facts
from heed_common.contracts.complaint import CaseKind, ComplaintCalledBack, ComplaintClosed, ComplaintEvent, Severity
from heed_common.contracts.customer import InteractionRecorded, PurchaseKind, PurchaseRecorded
from heed_common.contracts.event import Event
from heed_common.contracts.scoring import RhythmBroken
from heed_survey.customers.frame.rules import CONTEXT_CONDITION_FIELDS

MAX_LATENESS = timedelta(days=2)
"""How late an invitation may be: after an import of old purchases none is sent."""
POSTPONEMENT = timedelta(hours=1)
"""When to ask again after a complaint was found open."""
MAX_STEPS = 5
WAITING = "waiting"
"""Beside the outcomes: the occasion has not ended."""


class TriggerEvent(StrEnum):
    PURCHASE = "purchase"
    CALL_BACK = "call_back"
    """The customer was called back; a complaint that was closed without one triggers nothing."""
    CLOSING = "closing"
    """A complaint was closed, by an agent or by itself."""
    SILENCE = "silence"
    """The purchase rhythm broke."""
    INTERACTION = "interaction"


class Outcome(StrEnum):
    """What came of an occasion."""

    INVITED = "invited"
    ALREADY_INVITED = "already_invited"
    COMPLAINT_OPEN = "complaint_open"
    """A complaint of the customer was open until it was too late."""
    BUDGET = "budget"
    """The trigger has invited the customer often enough in this period."""
    TOO_LATE = "too_late"
    INACTIVE = "inactive"
    """The trigger was switched off, or its survey is closed."""


COMPLAINT_FIELDS: Mapping[str, FieldType] = {
    "complaint.category": TEXT,
    "complaint.severity": choice(*Severity),
    "complaint.kind": choice(*CaseKind),
    "complaint.solved": BOOLEAN,
    "complaint.within_target": BOOLEAN,
}
FIELDS: Mapping[TriggerEvent, Mapping[str, FieldType]] = MappingProxyType(
    {
        TriggerEvent.PURCHASE: {
            "purchase.amount": NUMBER,
            "purchase.currency": TEXT,
            "purchase.kind": choice(*PurchaseKind),
            "purchase.categories": TEXTS,
            "purchase.products": TEXTS,
            "purchase.service_point_id": TEXT,
        },
        TriggerEvent.CALL_BACK: COMPLAINT_FIELDS,
        TriggerEvent.CLOSING: COMPLAINT_FIELDS,
        TriggerEvent.SILENCE: {
            "silence.kind": choice("all", "life_event_candidate"),
            "silence.category": TEXT,
            "silence.usual_interval_days": NUMBER,
        },
        TriggerEvent.INTERACTION: {
            "interaction.kind": TEXT,
            "interaction.channel": TEXT,
            "interaction.campaign": FREE_TEXT,
        },
    }
)


def condition_fields(event: TriggerEvent) -> Mapping[str, FieldType]:
    """Return the fields of conditions: of the event, and of the customer as last published."""
    return {**FIELDS[event], **CONTEXT_CONDITION_FIELDS}


class Occurrence(NamedTuple):
    """An event as triggers see it."""

    event_id: UUID
    customer_id: UUID
    at: datetime
    facts: Facts


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger with its parsed condition."""

    id: UUID
    condition: Condition | None
    delays: tuple[timedelta, ...]

    @property
    def needs_customer(self) -> bool:
        """Whether the condition reads facts of the customer."""
        fields = self.condition.required_fields() if self.condition else frozenset[str]()
        return not fields.isdisjoint(CONTEXT_CONDITION_FIELDS)

    def due_times(self, occurrence: Occurrence, facts: Facts, *, now: datetime) -> list[tuple[int, datetime]]:
        """Return the steps of the sequence with their moments; those that are too late already are left out."""
        if self.condition is not None and not self.condition.matches(facts):
            return []
        times = [(step, occurrence.at + delay) for step, delay in enumerate(self.delays)]
        return [(step, due) for step, due in times if due + MAX_LATENESS > now]


def _purchase(event: PurchaseRecorded) -> dict[str, Any]:
    return {
        "purchase.amount": event.gross,
        "purchase.currency": event.currency,
        "purchase.kind": event.kind,
        "purchase.categories": event.categories,
        "purchase.products": event.products,
        "purchase.service_point_id": event.service_point_id,
    }


def _complaint(event: ComplaintEvent) -> dict[str, Any]:
    return {
        "complaint.category": event.category,
        "complaint.severity": event.severity,
        "complaint.kind": event.case,
        "complaint.solved": event.solved,
        "complaint.within_target": event.within_target,
    }


def _silence(event: RhythmBroken) -> dict[str, Any]:
    return {
        "silence.kind": event.kind,
        "silence.category": event.category,
        "silence.usual_interval_days": event.usual_interval_days,
    }


def _interaction(event: InteractionRecorded) -> dict[str, Any]:
    return {
        "interaction.kind": event.kind,
        "interaction.channel": event.channel,
        "interaction.campaign": event.campaign,
    }


EVENTS: Mapping[type[Event], tuple[TriggerEvent, Callable[[Any], dict[str, Any]]]] = MappingProxyType(
    {
        PurchaseRecorded: (TriggerEvent.PURCHASE, _purchase),
        ComplaintCalledBack: (TriggerEvent.CALL_BACK, _complaint),
        ComplaintClosed: (TriggerEvent.CLOSING, _complaint),
        RhythmBroken: (TriggerEvent.SILENCE, _silence),
        InteractionRecorded: (TriggerEvent.INTERACTION, _interaction),
    }
)
"""Events that trigger, each with how its facts are read."""


def facts_of(event: Event) -> dict[str, Any]:
    """Return the known facts of the event."""
    _, read = EVENTS[type(event)]
    return {name: value for name, value in read(event).items() if value is not None}


def is_occasion(event: Event) -> bool:
    """Return whether a customer can be asked: one is known, and the complaint does not go on in another one."""
    return not isinstance(event, ComplaintEvent) or (event.merged_into is None and event.customer_is_known)
