"""Retention of webhooks: attempts are listed for a while; endpoints and their positions until they are deleted."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import text

from heed_common.retention import Purge, purge_by

DELETE_OLD_ATTEMPTS = text("""
    DELETE FROM webhook_attempt WHERE id IN (
        SELECT id FROM webhook_attempt WHERE attempted_at < :before ORDER BY attempted_at LIMIT :page
    )
""")


def purges(*, days: int) -> Mapping[str, Purge]:
    """Return the purges of the district's tables, by table."""
    return {"webhook_attempt": purge_by(DELETE_OLD_ATTEMPTS, age=timedelta(days=days))}
