"""Retention of messages: purged with their content some time after they ended."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import text

from heed_common.messages.settings import MessageSettings
from heed_common.retention import Purge, purge_by

ENDED_MESSAGES = text("""
    DELETE FROM outgoing_message WHERE id IN (
        SELECT id FROM outgoing_message WHERE ended_at < :before ORDER BY ended_at LIMIT :page
    )
""")


def purges(settings: MessageSettings) -> Mapping[str, Purge]:
    """Return the purge of messages, for the housekeeping of a service that sends them."""
    return {"outgoing_message": purge_by(ENDED_MESSAGES, age=timedelta(days=settings.message_days))}
