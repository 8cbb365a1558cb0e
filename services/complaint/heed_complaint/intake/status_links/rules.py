"""Private links and the public status of a complaint. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from heed_common.contracts.complaint import ComplaintStatus
from heed_complaint.intake.submissions.rules import key_hash

TOKEN_BYTES = 24
"""192 bits."""


class PublicStatus(StrEnum):
    """What the status page shows instead of the status of the complaint."""

    WAITING = "waiting_for_you"
    MESSAGE_RECEIVED = "message_received"
    """The customer wrote, and no agent has answered yet."""


@dataclass(frozen=True, slots=True)
class Link:
    """A private link as its holder gets it; it cannot be shown a second time."""

    token: str
    expires_at: datetime

    @property
    def path(self) -> str:
        return f"/c/{self.token}"


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def link_expiry(created_at: datetime, *, days: int) -> datetime:
    return created_at + timedelta(days=days)


def public_status(state: ComplaintStatus, *, paused: bool, customer_wrote: bool) -> ComplaintStatus | PublicStatus:
    """Return the status to show: never whose fault it was, nor why."""
    if customer_wrote:
        return PublicStatus.MESSAGE_RECEIVED
    return PublicStatus.WAITING if paused else state


def reply_key(complaint_id: UUID, text: str, key: str | None, *, header: str | None) -> bytes | None:
    """Return the hash that identifies a repeated reply over a private link; None for a reply without a key."""
    # Hashed with the word of earlier releases, whose receipts are still stored.
    source = f"answer {complaint_id}"
    if key is not None:
        return key_hash(source, key)
    return key_hash(source, f"{header} {text}") if header else None
