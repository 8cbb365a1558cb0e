"""Settings of the survey service."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from heed_common.messages.settings import MessageSettings


class Settings(MessageSettings):
    service: ClassVar[str] = "survey"

    call_back_after_hours: float = Field(24, ge=0, le=24 * 365)
    """Hours from the completion of a complaint to its call-back."""
    form_rate_limit_per_client: int = Field(240, ge=1, le=100_000)
    """Pages in ten minutes over one personal link, or from one address over open links, for each process of the API."""
    form_rate_limit_total: int = Field(60_000, ge=1, le=10_000_000)
    """Of all clients together."""
    form_responses_per_device: int = Field(20, ge=1, le=100_000)
    """Responses of one device in a day over one open link; raise it where all customers share a tablet."""
    intake_trusted_proxies: int = Field(0, ge=0, le=5)
    """Number of our proxies in front of the API, as in the complaint service."""
    analyses_at_once: int = Field(2, ge=1, le=100)
    """Analyses that one process of the API computes at one time; each needs up to 0.7 GiB for a million responses."""
    analysis_wait_seconds: float = Field(5.0, ge=0, le=60)
    """How long one more analysis waits for its turn before it is refused."""
    analysis_seconds: float = Field(50.0, gt=0, le=3600)
    """Time limit of one analysis; less than the 60 seconds that gateways usually wait for a response."""
    analysis_max_responses: int = Field(2_000_000, ge=1)
    """Responses that one analysis reads at most."""
    import_days: int = Field(90, ge=1, le=3650)
    """Days that the report of an import is stored."""
    lost_after_days: int = Field(365, ge=1, le=36500)
    """Days without a purchase after which a customer who has bought before counts as lost."""

    @property
    def call_back_delay(self) -> timedelta:
        return timedelta(hours=self.call_back_after_hours)
