"""Purpose of an interaction: marketing or service. Pure."""

from enum import StrEnum


class Purpose(StrEnum):
    MARKETING = "marketing"
    SERVICE = "service"


SERVICE_KINDS = frozenset(
    {
        *("advice", "support", "help", "service", "service_request", "enquiry", "training"),
        *("delivery", "installation", "maintenance", "inspection", "repair", "warranty", "return_handling"),
        *("complaint", "complaint_handling", "call_back"),
    }
)
"""Kinds are free codes; service contacts with other codes are booked as marketing."""


def purpose_of(kind: str, *, campaign: str | None) -> Purpose:
    """Return the purpose: a campaign contact is marketing of any kind, others by their kind."""
    return Purpose.SERVICE if kind in SERVICE_KINDS and not campaign else Purpose.MARKETING
