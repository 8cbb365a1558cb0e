"""Retention of reach: expired links and codes, and minors who have come of age."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import text

from heed_common.retention import Purge, purge_by

EXPIRED_LINK_AGE = timedelta(days=30)
"""How long an old link is reported as expired; after that it is unknown."""
DELETE_EXPIRED_LINKS = text("""
    DELETE FROM preference_link WHERE token_hash IN (
        SELECT token_hash FROM preference_link WHERE expires_at < :before LIMIT :page
    )
""")
DELETE_FORMER_MINORS = text("""
    DELETE FROM consent_minor WHERE customer_id IN (
        SELECT customer_id FROM consent_minor WHERE until < CAST(CAST(:before AS timestamptz) AS date) LIMIT :page
    )
""")
EXPIRED_CODE_AGE = timedelta(days=1)
"""As long as the number of codes that were sent counts."""
DELETE_EXPIRED_CODES = text("""
    DELETE FROM contact_verification WHERE contact_id IN (
        SELECT contact_id FROM contact_verification WHERE expires_at < :before ORDER BY expires_at LIMIT :page
    )
""")


def purges() -> Mapping[str, Purge]:
    """Return the purges of the district's tables, by table. Consents and the contact log are permanent."""
    return {
        "preference_link": purge_by(DELETE_EXPIRED_LINKS, age=EXPIRED_LINK_AGE),
        "contact_verification": purge_by(DELETE_EXPIRED_CODES, age=EXPIRED_CODE_AGE),
        "consent_minor": purge_by(DELETE_FORMER_MINORS, age=timedelta(0)),
    }
