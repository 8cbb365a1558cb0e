"""Rate limits for callers without an account: per client and overall."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil

from starlette.requests import Request

from heed_common.errors import TooManyRequests

MAX_CLIENTS = 10_000
IPV6_PREFIX_BITS = 64
"""The owner of one IPv6 address has all addresses of its prefix."""
UNKNOWN_CLIENT = ""


class RateLimited(TooManyRequests):
    code, title = "too_often", "That was too often in a short time; please wait a moment."
    advice = "Wait for `Retry-After` seconds; slow down if it happens often."

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.seconds)}


@dataclass(frozen=True, slots=True)
class Rate:
    limit: int
    window: timedelta

    @property
    def interval(self) -> timedelta:
        return self.window // self.limit


class RateLimiter:
    """Counts in this process only; a gateway before several of them limits them together.

    Generic cell rate algorithm: of each client one moment is stored, its theoretical arrival time, at which it would
    have come if it had come evenly. Clients are removed as soon as that moment has passed.
    """

    def __init__(self, *, per_client: Rate, overall: Rate) -> None:
        self._per_client = per_client
        self._overall = overall
        self._theoretical_arrival: OrderedDict[str, datetime] = OrderedDict()
        self._overall_arrival: datetime | None = None

    def check(self, client: str, *, now: datetime) -> None:
        """Count this request. Raises `RateLimited` with the seconds to wait; a refused request is not counted."""
        arrival = _next_arrival(self._theoretical_arrival.get(client), self._per_client, now=now)
        overall = _next_arrival(self._overall_arrival, self._overall, now=now)
        self._theoretical_arrival[client] = arrival
        self._theoretical_arrival.move_to_end(client)
        self._overall_arrival = overall
        self._remove_past(now)

    def _remove_past(self, now: datetime) -> None:
        arrivals = self._theoretical_arrival
        while arrivals and (len(arrivals) > MAX_CLIENTS or next(iter(arrivals.values())) <= now):
            arrivals.popitem(last=False)


def _next_arrival(arrival: datetime | None, rate: Rate, *, now: datetime) -> datetime:
    due = now if arrival is None else max(arrival, now)
    wait = due + rate.interval - rate.window - now
    if wait > timedelta(0):
        raise RateLimited(ceil(wait.total_seconds()))
    return due + rate.interval


def client_ip(peer: str | None, forwarded: str, *, proxies: int) -> str:
    """Return the address of the client: the peer's, or the one that the outermost trusted proxy saw.

    Addresses further left in X-Forwarded-For can be written by any client.
    """
    seen = [part.strip() for part in forwarded.split(",") if part.strip()]
    address = seen[-min(proxies, len(seen))] if proxies and seen else peer or UNKNOWN_CLIENT
    try:
        parsed = ip_address(address)
    except ValueError:
        return peer or UNKNOWN_CLIENT
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or int(parsed) >> (128 - IPV6_PREFIX_BITS))
    return str(parsed)


def client_of(request: Request, *, proxies: int) -> str:
    """Return the address of the client of the request, behind so many proxies of ours."""
    peer = request.client.host if request.client else None
    return client_ip(peer, ",".join(request.headers.getlist("x-forwarded-for")), proxies=proxies)
