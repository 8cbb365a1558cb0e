"""Filters and sorting of the list of customers. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class CustomerSort(StrEnum):
    """The order of the list; equal ones follow in the order of their registration."""

    REGISTRATION = "created_at"
    NEWEST = "-created_at"
    NAME = "name"
    VALUE_AT_RISK = "-value_at_risk"


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """Conditions of the list; a customer meets all that are given."""

    words: str | None = None
    """Parts of name and external_id, in any order, or readings of a Chinese name."""
    owner: str | None = None
    tag: str | None = None
    tier: str | None = None
    band: str | None = None
    buyer_type: str | None = None
    key_account: str | None = None
    """As people decided it, or else as the rules derive it now."""
