"""What is said of an incident and of the complaints about it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from heed_common.errors import HeedError


class IncidentState(StrEnum):
    OPEN = "open"
    OVER = "over"


class BulkAction(StrEnum):
    """What became of one complaint of many."""

    FOUND = "found"
    ATTACHED = "attached"
    DETACHED = "detached"
    MOVED = "moved"
    TOLD = "told"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class BulkItemResult:
    """One complaint of many, and what became of it."""

    complaint_id: UUID
    result: BulkAction | HeedError


@dataclass(frozen=True, slots=True)
class NewIncident:
    """What is known of the fault when it is noticed."""

    title: str
    description: str | None = None
    category: str | None = None
    product: str | None = None
    service_point_id: str | None = None


@dataclass(frozen=True, slots=True)
class MatchCriteria:
    """Which complaints are about it: those for which all holds that is named. A first level holds for its second."""

    category: str | None = None
    product: str | None = None
    service_point_id: str | None = None
    received_from: datetime | None = None
    received_until: datetime | None = None
