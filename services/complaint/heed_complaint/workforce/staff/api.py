"""Door 1: who works at the desk, its queues and the rules of the house."""

from typing import Annotated

from fastapi import Path, Response

from heed_common import http, paging
from heed_common.http import DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery
from heed_complaint.workforce.assignment.schemas import (
    AgentIn,
    AgentOut,
    DeskIn,
    DeskOut,
    PresenceIn,
    QueueIn,
    QueueOut,
    QueuePlace,
)
from heed_complaint.workforce.staff import service as roster

READ, WRITE = requires("complaints:read"), requires("complaints:write")
CONFIGURE = requires("settings:write")
AgentId = Annotated[str, Path(min_length=1, max_length=200)]
QueueName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]

router = http.router(prefix="/v1/complaints", tags=["desk"])


@router.get("/agents", dependencies=[READ])
async def list_agents(session: DbSession, now: Now, page: PageQuery) -> Page[AgentOut]:
    """Who works at the desk, by their ids."""
    (after,) = page.after(str) or ("",)
    found = await roster.agents(session, after=after, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(found, page, key=lambda agent: (agent.id,))
    return Page(items=page.show(shown, lambda agent: AgentOut.of(agent, now=now)), next_cursor=next_cursor)


@router.get("/agents/{agent_id}", dependencies=[READ])
async def read_agent(agent_id: AgentId, session: DbSession, now: Now, response: Response) -> AgentOut:
    """An agent with skills, hours and limits. 404 `agent_not_found`."""
    agent = await roster.agent(session, agent_id=agent_id)
    response.headers["ETag"] = etag(agent.revision)
    return AgentOut.of(agent, now=now)


@router.put("/agents/{agent_id}", responses=http.created(AgentOut), dependencies=[CONFIGURE])
async def put_agent(
    agent_id: AgentId, body: AgentIn, session: DbSession, now: Now, if_match: IfMatch, response: Response
) -> AgentOut:
    """The id is that of the caller whom the agent is. 412, 428, 422 `unknown_queue`, `shifts_invalid`."""
    agent, is_new = await roster.put_agent(session, agent_id=agent_id, written=body.written(), if_match=if_match)
    response.status_code = 201 if is_new else 200
    response.headers["ETag"] = etag(agent.revision)
    return AgentOut.of(agent, now=now)


@router.post("/agents/{agent_id}/presence", dependencies=[WRITE])
async def set_presence(agent_id: AgentId, body: PresenceIn, session: DbSession, now: Now) -> AgentOut:
    """Comes or goes. 404 `agent_not_found`."""
    return AgentOut.of(await roster.set_presence(session, agent_id=agent_id, present=body.present), now=now)


@router.get("/queues", dependencies=[READ])
async def list_queues(session: DbSession, page: PageQuery) -> Page[QueueOut]:
    """In the order in which complaints look for theirs."""
    found = await roster.queues(session, after=page.after(QueuePlace, str), limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(found, page, key=lambda queue: (queue.place, queue.name))
    return Page(items=page.show(shown, QueueOut.model_validate), next_cursor=next_cursor)


@router.get("/queues/{name}", dependencies=[READ])
async def read_queue(name: QueueName, session: DbSession, response: Response) -> QueueOut:
    """404 `queue_not_found`."""
    queue = await roster.queue(session, name=name)
    response.headers["ETag"] = etag(queue.revision)
    return QueueOut.model_validate(queue)


@router.put("/queues/{name}", responses=http.created(QueueOut), dependencies=[CONFIGURE])
async def put_queue(
    name: QueueName, body: QueueIn, session: DbSession, if_match: IfMatch, response: Response
) -> QueueOut:
    """The first queue by `place` that takes a complaint gets it. 412, 428."""
    queue, is_new = await roster.put_queue(session, name=name, written=body.model_dump(), if_match=if_match)
    response.status_code = 201 if is_new else 200
    response.headers["ETag"] = etag(queue.revision)
    return QueueOut.model_validate(queue)


@router.get("/desk", dependencies=[READ])
async def read_desk(session: DbSession, response: Response) -> DeskOut:
    """The rules of the house."""
    desk = await roster.desk(session)
    response.headers["ETag"] = etag(desk.revision)
    return DeskOut.model_validate(desk)


@router.put("/desk", dependencies=[CONFIGURE])
async def put_desk(body: DeskIn, session: DbSession, if_match: IfMatch, response: Response) -> DeskOut:
    """Whether accepted complaints find their owner by themselves, and for whom four eyes are needed. 412, 428."""
    desk = await roster.put_desk(session, written=body.model_dump(), if_match=if_match)
    response.headers["ETag"] = etag(desk.revision)
    return DeskOut.model_validate(desk)
