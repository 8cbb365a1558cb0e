"""HTTP API of failed work: rows that a service's jobs could not process."""

import logging
from typing import Annotated

from fastapi import Path, Query

from heed_common.auth.scopes import requires
from heed_common.failed_work import service
from heed_common.fields import Moment, ResponseModel, Text
from heed_common.http.admin import admin_router
from heed_common.http.dependencies import Caller, DbSession, Now
from heed_common.paging import Page, PageQuery, paginate

MAX_NAME = 200

log = logging.getLogger(__name__)

router = admin_router("failed-work")

MAY_READ, MAY_WRITE = [requires("admin:read")], [requires("admin:write")]
Job = Annotated[Text, Path(max_length=MAX_NAME)]
Key = Annotated[Text, Path(max_length=MAX_NAME)]
JobFilter = Annotated[Text | None, Query(max_length=MAX_NAME, description="Only rows of this job.")]


class FailedWorkOut(ResponseModel):
    """A row that a job could not process."""

    job: str
    """Name of the periodic job."""
    key: str
    """The id of the row."""
    error: str
    """The class of the last error."""
    first_failed_at: Moment
    """First attempt that failed."""
    last_failed_at: Moment
    """Last attempt that failed."""
    attempts: int
    next_attempt_at: Moment
    """Not before this moment; the distance grows with each attempt."""
    dropped_at: Moment | None
    """When an operator dropped it; it is not retried since then."""


@router.get("", dependencies=MAY_READ)
async def list_failed_work(session: DbSession, page: PageQuery, job: JobFilter = None) -> Page[FailedWorkOut]:
    """List the rows that the jobs of a service could not process, by job and key."""
    after = page.after(str, str)
    rows = await service.list_failed_work(
        session, job=job, after=after and (after[0], after[1]), limit=page.fetch_limit
    )
    items, next_cursor = paginate(rows, page, key=lambda row: (row.job, row.key))
    shown = page.show(items, FailedWorkOut.model_validate, name=lambda row: f"{row.job} {row.key}")
    return Page(items=shown, next_cursor=next_cursor)


@router.post("/{job}/{key}:retry", status_code=202, dependencies=MAY_WRITE)
async def retry_failed_work(session: DbSession, job: Job, key: Key, now: Now) -> None:
    """Retry the row at once, even if it was dropped; it disappears from the list if that succeeds."""
    await service.retry(session, job=job, key=key, now=now)


@router.delete("/{job}/{key}", status_code=204, dependencies=MAY_WRITE)
async def drop_failed_work(session: DbSession, job: Job, key: Key, caller: Caller, now: Now) -> None:
    """Drop the row: its job skips it until an operator retries it."""
    await service.drop(session, job=job, key=key, now=now)
    log.warning("failed work was dropped", extra={"job": job, "key": key, "caller": caller.id})
