"""Quotes and their validity. Pure: no clock, no tables."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from heed_customer.commitments.quotes.errors import QuotePeriodInvalid


@dataclass(frozen=True, slots=True)
class NewQuote:
    """A quote to be recorded."""

    product: str
    price: Decimal
    currency: str
    valid_from: datetime | None = None
    """By default the moment at which it is recorded."""
    valid_to: datetime | None = None
    quoted_by: str | None = None
    """Who quoted it; by default the caller."""
    note: str | None = None


@dataclass(frozen=True, slots=True)
class QuoteFilter:
    """Which quotes a list shows."""

    product: str | None = None
    open_at: datetime | None = None
    """Only those that are or become valid and are not withdrawn."""


def check_period(valid_from: datetime, valid_to: datetime | None, *, now: datetime) -> None:
    """Check that the quote can be accepted at some time. Raises `QuotePeriodInvalid`."""
    if valid_to is not None and (valid_to <= valid_from or valid_to <= now):
        raise QuotePeriodInvalid(pointer="/valid_to")
