"""Who works at the desk, which queues it has and what the rules of the house are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.revisions import require_if_match
from heed_complaint.sla.clock.opening_hours import CalendarError
from heed_complaint.sla.promises import service as promises
from heed_complaint.workforce.assignment import repository
from heed_complaint.workforce.assignment.errors import (
    AgentNotFound,
    QueueNotFound,
    ShiftsInvalid,
    UnknownAgent,
    UnknownQueue,
)
from heed_complaint.workforce.assignment.rules import Candidate, Place, Tally
from heed_complaint.workforce.assignment.tables import Agent, Desk, Queue
from heed_complaint.workforce.staff.availability import presence


@dataclass(frozen=True, slots=True)
class Staff:
    """The desk at a moment, as the rule of assignment sees it."""

    candidates: tuple[Candidate, ...]
    places: tuple[Place, ...]

    def without(self, agent_id: str) -> "Staff":
        return replace(self, candidates=tuple(one for one in self.candidates if one.id != agent_id))

    def given_to(self, agent_id: str | None) -> "Staff":
        """The same after one complaint more."""
        loaded = (replace(one, load=one.load + (one.id == agent_id)) for one in self.candidates)
        return replace(self, candidates=tuple(loaded))


async def staff(session: AsyncSession, *, now: datetime, record_since: datetime) -> Staff:
    """Everybody with what they have in hand and how their promises and completions held."""
    agents = await repository.all_agents(session)
    if not agents:
        return Staff((), ())
    loads = await repository.loads(session)
    kept = await promises.kept_by_agent(session, since=record_since)
    fixed = await repository.fixed_at_once(session, since=record_since)
    candidates = (
        _candidate(agent, load=loads.get(agent.id, 0), kept=kept.get(agent.id), fixed=fixed.get(agent.id), now=now)
        for agent in agents
    )
    places = (
        Place(queue.name, tuple(queue.categories), tuple(queue.service_points))
        for queue in await repository.all_queues(session)
    )
    return Staff(tuple(candidates), tuple(places))


async def agent(session: AsyncSession, *, agent_id: str) -> Agent:
    found = await repository.agent_by_id(session, agent_id)
    if found is None:
        raise AgentNotFound
    return found


async def agents(session: AsyncSession, *, after: str, limit: int) -> Sequence[Agent]:
    """Everybody who works at the desk, by their ids."""
    return await repository.list_agents(session, after=after, limit=limit)


async def queues(session: AsyncSession, *, after: tuple[int, str] | None, limit: int) -> Sequence[Queue]:
    """In the order in which complaints look for theirs."""
    return await repository.list_queues(session, after=after, limit=limit)


async def desk(session: AsyncSession) -> Desk:
    return await repository.desk(session)


async def put_agent(
    session: AsyncSession, *, agent_id: str, written: Mapping[str, Any], if_match: int | None
) -> tuple[Agent, bool]:
    """Somebody joins the desk, or works there otherwise from now on. True where they are new."""
    _check_shifts(written)
    for place, name in enumerate(written["queues"]):
        await require_queue(session, name, pointer=f"/queues/{place}")
    fresh = await repository.insert_agent(session, {"id": agent_id, **written})
    if fresh is not None:
        return fresh, True
    known = await _locked_agent(session, agent_id)
    require_if_match(if_match, known.revision)
    _write(known, written)
    return known, False


async def set_presence(session: AsyncSession, *, agent_id: str, present: bool) -> Agent:
    """Somebody comes or goes; that is no change of their place at the desk, so nobody's revision is outdated."""
    found = await _locked_agent(session, agent_id)
    found.present = present
    return found


async def queue(session: AsyncSession, *, name: str) -> Queue:
    found = await repository.queue_by_name(session, name)
    if found is None:
        raise QueueNotFound
    return found


async def put_queue(
    session: AsyncSession, *, name: str, written: Mapping[str, Any], if_match: int | None
) -> tuple[Queue, bool]:
    """A queue of that name, new or changed. True where it is new."""
    fresh = await repository.insert_queue(session, {"name": name, **written})
    if fresh is not None:
        return fresh, True
    known = await repository.lock_queue(session, name)
    require_if_match(if_match, known.revision)
    _write(known, written)
    return known, False


async def put_desk(session: AsyncSession, *, written: Mapping[str, Any], if_match: int | None) -> Desk:
    """The rules of the house."""
    known = await repository.desk(session, lock=True)
    require_if_match(if_match, known.revision)
    _write(known, written)
    return known


async def require_agent(session: AsyncSession, agent_id: str, *, pointer: str) -> Agent:
    found = await repository.agent_by_id(session, agent_id)
    if found is None:
        raise UnknownAgent(pointer=pointer)
    return found


async def require_queue(session: AsyncSession, name: str, *, pointer: str) -> None:
    if await repository.queue_by_name(session, name) is None:
        raise UnknownQueue(pointer=pointer)


async def _locked_agent(session: AsyncSession, agent_id: str) -> Agent:
    found = await repository.lock_agent(session, agent_id)
    if found is None:
        raise AgentNotFound
    return found


def _candidate(
    agent: Agent, *, load: int, kept: tuple[int, int] | None, fixed: tuple[int, int] | None, now: datetime
) -> Candidate:
    known = presence(present=agent.present, shifts=agent.shifts, absences=agent.absences)
    return Candidate(
        id=agent.id,
        on_duty=known.on_duty(now),
        max_load=agent.max_load,
        load=load,
        queues=tuple(agent.queues),
        skills=tuple(agent.skills),
        languages=tuple(agent.languages),
        service_points=tuple(agent.service_points),
        handles_confidential=agent.handles_confidential,
        promises_kept=Tally(*kept) if kept else Tally(),
        fixed_at_once=Tally(*fixed) if fixed else Tally(),
    )


def _check_shifts(written: Mapping[str, Any]) -> None:
    try:
        presence(present=True, shifts=written["shifts"], absences=written["absences"])
    except CalendarError as error:
        raise ShiftsInvalid(error.detail, pointer=f"/shifts{error.pointer}") from None


def _write(row: Agent | Queue | Desk, written: Mapping[str, Any]) -> None:
    """What is written again as it was leaves the revision alone."""
    changed = {name: value for name, value in written.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    row.revision += bool(changed)
