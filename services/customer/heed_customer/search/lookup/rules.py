"""Criteria of look-ups. Pure: no clock, no tables."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Criterion(StrEnum):
    """What a customer is looked up by."""

    PHONE = "phone"
    MAIL = "mail"
    EXTERNAL_ID = "external_id"
    ID_NUMBER = "id_number"


@dataclass(frozen=True, slots=True)
class LookupQuery:
    criterion: Criterion
    value: str


@dataclass(frozen=True, slots=True)
class LookupContext:
    """Who looks up, when, and what they may be shown."""

    by: str
    now: datetime
    country: str | None
    confidential: bool
    """Whether confidential complaints are counted."""
