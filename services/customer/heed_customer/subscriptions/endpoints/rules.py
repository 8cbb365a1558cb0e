"""States of endpoints, and where a replay starts. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

CLOCK_DIFFERENCE = timedelta(seconds=1)
"""Clocks of the machines that publish and create may differ by so much: an event more is better than one less."""
ID_VERSION = 7


class EndpointState(StrEnum):
    ENABLED = "enabled"
    DISABLED = "disabled"


class DisabledBecause(StrEnum):
    REQUEST = "request"
    GONE = "gone"
    """The receiver responded 410."""


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """What a caller creates."""

    url: str
    types: list[str]
    customer_id: UUID | None
    description: str | None
    state: EndpointState


def starts_at(created_at: datetime) -> datetime:
    """Return the moment from which a new endpoint gets events."""
    return created_at - CLOCK_DIFFERENCE


def moment_of(event_id: UUID) -> datetime | None:
    """Return the moment in the id of an event; None for ids of other versions. It lies just before its record's."""
    if event_id.version != ID_VERSION:
        return None
    return datetime.fromtimestamp((event_id.int >> 80) / 1000, tz=UTC)
