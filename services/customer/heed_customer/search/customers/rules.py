"""Filters and sorting of the list of customers. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class CustomerSort(StrEnum):
    """The order of the list; equal ones follow in the order of their registration."""

    REGISTRATION = "created_at"
    NEWEST = "-created_at"
    NAME = "name"
    VALUE_AT_RISK = "-value_at_risk"


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """Conditions of the list; a customer meets all that are given, and one of the values of each."""

    words: str | None = None
    """Parts of name and external_id, in any order, or readings of a Chinese name."""
    ids: Collection[UUID] | None = None
    """Those with these external ids, or the survivors of those."""
    owners: Collection[str] = ()
    tags: Collection[str] = ()
    tiers: Collection[str] = ()
    bands: Collection[str] = ()
    buyer_type: str | None = None
    key_account: str | None = None
    """As people decided it, or else as the rules derive it now."""
