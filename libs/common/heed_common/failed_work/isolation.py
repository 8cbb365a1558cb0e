"""Failure isolation for jobs: process all rows at once, and after a failure in halves until the failing rows are found.

Without a failure a page costs only one extra query of an empty table: a savepoint around locked rows would make
PostgreSQL record two lock owners for each of them.
"""

import copy
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstanceState

from heed_common.database import is_statement_timeout, is_transient, savepoint
from heed_common.failed_work import repository
from heed_common.metrics import Metrics

Row = TypeVar("Row")
Process = Callable[[Sequence[Row]], Awaitable[object]]

log = logging.getLogger(__name__)


class Isolation(Protocol):
    """Processes rows of a job in the given transaction. `key` identifies a row to operators: an id, never content."""

    async def __call__(
        self,
        session: AsyncSession,
        job: str,
        rows: Sequence[Row],
        process: Process[Row],
        *,
        key: Callable[[Row], object],
        now: datetime,
    ) -> None: ...


async def all_at_once(
    session: AsyncSession,
    job: str,
    rows: Sequence[Row],
    process: Process[Row],
    *,
    key: Callable[[Row], object],
    now: datetime,
) -> None:
    """Process the rows together; one error fails all of them. Rows that succeed are removed from failed work."""
    if not rows:
        return
    await process(rows)
    await _delete_succeeded(session, job, rows, key)


class RowByRow:
    """Processes the rows that succeed and records those that fail."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        """The job of each row that failed."""

    async def __call__(
        self,
        session: AsyncSession,
        job: str,
        rows: Sequence[Row],
        process: Process[Row],
        *,
        key: Callable[[Row], object],
        now: datetime,
    ) -> None:
        """Process the rows in savepoints. Raises transient errors only."""
        names = [str(key(row)) for row in rows]  # Read first: a savepoint rollback expires the attributes of the rows.
        errors = await _bisect(session, job, list(zip(names, rows, strict=True)), process) if rows else {}
        await _delete_succeeded(session, job, [name for name in names if name not in errors], str)
        if errors:
            await repository.upsert(session, job, errors, now=now)
            self.failures += [job] * len(errors)


async def isolated(run: Callable[[Isolation], Awaitable[bool]], *, name: str, metrics: Metrics) -> bool:
    """Run one unit of work in its own transaction: all rows at once, and if that fails again row by row."""
    try:
        return await run(all_at_once)
    except Exception as error:
        if _is_unrelated_to_rows(error):
            raise
        log.warning("%s failed, retrying row by row: %s", name, type(error).__name__)
    row_by_row = RowByRow()
    result = await run(row_by_row)
    for job in row_by_row.failures:
        metrics.failed_work_failures.labels(job=job).inc()
    return result


def _is_unrelated_to_rows(error: Exception) -> bool:
    """Return whether all rows may succeed later unchanged. A statement that times out may do so each time."""
    return is_transient(error) and not is_statement_timeout(error)


async def _bisect(
    session: AsyncSession, job: str, named: Sequence[tuple[str, Row]], process: Process[Row]
) -> dict[str, str]:
    """Process the rows together, and after a failure each half; return the rows that fail alone with their errors."""
    try:
        async with savepoint(session):
            await process([await _fresh_copy(session, row) for _, row in named])
    except Exception as error:
        if _is_unrelated_to_rows(error):
            raise
        if len(named) == 1:
            log.exception("%s could not process %s, recorded as failed work", job, named[0][0])
            return {named[0][0]: type(error).__name__}
    else:
        return {}
    middle = len(named) // 2
    first = await _bisect(session, job, named[:middle], process)
    return first | await _bisect(session, job, named[middle:], process)


async def _delete_succeeded(session: AsyncSession, job: str, rows: Sequence[Row], key: Callable[[Row], object]) -> None:
    recorded = await repository.select_keys(session, job)
    if recorded and (ended := recorded & {str(key(row)) for row in rows}):
        await repository.delete_keys(session, job, ended)


async def _fresh_copy(session: AsyncSession, row: Any) -> Any:  # noqa: ANN401 - rows of any job
    """Return the row in its state before the failed attempt."""
    if isinstance(inspect(row, raiseerr=False), InstanceState):
        await session.refresh(row)
        return row
    return copy.copy(row)
