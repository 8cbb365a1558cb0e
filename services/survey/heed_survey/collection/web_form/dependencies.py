"""Limits of the form, which anyone may send: pages of a link or an address, and responses of a device."""

import hmac
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import Depends, FastAPI, Query
from starlette.requests import Request

from heed_common.errors import TooManyRequests
from heed_common.http import negotiation
from heed_common.http.rate_limit import Rate, RateLimiter, client_of
from heed_survey.invitations.links.rules import Link, LinkKind
from heed_survey.settings import Settings

RATE_WINDOW = timedelta(minutes=10)
MAX_DEVICES = 100_000
KEY_BYTES = 32


class ManyResponses(TooManyRequests):
    code, title = "many_responses", "Many responses came from this device today; please try again tomorrow."
    advice = "Try again tomorrow, or ask for a personal link."


class DailyDevices:
    """Counts the responses of a device over an open link on one day, in the memory of this process only.

    A device is a keyed hash of its address and the name of its browser. The key is drawn for each day and never stored,
    so that nothing leads from a hash to an address, nor from one day's hashes to those of another.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._day: date | None = None
        self._key = b""
        self._counts: Counter[bytes] = Counter()

    def pseudonym(self, *parts: str, now: datetime) -> bytes:
        """Return today's keyed hash of the parts."""
        if now.date() != self._day or len(self._counts) >= MAX_DEVICES:
            self._day, self._key = now.date(), secrets.token_bytes(KEY_BYTES)
            self._counts.clear()
        return hmac.digest(self._key, "\n".join(parts).encode("utf-8", "surrogateescape"), "sha256")

    def check(self, device: bytes) -> None:
        """Raise `ManyResponses` if the device has sent as many as one may in a day."""
        if self._counts[device] >= self._limit:
            raise ManyResponses

    def count(self, device: bytes) -> None:
        """Count a response of the device."""
        self._counts[device] += 1


@dataclass(frozen=True, slots=True)
class PublicForm:
    """Rate limiters and settings of the form; one for each process of the API."""

    links: RateLimiter
    addresses: RateLimiter
    devices: DailyDevices
    proxies: int
    currency: str

    def check(self, request: Request, link: Link, *, token: str, now: datetime) -> bytes | None:
        """Count a page; return the hash of the device for an open link. Raises `RateLimited`, `ManyResponses`.

        A personal link is one respondent, whose address may be that of a whole company. Behind an open link there are
        many, who differ by their addresses.
        """
        if link.kind is not LinkKind.OPEN:
            self.links.check(link.token_hash.hex(), now=now)
            return None
        address = client_of(request, proxies=self.proxies)
        device = self.devices.pseudonym(token, address, request.headers.get("user-agent", ""), now=now)
        self.devices.check(device)
        self.addresses.check(self.devices.pseudonym(address, now=now).hex(), now=now)
        return device

    def count_response(self, device: bytes | None) -> None:
        """Count a response over an open link."""
        if device is not None:
            self.devices.count(device)


def install(app: FastAPI, settings: Settings) -> None:
    """Set up what the router of the form depends on."""
    negotiation.install(app)
    rate = Rate(settings.form_rate_limit_per_client, RATE_WINDOW)
    total = Rate(settings.form_rate_limit_total, RATE_WINDOW)
    app.state.form = PublicForm(
        links=RateLimiter(per_client=rate, overall=total),
        addresses=RateLimiter(per_client=rate, overall=total),
        devices=DailyDevices(settings.form_responses_per_device),
        proxies=settings.intake_trusted_proxies,
        currency=settings.currency,
    )


def _get_form(request: Request) -> PublicForm:
    form: PublicForm = request.app.state.form
    return form


FormAccess = Annotated[PublicForm, Depends(_get_form)]
LanguageQuery = Annotated[str | None, Query(max_length=35, description="`en` or `zh`; overrides all other wishes.")]
