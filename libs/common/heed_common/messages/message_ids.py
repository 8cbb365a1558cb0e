"""Message-ID of an outgoing mail: derived from the message's id, so that a message sent twice has the same. Pure."""

import re
from uuid import UUID

LOCAL_PART = re.compile(r"<\s*heed\.([0-9a-f]{32})@[^<>@\s]+\s*>", re.IGNORECASE)


def to_message_id(message_id: UUID, *, domain: str) -> str:
    """Return the Message-ID of the message, in angle brackets."""
    return f"<heed.{message_id.hex}@{domain}>"


def find_own_ids(header: str) -> list[UUID]:
    """Return the ids of our messages in an In-Reply-To or References header, in their order."""
    return [UUID(found) for found in dict.fromkeys(LOCAL_PART.findall(header))]
