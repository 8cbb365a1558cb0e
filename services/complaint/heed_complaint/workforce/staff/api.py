"""HTTP API of the staff: agents, team queues and the settings of the desk."""

from typing import Annotated

from fastapi import Path, Response

from heed_common import http, paging
from heed_common.http import DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery
from heed_complaint.workforce.staff import service
from heed_complaint.workforce.staff.schemas import (
    AgentIn,
    AgentOut,
    DeskIn,
    DeskOut,
    PresenceIn,
    QueueIn,
    QueueOut,
    QueuePosition,
)

READ, WRITE = requires("complaints:read"), requires("complaints:write")
CONFIGURE = requires("settings:write")
AgentId = Annotated[str, Path(min_length=1, max_length=200)]
QueueName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]

router = http.router(prefix="/v1/complaints", tags=["desk"])


@router.get("/agents", dependencies=[READ])
async def list_agents(session: DbSession, now: Now, page: PageQuery) -> Page[AgentOut]:
    """List the agents by id."""
    (after,) = page.after(str) or ("",)
    found = await service.list_agents(session, after=after, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(found, page, key=lambda agent: (agent.id,))
    return Page(items=page.show(shown, lambda agent: AgentOut.from_row(agent, now=now)), next_cursor=next_cursor)


@router.get("/agents/{agent_id}", dependencies=[READ])
async def get_agent(agent_id: AgentId, session: DbSession, now: Now, response: Response) -> AgentOut:
    """Get an agent with skills, hours and limits. 404 `agent_not_found`."""
    agent = await service.get_agent(session, agent_id=agent_id)
    response.headers["ETag"] = etag(agent.revision)
    return AgentOut.from_row(agent, now=now)


@router.put("/agents/{agent_id}", responses=http.created(AgentOut), dependencies=[CONFIGURE])
async def put_agent(
    agent_id: AgentId, body: AgentIn, session: DbSession, now: Now, if_match: IfMatch, response: Response
) -> AgentOut:
    """Create or replace an agent; the id is that of the caller. 412, 428, 422 `unknown_queue`, `shifts_invalid`."""
    agent, created = await service.put_agent(session, agent_id=agent_id, values=body.to_columns(), if_match=if_match)
    response.status_code = 201 if created else 200
    response.headers["ETag"] = etag(agent.revision)
    return AgentOut.from_row(agent, now=now)


@router.post("/agents/{agent_id}/presence", dependencies=[WRITE])
async def set_presence(agent_id: AgentId, body: PresenceIn, session: DbSession, now: Now) -> AgentOut:
    """Set whether an agent is present. 404 `agent_not_found`."""
    return AgentOut.from_row(await service.set_presence(session, agent_id=agent_id, present=body.present), now=now)


@router.get("/queues", dependencies=[READ])
async def list_queues(session: DbSession, page: PageQuery) -> Page[QueueOut]:
    """List the queues in the order in which they take complaints."""
    found = await service.list_queues(session, after=page.after(QueuePosition, str), limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(found, page, key=lambda queue: (queue.position, queue.name))
    return Page(items=page.show(shown, QueueOut.from_row), next_cursor=next_cursor)


@router.get("/queues/{name}", dependencies=[READ])
async def get_queue(name: QueueName, session: DbSession, response: Response) -> QueueOut:
    """Get a queue. 404 `queue_not_found`."""
    queue = await service.get_queue(session, name=name)
    response.headers["ETag"] = etag(queue.revision)
    return QueueOut.from_row(queue)


@router.put("/queues/{name}", responses=http.created(QueueOut), dependencies=[CONFIGURE])
async def put_queue(
    name: QueueName, body: QueueIn, session: DbSession, if_match: IfMatch, response: Response
) -> QueueOut:
    """Create or replace a queue. A complaint goes to the first queue by `place` that takes it. 412, 428."""
    queue, created = await service.put_queue(session, name=name, values=body.to_columns(), if_match=if_match)
    response.status_code = 201 if created else 200
    response.headers["ETag"] = etag(queue.revision)
    return QueueOut.from_row(queue)


@router.get("/desk", dependencies=[READ])
async def get_desk(session: DbSession, response: Response) -> DeskOut:
    """Get the settings of the desk."""
    desk = await service.get_desk(session)
    response.headers["ETag"] = etag(desk.revision)
    return DeskOut.from_row(desk)


@router.put("/desk", dependencies=[CONFIGURE])
async def put_desk(body: DeskIn, session: DbSession, if_match: IfMatch, response: Response) -> DeskOut:
    """Replace the settings: automatic assignment of accepted complaints, and the four-eyes rule. 412, 428."""
    desk = await service.put_desk(session, values=body.to_columns(), if_match=if_match)
    response.headers["ETag"] = etag(desk.revision)
    return DeskOut.from_row(desk)
