"""Access to preference pages without an account: rate limits."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, FastAPI, Query
from starlette.requests import Request

from heed_common.http import negotiation
from heed_common.http.rate_limit import Rate, RateLimiter, client_of
from heed_customer.reach.preferences.rules import token_hash
from heed_customer.settings import Settings

RATE_WINDOW = timedelta(minutes=10)
ONE_CLICKS_PER_LINK = Rate(10, RATE_WINDOW)
ONE_CLICKS = Rate(30_000, RATE_WINDOW)
"""Mailbox providers send those of all their users from few addresses, so they are limited by link, not by client."""


@dataclass(frozen=True, slots=True)
class PreferenceAccess:
    """Rate limiters of preference pages; one for each process of the API."""

    clients: RateLimiter
    one_clicks: RateLimiter
    proxies: int

    def check_client(self, request: Request, *, now: datetime) -> None:
        """Count a decision of this client. Raises `RateLimited`."""
        self.clients.check(client_of(request, proxies=self.proxies), now=now)

    def check_one_click(self, token: str, *, now: datetime) -> None:
        """Count a one-click unsubscription over this link. Raises `RateLimited`."""
        self.one_clicks.check(token_hash(token).hex(), now=now)


def install(app: FastAPI, settings: Settings) -> None:
    """Set up what the router of preference pages depends on."""
    negotiation.install(app)
    clients = RateLimiter(
        per_client=Rate(settings.preference_rate_limit_per_client, RATE_WINDOW),
        overall=Rate(settings.preference_rate_limit_total, RATE_WINDOW),
    )
    one_clicks = RateLimiter(per_client=ONE_CLICKS_PER_LINK, overall=ONE_CLICKS)
    app.state.preferences = PreferenceAccess(clients, one_clicks, settings.intake_trusted_proxies)


def _get_access(request: Request) -> PreferenceAccess:
    access: PreferenceAccess = request.app.state.preferences
    return access


Access = Annotated[PreferenceAccess, Depends(_get_access)]
LanguageQuery = Annotated[str | None, Query(max_length=35, description="`en` or `zh`; overrides Accept-Language.")]
