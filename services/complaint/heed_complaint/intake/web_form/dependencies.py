"""What the doors without an account share: how often one may knock, and what the house is told by its settings."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, FastAPI, Query
from starlette.requests import Request

from heed_complaint.intake.html import negotiation as browsers
from heed_complaint.intake.web_form.rate_limit import Limiter, Rate, client_of
from heed_complaint.settings import Settings

WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Intake:
    """One for each process of the API."""

    limiter: Limiter
    proxies: int
    currency: str
    zone: ZoneInfo
    earliest: date
    link_days: int
    phone_region: str | None
    mail_domain: str
    mail_lists: tuple[str, ...]

    def admit(self, request: Request, *, now: datetime) -> None:
        """Raises `TooOften`."""
        peer = request.client.host if request.client else None
        forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
        self.limiter.admit(client_of(peer, forwarded, proxies=self.proxies), now=now)


def install(app: FastAPI, settings: Settings) -> None:
    """Before the routers of intake and status."""
    browsers.install(app)
    limiter = Limiter(
        per_client=Rate(settings.intake_rate_limit_per_client, WITHIN),
        overall=Rate(settings.intake_rate_limit_total, WITHIN),
    )
    zone = ZoneInfo(settings.time_zone)
    app.state.intake = Intake(
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


def _of(request: Request) -> Intake:
    intake: Intake = request.app.state.intake
    return intake


IntakeDoor = Annotated[Intake, Depends(_of)]
Lang = Annotated[str | None, Query(max_length=35, description="`en` or `zh`; goes before Accept-Language.")]
