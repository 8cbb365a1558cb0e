"""HTTP API of care tasks."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from heed_common import http
from heed_common.fields import ShortText
from heed_common.http import DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_survey.actions.care_tasks import service
from heed_survey.actions.care_tasks.rules import CareTaskState
from heed_survey.actions.care_tasks.schemas import CareTaskOut, CareTaskTransitionIn

READ, WRITE = requires("surveys:read"), requires("surveys:write")

router = http.router(prefix="/v1/surveys/care-tasks", tags=["actions"])


@router.get("", dependencies=[READ])
async def list_care_tasks(
    session: DbSession,
    page: PageQuery,
    state: Annotated[CareTaskState | None, Query()] = None,
    owner: Annotated[ShortText | None, Query()] = None,
    customer_id: Annotated[UUID | None, Query(description="Also of customers merged with this one.")] = None,
) -> Page[CareTaskOut]:
    """List care tasks, the earliest due first."""
    after = page.after(date, UUID)
    rows = await service.list_tasks(
        session,
        customer_id=customer_id,
        filters={"state": state, "owner": owner},
        after=after and (after[0], after[1]),
        limit=page.fetch_limit,
    )
    items, next_cursor = paginate(rows, page, key=lambda task: (task.due_on, task.id))
    return Page(items=page.show(items, CareTaskOut.model_validate), next_cursor=next_cursor)


@router.get("/{task_id}", dependencies=[READ])
async def get_care_task(task_id: UUID, session: DbSession, response: Response) -> CareTaskOut:
    """Return a care task. 404 `care_task_not_found`."""
    task = await service.get_task(session, task_id=task_id)
    response.headers["ETag"] = etag(task.revision)
    return CareTaskOut.model_validate(task)


@router.post("/{task_id}/transitions", dependencies=[WRITE])
async def transition_care_task(
    task_id: UUID, body: CareTaskTransitionIn, session: DbSession, if_match: IfMatch, now: Now, response: Response
) -> CareTaskOut:
    """Start, complete, cancel or reopen a care task. 409 `transition_not_allowed`, 412."""
    task = await service.transition_task(
        session, task_id=task_id, action=body.action, owner=body.owner, if_match=if_match, now=now
    )
    response.headers["ETag"] = etag(task.revision)
    return CareTaskOut.model_validate(task)
