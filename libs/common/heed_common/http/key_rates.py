"""Rate limits of API keys, and the fields that announce them (draft-ietf-httpapi-ratelimit-headers-10)."""

from dataclasses import dataclass
from math import ceil

from heed_common.clock import Clock
from heed_common.http.rate_limit import RateLimited

WINDOW_SECONDS = 60
POLICY = "key"
"""Name of the only policy in the fields."""
MAX_KEYS = 10_000


class KeyRateLimited(RateLimited):
    code, title = "rate_limited", "This key has used up its requests of a minute; please wait."
    advice = "Wait for the seconds in `Retry-After`, and spread requests by the `RateLimit` field of each response."


@dataclass(frozen=True, slots=True)
class Quota:
    """The rest of a key's quota after a request."""

    limit: int
    remaining: int
    reset_seconds: int
    """Until the whole quota is available again."""

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        policy = f'"{POLICY}";q={self.limit};w={WINDOW_SECONDS}'
        rest = f'"{POLICY}";r={self.remaining};t={self.reset_seconds}'
        return ((b"ratelimit-policy", policy.encode()), (b"ratelimit", rest.encode()))


class KeyRates:
    """Counts the requests of limited keys in this process, by the generic cell rate algorithm (`rate_limit`).

    Only authenticated callers are counted: a wrong secret uses up nothing of a key's quota.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._arrivals: dict[str, float] = {}
        """Theoretical arrival time of each key's next request, in seconds."""

    def count(self, caller: str, limit: int) -> tuple[Quota, KeyRateLimited | None]:
        """Count a request of the caller. Return the rest of its quota, and the error if there was none left."""
        now, interval = self._clock.now().timestamp(), WINDOW_SECONDS / limit
        due = max(self._arrivals.get(caller, now), now)
        # A limit that was lowered meanwhile must not block the key for longer than its window.
        due = min(due, now + WINDOW_SECONDS)
        after = due + interval
        wait = after - now - WINDOW_SECONDS
        if wait > interval * 1e-6:
            return self._quota(limit, due - now), KeyRateLimited(max(1, ceil(wait)))
        self._arrivals[caller] = after
        if len(self._arrivals) > MAX_KEYS:
            self._arrivals = {id_: arrival for id_, arrival in self._arrivals.items() if arrival > now}
        return self._quota(limit, after - now), None

    @staticmethod
    def _quota(limit: int, used_seconds: float) -> Quota:
        remaining = int((WINDOW_SECONDS - used_seconds) * limit / WINDOW_SECONDS + 1e-6)
        return Quota(limit, max(0, remaining), ceil(used_seconds))
