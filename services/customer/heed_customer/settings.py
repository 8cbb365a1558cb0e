"""Settings of the customer service."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import NoDecode

from heed_common.contracts.message import ContactPurpose
from heed_common.messages.settings import MessageSettings
from heed_common.outgoing_http.addresses import AddressPolicy, parse_networks
from heed_common.settings import json_object

NO_QUIET_HOURS = "none"


class ContactBudget(BaseModel):
    """The largest number of contacts of one purpose in so many days."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contacts: int = Field(ge=0, le=1000)
    days: int = Field(ge=1, le=366)


def _networks(text: str) -> str:
    try:
        parse_networks(text)
    except ValueError:
        raise ValueError("must be networks such as 127.0.0.0/8,10.1.0.0/16") from None
    return text


DEFAULT_BUDGETS = {
    ContactPurpose.MARKETING: ContactBudget(contacts=4, days=30),
    ContactPurpose.SURVEY: ContactBudget(contacts=2, days=30),
}


class Settings(MessageSettings):
    service: ClassVar[str] = "customer"

    import_days: int = Field(90, ge=1, le=3650)
    """Days that the report of an import is stored after its end."""
    contact_budgets: Annotated[dict[ContactPurpose, ContactBudget], NoDecode, BeforeValidator(json_object)] = (
        DEFAULT_BUDGETS
    )
    """Limits by purpose; a purpose that is not named has none."""
    quiet_hours: str = Field("21:00-08:00", pattern=r"^(none|([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)$")
    """Hours in the customer's time zone in which nothing but service is sent; `none` switches them off."""
    webhook_allow_http: bool = False
    """Whether webhooks may be sent without TLS."""
    webhook_allowed_networks: Annotated[str, AfterValidator(_networks)] = ""
    """Networks that webhooks may be sent to although they are not public, such as `127.0.0.0/8,10.1.0.0/16`."""
    webhook_max_endpoints: int = Field(100, ge=1, le=1000)
    """Webhooks that may exist: each has a reader of the topics, connections and events in memory."""
    webhook_seconds: float = Field(15.0, gt=0, le=120)
    """Time limit for a receiver of webhooks to respond."""
    webhook_max_pause_seconds: float = Field(300.0, ge=0.1, le=86_400)
    """Longest pause before the next attempt after a failure."""
    webhook_overlap_hours: float = Field(24.0, ge=0, le=24 * 30)
    """Hours for which the former secret of a webhook stays valid after its rotation."""
    webhook_attempt_days: int = Field(30, ge=1, le=3650)
    """Days that an attempt to deliver a webhook is listed."""
    event_streams: int = Field(100, ge=0, le=10_000)
    """Open streams of events of one process of the API."""
    preference_rate_limit_per_client: int = Field(60, ge=1, le=10_000)
    """Decisions of one client on preference pages in ten minutes, for each process of the API."""
    preference_rate_limit_total: int = Field(6000, ge=1, le=1_000_000)
    """Of all clients together."""
    intake_trusted_proxies: int = Field(0, ge=0, le=5)
    """Number of our proxies in front of the API, as in the complaint service."""

    @property
    def webhook_addresses(self) -> AddressPolicy:
        """Return where webhooks may be sent."""
        return AddressPolicy(self.webhook_allow_http, parse_networks(self.webhook_allowed_networks))
