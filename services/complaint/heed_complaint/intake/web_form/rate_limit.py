"""How often people without an account may knock: each of them, and all together."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil

from heed_complaint.intake.web_form.errors import TooOften

MOST_CLIENTS = 10_000
SAME_HOUSEHOLD = 64
"""Bits of an IPv6 address: whoever has one of these has all behind it."""
EVERYBODY = ""


@dataclass(frozen=True, slots=True)
class Rate:
    times: int
    within: timedelta

    @property
    def interval(self) -> timedelta:
        return self.within // self.times


class Limiter:
    """Counts in this process only; a gateway before several of them limits them together.

    Kept is for each client when it would have knocked if it had done so evenly (the generic cell rate algorithm): one
    moment, however often it comes. Addresses are forgotten as soon as they do not matter any more.
    """

    def __init__(self, *, per_client: Rate, overall: Rate) -> None:
        self._per_client = per_client
        self._overall = overall
        self._even: OrderedDict[str, datetime] = OrderedDict()
        self._even_overall: datetime | None = None

    def admit(self, client: str, *, now: datetime) -> None:
        """Lets the client in and remembers it. Raises `TooOften`, which says how long to wait."""
        own = _next(self._even.get(client), self._per_client, now=now)
        everybodys = _next(self._even_overall, self._overall, now=now)
        self._even[client] = own
        self._even.move_to_end(client)
        self._even_overall = everybodys
        self._forget(now)

    def _forget(self, now: datetime) -> None:
        while self._even and (len(self._even) > MOST_CLIENTS or next(iter(self._even.values())) <= now):
            self._even.popitem(last=False)


def _next(even: datetime | None, rate: Rate, *, now: datetime) -> datetime:
    due = now if even is None else max(even, now)
    wait = due + rate.interval - rate.within - now
    if wait > timedelta(0):
        raise TooOften(ceil(wait.total_seconds()))
    return due + rate.interval


def client_of(peer: str | None, forwarded: str, *, proxies: int) -> str:
    """Whose address it is: the peer's, or what the outermost of our own proxies saw. The rest anybody can write."""
    seen = [part.strip() for part in forwarded.split(",") if part.strip()]
    address = seen[-min(proxies, len(seen))] if proxies and seen else peer or EVERYBODY
    try:
        parsed = ip_address(address)
    except ValueError:
        return peer or EVERYBODY
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or int(parsed) >> (128 - SAME_HOUSEHOLD))
    return str(parsed)
