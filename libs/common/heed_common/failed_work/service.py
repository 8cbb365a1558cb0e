"""What an operator does with failed work: list it, have it tried again, give it up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.errors import NotFound
from heed_common.failed_work import repository


class FailedWorkUnknown(NotFound):
    code, title = "failed_work_unknown", "This job has no such failed work: it was done meanwhile, or never failed."


async def list_failed_work(
    session: AsyncSession, *, job: str | None = None, after: tuple[str, str] | None = None, limit: int | None = None
) -> Sequence[Any]:
    """Return what failed, in the order of jobs and keys; dropped rows too, which name the moment."""
    return await repository.select_page(session, job=job, after=after, limit=limit)


async def retry(session: AsyncSession, *, job: str | None, key: str | None, now: datetime) -> int:
    """Have rows tried again at once, dropped ones too. Raises `FailedWorkUnknown` where a named one is not there."""
    return _found(await repository.release(session, job=job, key=key, now=now), key)


async def drop(session: AsyncSession, *, job: str | None, key: str | None, now: datetime) -> int:
    """Give rows up: their job passes over them until somebody retries them. Raises `FailedWorkUnknown`."""
    return _found(await repository.mark_dropped(session, job=job, key=key, now=now), key)


def _found(count: int, key: str | None) -> int:
    if key is not None and not count:
        raise FailedWorkUnknown
    return count
