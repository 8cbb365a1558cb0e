"""Settings of the complaint service."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from heed_common.contact_addresses import SUPPORTED_REGIONS
from heed_common.messages.settings import MessageSettings
from heed_common.settings import Secret


def _region(code: str) -> str:
    if code not in SUPPORTED_REGIONS:
        raise ValueError("must be an ISO 3166 code of a region, such as CN")
    return code


class Settings(MessageSettings):
    service: ClassVar[str] = "complaint"

    intake_mail_secret: Secret | None = None
    """Shared with the mail gateway; without it no mail is taken in."""
    intake_mail_domain: str = Field("heed.internal", pattern=r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$", max_length=190)
    """The domain in the Message-ID of what is sent to customers."""
    intake_mail_lists: str = ""
    """Ids of mailing lists (List-Id), comma-separated, through which customers' mail reaches the desk."""
    phone_region: Annotated[str, AfterValidator(_region)] | None = None
    """The region of telephone numbers without a country code, such as CN."""
    intake_rate_limit_per_client: int = Field(10, ge=1, le=10_000)
    """Forms and answers of one client in ten minutes, for each process of the API."""
    intake_rate_limit_total: int = Field(600, ge=1, le=1_000_000)
    """Of all clients together."""
    intake_trusted_proxies: int = Field(0, ge=0, le=5)
    """Number of our proxies in front of the API: each adds the address that it was called from."""
    intake_link_days: int = Field(180, ge=1, le=3650)
    """How long a private link leads to its complaint."""
    import_days: int = Field(90, ge=1, le=3650)
    """Days that the report of an import is stored, with its rejected lines."""
    intake_receipt_days: int = Field(730, ge=30, le=3650)
    """Days that a repeated form or mail is recognised, and the complaint that an answer by mail belongs to."""
