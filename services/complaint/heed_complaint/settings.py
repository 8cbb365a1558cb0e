"""What the complaint service is told by its environment."""

from typing import ClassVar

from pydantic import Field

from heed_common.settings import Secret, ServiceSettings


class Settings(ServiceSettings):
    service: ClassVar[str] = "complaint"

    intake_mail_secret: Secret | None = None
    """Shared with the mail gateway; without it no mail is taken in."""
    intake_client_limit: int = Field(10, ge=1, le=10_000)
    """Forms and answers of one client in ten minutes, for each process of the API."""
    intake_limit: int = Field(600, ge=1, le=1_000_000)
    """Of all clients together."""
    intake_proxies: int = Field(0, ge=0, le=5)
    """How many proxies of ours stand before the API: each adds the address that it was called from."""
    intake_link_days: int = Field(180, ge=1, le=3650)
    """How long a private link leads to its complaint."""
    intake_receipt_days: int = Field(730, ge=30, le=3650)
    """Days that a repeated form or mail is recognised, and the complaint that an answer by mail belongs to."""
