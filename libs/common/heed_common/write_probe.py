"""Probe for writes: with a full disk, or after a failover to a replica, a database still answers reads."""

import time
from collections.abc import Callable

from sqlalchemy import func, text, update
from sqlalchemy.exc import DBAPIError

from heed_common.database import Database
from heed_common.health import Check, NotReady
from heed_common.tables import WRITE_PROBE

PROBE_SECONDS = 5.0
"""How long a result is cached: probes arrive several times a second, and each write goes to the disk."""
SHORT = text("SELECT set_config('statement_timeout', '2000', true), set_config('work_mem', '64kB', true)")
# A row that fits into an existing page needs no disk space. A sort that spills to disk does: 1 MB.
TAKE_SPACE = text("SELECT count(*) FROM (SELECT md5(n::text) FROM generate_series(1, 20000) AS n ORDER BY 1) AS sorted")
DISK_FULL, READ_ONLY = "53100", "25006"
REASONS = {
    DISK_FULL: "the disk of the database is full",
    READ_ONLY: "the database is read-only",
}


def accepts_writes(database: Database, *, monotonic: Callable[[], float] = time.monotonic) -> Check:
    """Return the check that the database accepts writes; it writes at most every few seconds."""
    checked_at: float | None = None
    write_error: str | None = None

    async def check() -> None:
        nonlocal checked_at, write_error
        if checked_at is None or monotonic() - checked_at >= PROBE_SECONDS:
            write_error = await find_write_error(database)
            checked_at = monotonic()
        if write_error is not None:
            raise NotReady(write_error)

    return check


async def find_write_error(database: Database) -> str | None:
    """Write, and return why that fails; None if it succeeds. Raises if the database is unavailable."""
    try:
        async with database.transaction(wakes_jobs=False) as session:
            await session.execute(SHORT)
            await session.execute(update(WRITE_PROBE).values(at=func.now()))
            await session.execute(TAKE_SPACE)
    except DBAPIError as error:
        reason = REASONS.get(getattr(error.orig, "sqlstate", None) or "")
        if reason is None:
            raise
        return reason
    return None
