"""Private links to the preference page, and what it offers. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from heed_common.contracts.customer import ConsentChannel, ConsentPurpose

TOKEN_BYTES = 24
"""192 bits."""
LINK_DAYS = 180
"""Long enough to unsubscribe from mail that was left unread for months."""
BY_CHANNEL = (ConsentPurpose.SERVICE, ConsentPurpose.SURVEY, ConsentPurpose.MARKETING)
"""Decided channel by channel on the page."""
OVER_ALL_CHANNELS = (ConsentPurpose.PROFILING, ConsentPurpose.SENSITIVE)
"""Decided once for all channels: for a customer they have nothing to do with the way of writing."""


@dataclass(frozen=True, slots=True)
class Link:
    """A private link as its holder gets it; it cannot be shown a second time."""

    token: str
    expires_at: datetime

    @property
    def path(self) -> str:
        return f"/p/{self.token}"

    def unsubscribe_path(self, purpose: str, channel: str) -> str:
        """Return the path of one-click unsubscribing (RFC 8058)."""
        return f"{self.path}/unsubscribe/{purpose}/{channel}"


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def link_expiry(created_at: datetime) -> datetime:
    return created_at + timedelta(days=LINK_DAYS)


def decided_channels(purpose: ConsentPurpose, channel: ConsentChannel) -> tuple[ConsentChannel, ...]:
    """Return the channels that one button of the page decides about."""
    return tuple(ConsentChannel) if purpose in OVER_ALL_CHANNELS else (channel,)
