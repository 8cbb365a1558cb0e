"""What may be sent again, and when. Pure: both clients ask it after each attempt."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
KEY = "idempotency-key"
BUSY = frozenset({429, 502, 503, 504})
IN_FLIGHT = "idempotency_in_flight"
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
Outcome = httpx.Response | httpx.TransportError


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a request is sent at most, and the pauses between: doubled each time, shortened at random."""

    attempts: int = 6
    first_pause: float = 0.25
    """Seconds."""
    longest_pause: float = 30.0
    """Seconds; a response that asks for a longer pause is final."""

    def pause(self, request: httpx.Request, outcome: Outcome, *, attempt: int) -> float | None:
        """Return the seconds to wait before the next attempt; None if this outcome is final.

        A write is repeated if it cannot have been done, or has an Idempotency-Key, so that it is done once.
        """
        if attempt >= self.attempts or not _may_repeat(request, outcome):
            return None
        requested = _retry_after(outcome)
        if requested is not None:
            return requested if requested <= self.longest_pause else None
        pause = min(self.first_pause * 2 ** (attempt - 1), self.longest_pause)
        return float(pause) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, no secret


def _may_repeat(request: httpx.Request, outcome: Outcome) -> bool:
    does_no_harm = request.method in SAFE or KEY in request.headers
    if isinstance(outcome, httpx.TransportError):
        return does_no_harm or isinstance(outcome, NOT_SENT)
    if outcome.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return True
    return does_no_harm and (outcome.status_code in BUSY or _is_in_flight(outcome))


def _is_in_flight(response: httpx.Response) -> bool:
    """Return whether the first attempt with this key is still being processed."""
    if response.status_code != httpx.codes.CONFLICT:
        return False
    try:
        document = response.json()
    except ValueError:
        return False
    return isinstance(document, dict) and document.get("code") == IN_FLIGHT


def _retry_after(outcome: Outcome) -> float | None:
    """Return the seconds of Retry-After, which is a number or a date."""
    text = outcome.headers.get("retry-after") if isinstance(outcome, httpx.Response) else None
    if text is None:
        return None
    if text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
