"""What an interaction is for: to sell and stay in touch, or to serve. Pure."""

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
"""Kinds are free codes; whoever uses others for serving customers finds their cost under marketing."""


def purpose_of(kind: str, *, campaign: str | None) -> Purpose:
    """A contact of a campaign is marketing whatever its kind; of the others those that serve are service."""
    return Purpose.SERVICE if kind in SERVICE_KINDS and not campaign else Purpose.MARKETING
