"""How long partial answers are stored. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

PARTIAL_DAYS = 30
"""Of a link without an end."""
OPEN_FORM_DAYS = 7
"""Of a form of an open link: whoever stands at a service point goes on within days, or never."""
MAX_PAGE_SECONDS = 1800
"""A page that was open longer was not being answered all the time."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What is stored of a form that was begun."""

    survey_id: UUID
    survey_version: int
    answers: dict[str, Any]
    page: int
    seconds: int
    expires_on: date


def expiry_day(link_expires_at: datetime | None, *, is_open: bool, now: datetime) -> date:
    """Return the last day of partial answers: that of their link, but at most a week for a form of an open link."""
    longest = (now + timedelta(days=OPEN_FORM_DAYS if is_open else PARTIAL_DAYS)).date()
    if link_expires_at is None:
        return longest
    return min(longest, link_expires_at.date()) if is_open else link_expires_at.date()


def seconds_on_page(opened_at: int | None, *, now: datetime) -> int:
    """Return the seconds since the page was opened, within what is plausible."""
    if opened_at is None:
        return 0
    return min(max(int(now.timestamp()) - opened_at, 0), MAX_PAGE_SECONDS)
