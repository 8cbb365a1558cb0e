"""SQL of failed work."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, bindparam, cast, delete, func, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.sql.elements import SQLColumnExpression

from heed_common.tables import FAILED_WORK

FIRST_DELAY, MAX_DELAY = timedelta(seconds=30), timedelta(hours=1)
FORGOTTEN_AFTER = 2 * MAX_DELAY
"""A record that was due for this long without an attempt by its job is obsolete: the row was settled in another way."""
COLUMNS = FAILED_WORK.c

UPSERT = text("""
    INSERT INTO failed_work (job, key, error, first_failed_at, last_failed_at, attempts, next_attempt_at)
    SELECT :job, key, error, :now, :now, 1, CAST(:now AS timestamptz) + :first_delay
    FROM unnest(CAST(:keys AS text[]), CAST(:errors AS text[])) AS failed (key, error)
    ORDER BY key
    ON CONFLICT (job, key) DO UPDATE SET
        error = excluded.error, last_failed_at = excluded.last_failed_at, attempts = failed_work.attempts + 1,
        next_attempt_at = excluded.last_failed_at
            + least(:max_delay, :first_delay * power(2, least(failed_work.attempts, 20)))
""").bindparams(bindparam("first_delay", FIRST_DELAY), bindparam("max_delay", MAX_DELAY))


def is_set_aside(
    job: str, key: SQLColumnExpression[Any], *, now: datetime, dropped: bool = True
) -> ColumnElement[bool]:
    """Return the condition that a row of a job's query waits for its next attempt or is dropped.

    The job's own query excludes such rows, so that they do not fill its pages. A job that handles dropped rows itself
    passes `dropped=False`: they are due then.
    """
    waits = COLUMNS.next_attempt_at > now
    condition = or_(COLUMNS.dropped_at.is_not(None), waits) if dropped else and_(COLUMNS.dropped_at.is_(None), waits)
    return cast(key, Text).in_(select(COLUMNS.key).where(COLUMNS.job == job, condition))


async def upsert(session: AsyncSession, job: str, errors: dict[str, str], *, now: datetime) -> None:
    """Record failures by key with their error class. A row that fails again waits twice as long."""
    params = {"job": job, "keys": list(errors), "errors": list(errors.values()), "now": now}
    await session.execute(UPSERT, params)


async def select_waiting(session: AsyncSession, job: str, keys: Collection[str], *, now: datetime) -> set[str]:
    """Return which of these keys are waiting or dropped, for jobs whose rows do not come from a query."""
    waits = or_(COLUMNS.dropped_at.is_not(None), COLUMNS.next_attempt_at > now)
    query = select(COLUMNS.key).where(COLUMNS.job == job, COLUMNS.key.in_(sorted(keys)), waits)
    return set(await session.scalars(query))


async def select_dropped(session: AsyncSession, job: str, key: str) -> bool:
    """Return whether an operator has dropped this row."""
    query = select(COLUMNS.key).where(COLUMNS.job == job, COLUMNS.key == key, COLUMNS.dropped_at.is_not(None))
    return (await session.execute(query)).first() is not None


async def select_keys(session: AsyncSession, job: str) -> set[str]:
    """Return the keys of all records of a job: nearly always none."""
    return set(await session.scalars(select(COLUMNS.key).where(COLUMNS.job == job)))


async def delete_keys(session: AsyncSession, job: str, keys: Collection[str]) -> None:
    await session.execute(delete(FAILED_WORK).where(COLUMNS.job == job, COLUMNS.key.in_(sorted(keys))))


async def select_page(
    session: AsyncSession, *, job: str | None, after: tuple[str, str] | None, limit: int | None
) -> Sequence[Any]:
    """Return records ordered by job and key."""
    query = select(FAILED_WORK).order_by(COLUMNS.job, COLUMNS.key).limit(limit)
    if job is not None:
        query = query.where(COLUMNS.job == job)
    if after is not None:
        query = query.where(tuple_(COLUMNS.job, COLUMNS.key) > after)
    return (await session.execute(query)).all()


async def release(session: AsyncSession, *, job: str | None, key: str | None, now: datetime) -> int:
    """Make records due at once, dropped ones too; without a key all of the job, without a job all records."""
    return await _update(session, job, key, {"next_attempt_at": now, "dropped_at": None})


async def mark_dropped(session: AsyncSession, *, job: str | None, key: str | None, now: datetime) -> int:
    return await _update(session, job, key, {"dropped_at": func.coalesce(COLUMNS.dropped_at, now)})


async def next_attempt_at(session: AsyncSession, *, now: datetime) -> datetime | None:
    """Return the earliest moment after `now` at which a row of any job is tried again."""
    waits = and_(COLUMNS.dropped_at.is_(None), COLUMNS.next_attempt_at > now)
    moment: datetime | None = await session.scalar(select(func.min(COLUMNS.next_attempt_at)).where(waits))
    return moment


async def count_by_job(session: AsyncSession | AsyncConnection) -> dict[str, int]:
    """Return how many rows of each job wait for another attempt; dropped rows do not count."""
    query = select(COLUMNS.job, func.count()).where(COLUMNS.dropped_at.is_(None)).group_by(COLUMNS.job)
    return {row[0]: row[1] for row in await session.execute(query.order_by(COLUMNS.job))}


async def delete_forgotten(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete up to `limit` records of rows that were settled in another way than by their job. Return how many."""
    overdue = and_(COLUMNS.dropped_at.is_(None), COLUMNS.next_attempt_at < now - FORGOTTEN_AFTER)
    page = select(COLUMNS.job, COLUMNS.key).where(overdue).limit(limit)
    deleted = delete(FAILED_WORK).where(tuple_(COLUMNS.job, COLUMNS.key).in_(page)).returning(COLUMNS.key)
    return len((await session.execute(deleted)).all())


async def _update(session: AsyncSession, job: str | None, key: str | None, values: dict[str, Any]) -> int:
    statement = update(FAILED_WORK).values(values).returning(COLUMNS.key)
    if job is not None:
        statement = statement.where(COLUMNS.job == job)
    if key is not None:
        statement = statement.where(COLUMNS.key == key)
    return len((await session.execute(statement)).all())
