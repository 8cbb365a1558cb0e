"""Retention of intake: receipts, mail signatures and expired links."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import text

from heed_common.retention import Purge, purge_by

EXPIRED_FOR = timedelta(days=30)
"""How long an old link is reported as expired; after that it is unknown."""
SIGNATURE_AGE = timedelta(minutes=15)
"""More than the ten minutes for which a signature could be replayed."""

LINKS = text("""
    DELETE FROM status_link WHERE token_hash IN (
        SELECT token_hash FROM status_link WHERE expires_at < :before LIMIT :page
    )
""")
RECEIPTS = text("""
    DELETE FROM intake_receipt WHERE key IN (
        SELECT key FROM intake_receipt WHERE received_at < :before LIMIT :page
    )
""")
SIGNATURES = text("""
    DELETE FROM mail_delivery WHERE signature IN (
        SELECT signature FROM mail_delivery WHERE at < :before LIMIT :page
    )
""")
IGNORED_AGE = timedelta(days=90)
"""Long enough to find a person's mail that was taken for a machine's."""
IGNORED = text("""
    DELETE FROM ignored_mail WHERE key IN (
        SELECT key FROM ignored_mail WHERE received_at < :before LIMIT :page
    )
""")


def purges(*, receipt_days: int) -> Mapping[str, Purge]:
    """Return the purges of intake's tables, by table.

    Receipts identify a repeated mail, and the complaint that an answer belongs to.
    """
    return {
        "status_link": purge_by(LINKS, age=EXPIRED_FOR),
        "intake_receipt": purge_by(RECEIPTS, age=timedelta(days=receipt_days)),
        "ignored_mail": purge_by(IGNORED, age=IGNORED_AGE),
        "mail_delivery": purge_by(SIGNATURES, age=SIGNATURE_AGE),
    }
