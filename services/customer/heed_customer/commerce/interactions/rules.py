"""New interactions and referrals. Pure: no clock, no tables."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from heed_common.content_hash import fingerprint, has_same_content
from heed_common.time_ranges import ALWAYS, TimeRange
from heed_common.trace import Origin


@dataclass(frozen=True, slots=True)
class NewInteraction:
    """A contact with a customer before, during or after a purchase."""

    customer_id: UUID
    kind: str
    channel: str
    occurred_at: datetime
    external_id: str | None = None
    currency: str | None = None
    cost: Decimal | None = None
    campaign: str | None = None
    promise: str | None = None
    origin: Origin | None = None
    """Of its event, if several requests are recorded together."""


@dataclass(frozen=True, slots=True)
class NewReferral:
    """A referral by a customer. The referred person may be a customer already."""

    customer_id: UUID
    occurred_at: datetime
    referred_customer_id: UUID | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class InteractionFilter:
    """Conditions of the list of interactions; each meets all that are given, and one of the values of each."""

    customer_ids: frozenset[UUID] | None = None
    external_ids: Collection[str] = ()
    channels: Collection[str] = ()
    kinds: Collection[str] = ()
    campaigns: Collection[str] = ()
    times: TimeRange = ALWAYS


@dataclass(frozen=True, slots=True)
class ReferralFilter:
    """Conditions of the list of referrals; each meets all that are given, and one of the values of each."""

    customer_ids: frozenset[UUID] | None = None
    referred_customer_ids: frozenset[UUID] | None = None
    external_ids: Collection[str] = ()
    times: TimeRange = ALWAYS


def content(new: NewInteraction | NewReferral) -> dict[str, object]:
    """Return what the caller has sent, by column."""
    columns = asdict(new)
    columns.pop("origin", None)
    return columns


def content_hash(new: NewInteraction | NewReferral) -> bytes:
    """Return the hash by which a repeated request is recognised."""
    return fingerprint(content(new))


def is_same(new: NewInteraction | NewReferral, stored: bytes, *, filled_in: Mapping[str, object]) -> bool:
    """Return whether the content is that of the stored hash, which may include values filled in by the service."""
    return has_same_content(stored, content(new), filled_in=filled_in)
