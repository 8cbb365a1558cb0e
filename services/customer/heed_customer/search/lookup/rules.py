"""Criteria of look-ups. Pure: no clock, no tables."""

from dataclasses import dataclass
from enum import StrEnum


class Criterion(StrEnum):
    """What a customer is looked up by."""

    PHONE = "phone"
    MAIL = "mail"
    EXTERNAL_ID = "external_id"


@dataclass(frozen=True, slots=True)
class LookupQuery:
    criterion: Criterion
    value: str
