"""Incidents, criteria for their complaints, and results of bulk actions. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from heed_common.errors import HeedError


class IncidentState(StrEnum):
    OPEN = "open"
    CLOSED = "over"


class BulkAction(StrEnum):
    """The result for one complaint of a bulk action."""

    FOUND = "found"
    ATTACHED = "attached"
    DETACHED = "detached"
    TRANSITIONED = "moved"
    MESSAGED = "told"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class BulkItemResult:
    """One complaint of a bulk action, with its result or error."""

    complaint_id: UUID
    result: BulkAction | HeedError


@dataclass(frozen=True, slots=True)
class NewIncident:
    """An incident to be opened."""

    title: str
    description: str | None = None
    category: str | None = None
    product: str | None = None
    service_point_id: str | None = None


@dataclass(frozen=True, slots=True)
class MatchCriteria:
    """Criteria for complaints about an incident; all that are given must hold. A category includes its second level."""

    category: str | None = None
    product: str | None = None
    service_point_id: str | None = None
    received_from: datetime | None = None
    received_until: datetime | None = None
