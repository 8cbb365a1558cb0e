"""Filters of the queue and of the list of complaints. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from heed_common.time_ranges import ALWAYS, TimeRange


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Conditions of the queue; without a state it lists the complaints that need action."""

    confidential: bool
    owners: Collection[str] = ()
    queues: Collection[str] = ()
    states: Collection[str] = ()
    unassigned: bool = False
    customer_wrote: bool | None = None


@dataclass(frozen=True, slots=True)
class ComplaintFilter:
    """Conditions of the list; a complaint meets all that are given, and one of the values of each."""

    confidential: bool
    """Whether confidential complaints are listed."""
    customer_ids: Collection[UUID] = ()
    """Of these customers and of all who are merged with them."""
    external_ids: Collection[str] = ()
    states: Collection[str] = ()
    severities: Collection[str] = ()
    categories: Collection[str] = ()
    channels: Collection[str] = ()
    kinds: Collection[str] = ()
    owners: Collection[str] = ()
    queues: Collection[str] = ()
    service_point_ids: Collection[str] = ()
    tiers: Collection[str] = ()
    bands: Collection[str] = ()
    members: Collection[UUID] | None = None
    """The customers of these tiers and bands with their duplicates, where they are few."""
    customer_wrote: bool | None = None
    received: TimeRange = ALWAYS
