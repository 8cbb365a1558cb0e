"""What is told of a contact and of a recommendation. Pure: no clock, no tables."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from heed_common.content_hash import fingerprint, has_same_content


@dataclass(frozen=True, slots=True)
class NewInteraction:
    """A touchpoint before, during or after a purchase."""

    customer_id: UUID
    kind: str
    channel: str
    occurred_at: datetime
    external_id: str | None = None
    currency: str | None = None
    cost: Decimal | None = None
    campaign: str | None = None
    promise: str | None = None


@dataclass(frozen=True, slots=True)
class NewReferral:
    """A customer brought somebody, who may be a customer by now."""

    customer_id: UUID
    occurred_at: datetime
    referred_customer_id: UUID | None = None
    external_id: str | None = None


def content_of(told: NewInteraction | NewReferral) -> bytes:
    """The fingerprint by which a repeated call is known."""
    return fingerprint(asdict(told))


def is_repeated(told: NewInteraction | NewReferral, stored: bytes, *, filled_in: Mapping[str, object]) -> bool:
    """Return whether it has the content that was stored, which the service may have filled in."""
    return has_same_content(stored, asdict(told), filled_in=filled_in)
