"""Retention of rows that are not stored permanently: purged one page per table and transaction, oldest first.

docs/retention.md lists the rule of each table; a test compares that list with the tables.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import idempotency
from heed_common.failed_work import repository as failed_work
from heed_common.settings import ServiceSettings

PAGE = 2000

Purge = Callable[[AsyncSession, datetime], Awaitable[int]]
"""Delete one page of expired rows; return the number of rows."""

IDEMPOTENCY = text("""
    DELETE FROM idempotency WHERE (caller, method, path, key) IN (
        SELECT caller, method, path, key FROM idempotency WHERE created_at <= :before ORDER BY created_at LIMIT :page
    )
""")
INBOX = text("""
    DELETE FROM inbox WHERE event_id IN (
        SELECT event_id FROM inbox WHERE received_at < :before ORDER BY received_at LIMIT :page
    ) AND NOT EXISTS (SELECT FROM consumer_breaker WHERE stopped_at IS NOT NULL)
""")
"""While a group is stopped its offsets do not advance, so the ids of the events before them are not purged either."""
DEAD_LETTERS = text("""
    UPDATE dead_letter SET dropped_at = :now, key = NULL, value = '', retry_requested_at = NULL
    WHERE id IN (SELECT id FROM dead_letter WHERE first_seen < :before AND dropped_at IS NULL ORDER BY id LIMIT :page)
""")

AUDIT = text("""
    DELETE FROM audit WHERE (at, id) IN (SELECT at, id FROM audit WHERE at < :before ORDER BY at, id LIMIT :page)
""")


def purge_by(statement: TextClause, *, age: timedelta) -> Purge:
    """Return the purge that executes one statement, with `:now`, `:before` and `:page` if the statement uses them."""
    parameters = statement.compile().params.keys()

    async def purge(session: AsyncSession, now: datetime) -> int:
        values = {"now": now, "before": now - age, "page": PAGE}
        result = await session.execute(statement, {name: values[name] for name in parameters})
        return int(getattr(result, "rowcount", 0))

    return purge


async def _purge_failed_work(session: AsyncSession, now: datetime) -> int:
    return await failed_work.delete_forgotten(session, now=now, limit=PAGE)


def platform_purges(settings: ServiceSettings) -> Mapping[str, Purge]:
    """Return the purges of the platform tables, by table."""
    return {
        "idempotency": purge_by(IDEMPOTENCY, age=idempotency.RETENTION),
        "inbox": purge_by(INBOX, age=timedelta(days=settings.inbox_days)),
        "dead_letter": purge_by(DEAD_LETTERS, age=timedelta(days=settings.dead_letter_days)),
        "failed_work": _purge_failed_work,
        "audit": purge_by(AUDIT, age=timedelta(days=settings.audit_days)),
    }
