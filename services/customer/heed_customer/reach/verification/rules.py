"""Codes that verify contacts: their form, validity and number. Pure: no clock, no tables."""

import secrets
from datetime import datetime, timedelta

from heed_common.contracts.customer import ContactKind
from heed_common.contracts.message import ContactChannel

DIGITS = 6
LIFETIME = timedelta(minutes=10)
MAX_ATTEMPTS = 5
"""Wrong codes before a new one is needed: guessing one of a million succeeds once in 200,000 codes."""
MIN_PAUSE = timedelta(minutes=1)
WINDOW = timedelta(hours=24)
MAX_CODES = 5
"""Codes to one contact within the window: a stranger's number must not become a target."""
CHANNELS = {ContactKind.PHONE: ContactChannel.SMS, ContactKind.MAIL: ContactChannel.MAIL}


def new_code() -> str:
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def channel_of(kind: str, value: str | None) -> ContactChannel | None:
    """Return the channel on which a code reaches the contact; None if none does."""
    if value is None or ";" in value:
        return None
    return next((channel for of_kind, channel in CHANNELS.items() if of_kind == kind), None)


def wait_before_next(
    *, sent_at: datetime, window_started_at: datetime, sent_in_window: int, now: datetime
) -> timedelta | None:
    """Return how long a caller has to wait before the next code; None if it can be sent now."""
    if sent_at + MIN_PAUSE > now:
        return sent_at + MIN_PAUSE - now
    if window_started_at + WINDOW > now and sent_in_window >= MAX_CODES:
        return window_started_at + WINDOW - now
    return None
