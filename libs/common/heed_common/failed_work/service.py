"""Use cases of failed work for operators: list, retry, drop."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.errors import NotFound
from heed_common.failed_work import repository


class FailedWorkUnknown(NotFound):
    code, title = "failed_work_unknown", "This job has no such failed work: it has succeeded since, or never failed."
    advice = "List the failed work again: it has succeeded since."


async def list_failed_work(
    session: AsyncSession, *, job: str | None = None, after: tuple[str, str] | None = None, limit: int | None = None
) -> Sequence[Any]:
    """List failed rows by job and key, including dropped ones, which have `dropped_at`."""
    return await repository.select_page(session, job=job, after=after, limit=limit)


async def retry(session: AsyncSession, *, job: str | None, key: str | None, now: datetime) -> int:
    """Retry rows at once, dropped ones too. Raises `FailedWorkUnknown` if a named one does not exist."""
    return _found(await repository.release(session, job=job, key=key, now=now), key)


async def drop(session: AsyncSession, *, job: str | None, key: str | None, now: datetime) -> int:
    """Drop rows: their job skips them until they are retried. Raises `FailedWorkUnknown`."""
    return _found(await repository.mark_dropped(session, job=job, key=key, now=now), key)


def _found(count: int, key: str | None) -> int:
    if key is not None and not count:
        raise FailedWorkUnknown
    return count
