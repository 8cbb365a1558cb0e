"""Dependencies of endpoints without an account."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, FastAPI, Query
from starlette.requests import Request

from heed_common.http import negotiation
from heed_common.http.rate_limit import Rate, RateLimiter, client_of
from heed_complaint.settings import Settings

RATE_WINDOW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class PublicIntake:
    """Rate limiter and settings of intake; one for each process of the API."""

    limiter: RateLimiter
    proxies: int
    currency: str
    zone: ZoneInfo
    earliest: date
    link_days: int
    phone_region: str | None
    mail_domain: str
    mail_lists: tuple[str, ...]

    def check_rate(self, request: Request, *, now: datetime) -> None:
        """Count the request of this client. Raises `RateLimited`."""
        self.limiter.check(client_of(request, proxies=self.proxies), now=now)


def install(app: FastAPI, settings: Settings) -> None:
    """Set up what the routers of web form, email and status links depend on."""
    negotiation.install(app)
    limiter = RateLimiter(
        per_client=Rate(settings.intake_rate_limit_per_client, RATE_WINDOW),
        overall=Rate(settings.intake_rate_limit_total, RATE_WINDOW),
    )
    zone = ZoneInfo(settings.time_zone)
    app.state.intake = PublicIntake(
        limiter,
        settings.intake_trusted_proxies,
        settings.currency,
        zone,
        settings.earliest,
        settings.intake_link_days,
        settings.phone_region,
        settings.intake_mail_domain,
        tuple(each for part in settings.intake_mail_lists.split(",") if (each := part.strip(" <>"))),
    )


def _get_intake(request: Request) -> PublicIntake:
    intake: PublicIntake = request.app.state.intake
    return intake


Intake = Annotated[PublicIntake, Depends(_get_intake)]
LanguageQuery = Annotated[str | None, Query(max_length=35, description="`en` or `zh`; overrides Accept-Language.")]
