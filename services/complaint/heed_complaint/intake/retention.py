"""Retention of intake: receipts, mail signatures, ignored mails and expired links."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import text

from heed_common.retention import Purge, purge_by

EXPIRED_LINK_AGE = timedelta(days=30)
"""How long an old link is reported as expired; after that it is unknown."""
SIGNATURE_AGE = timedelta(minutes=15)
"""More than the ten minutes for which a signature could be replayed."""
IGNORED_MAIL_AGE = timedelta(days=90)
"""Long enough to find a person's mail that was taken for a machine's."""

DELETE_EXPIRED_LINKS = text("""
    DELETE FROM status_link WHERE token_hash IN (
        SELECT token_hash FROM status_link WHERE expires_at < :before LIMIT :page
    )
""")
DELETE_OLD_RECEIPTS = text("""
    DELETE FROM intake_receipt WHERE key IN (
        SELECT key FROM intake_receipt WHERE received_at < :before LIMIT :page
    )
""")
DELETE_OLD_SIGNATURES = text("""
    DELETE FROM used_mail_signature WHERE signature IN (
        SELECT signature FROM used_mail_signature WHERE used_at < :before LIMIT :page
    )
""")
DELETE_IGNORED_MAILS = text("""
    DELETE FROM ignored_mail WHERE key IN (
        SELECT key FROM ignored_mail WHERE received_at < :before LIMIT :page
    )
""")


def purges(*, receipt_days: int) -> Mapping[str, Purge]:
    """Return the purges of intake's tables, by table.

    Receipts identify a repeated mail, and the complaint that a reply belongs to.
    """
    return {
        "status_link": purge_by(DELETE_EXPIRED_LINKS, age=EXPIRED_LINK_AGE),
        "intake_receipt": purge_by(DELETE_OLD_RECEIPTS, age=timedelta(days=receipt_days)),
        "ignored_mail": purge_by(DELETE_IGNORED_MAILS, age=IGNORED_MAIL_AGE),
        "used_mail_signature": purge_by(DELETE_OLD_SIGNATURES, age=SIGNATURE_AGE),
    }
