"""Outcomes of attempts, and when the next one is made. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from uuid import UUID

FIRST_PAUSE_SECONDS = 1.0
MAX_DOUBLINGS = 20
MAX_RETRY_AFTER_SECONDS = 3600.0
REJECTED = "status"
"""The error of a response that is not 2xx."""
THROTTLED = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request to a receiver and how it ended."""

    event_id: UUID
    type: str
    number: int
    attempted_at: datetime
    duration_ms: int
    status: int | None = None
    error: str | None = None
    retry_after: float | None = None
    """Seconds for which the receiver wants no request at all."""

    @property
    def is_accepted(self) -> bool:
        return self.error is None

    @property
    def is_gone(self) -> bool:
        """Return whether the receiver wants no more events."""
        return self.status == HTTPStatus.GONE


def is_accepted(status: int) -> bool:
    return 200 <= status < 300


def pause_after(failures: int, *, longest: float, jitter: float) -> float:
    """Return the seconds until the next attempt after so many failures; `jitter` is a random number from 0 to 1."""
    doubled: float = FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, MAX_DOUBLINGS)
    return min(doubled, longest) * (1 + jitter) / 2


def retry_after(status: int, headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Return the seconds of `Retry-After`, a number or a date, at most an hour; None if it does not apply."""
    text = headers.get("retry-after", "").strip()
    if status not in THROTTLED or not text:
        return None
    if text.isascii() and text.isdigit():
        seconds = float(text[:10])
    else:
        try:
            seconds = (parsedate_to_datetime(text).astimezone(UTC) - now).total_seconds()
        except (ValueError, OverflowError):
            return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)
