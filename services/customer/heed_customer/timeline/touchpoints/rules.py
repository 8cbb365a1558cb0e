"""Kinds of touchpoints, and what they are counted by. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

KINDS: Mapping[str, str] = {
    "heed.interaction.recorded.v1": "interaction",
    "heed.purchase.recorded.v1": "purchase",
    "heed.purchase.returned.v1": "return",
    "heed.complaint.opened.v1": "complaint",
    "heed.complaint.message_received.v1": "message_received",
    "heed.message.sent.v1": "message_sent",
    "heed.response.received.v1": "survey_response",
}
"""Events in which the customer and the organisation had to do with each other."""


class Dimension(StrEnum):
    """What touchpoints are counted by, beside their kind."""

    CHANNEL = "channel"
    PRODUCT = "product"
    """Articles of purchases: a purchase of several counts once for each."""
    SERVICE_POINT = "service_point"


@dataclass(frozen=True, slots=True)
class Period:
    """Months of the organisation's time zone, between two moments."""

    since: datetime | None
    until: datetime | None
    time_zone: str


@dataclass(frozen=True, slots=True)
class TouchpointCount:
    """Touchpoints of one kind and one value of the dimension in one month."""

    month: str
    kind: str
    value: str | None
    currency: str | None
    count: int
    cost: Decimal | None
    """Of the touchpoints whose cost is recorded; null if none is."""
