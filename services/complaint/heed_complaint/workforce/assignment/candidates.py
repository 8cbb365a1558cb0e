"""Candidates of the assignment: agents with their load and track record, loaded for one decision."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.sla.promises import service as promises
from heed_complaint.workforce.assignment import repository
from heed_complaint.workforce.assignment.rules import Candidate, SuccessRate, TeamQueue
from heed_complaint.workforce.staff import service as staff
from heed_complaint.workforce.staff.availability import parse_availability
from heed_complaint.workforce.staff.tables import Agent

TRACK_RECORD_PERIOD = timedelta(days=180)
"""Older cases may no longer represent the agent."""


@dataclass(frozen=True, slots=True)
class CandidatePool:
    """The agents and queues of the desk at one moment."""

    candidates: tuple[Candidate, ...]
    queues: tuple[TeamQueue, ...]

    def without(self, agent_id: str) -> "CandidatePool":
        return replace(self, candidates=tuple(each for each in self.candidates if each.id != agent_id))

    def after_assignment(self, agent_id: str | None) -> "CandidatePool":
        """Return the pool with the load of that agent increased by one."""
        loaded = (replace(each, load=each.load + (each.id == agent_id)) for each in self.candidates)
        return replace(self, candidates=tuple(loaded))


async def load_pool(session: AsyncSession, *, now: datetime) -> CandidatePool:
    """Lock the assignment and load all agents with their loads and track records."""
    await repository.lock_assignment(session)
    agents = await staff.list_agents(session)
    if not agents:
        return CandidatePool((), ())
    loads = await repository.loads(session)
    kept = await promises.kept_by_agent(session, since=now - TRACK_RECORD_PERIOD)
    kept_rates = {agent_id: SuccessRate(*counts) for agent_id, counts in kept.items()}
    fixes = await repository.fixed_at_once(session, since=now - TRACK_RECORD_PERIOD)
    candidates = (_candidate(agent, loads=loads, kept=kept_rates, fixes=fixes, now=now) for agent in agents)
    queues = (
        TeamQueue(queue.name, tuple(queue.categories), tuple(queue.service_points))
        for queue in await staff.list_queues(session)
    )
    return CandidatePool(tuple(candidates), tuple(queues))


def _candidate(
    agent: Agent,
    *,
    loads: Mapping[str, int],
    kept: Mapping[str, SuccessRate],
    fixes: Mapping[str, SuccessRate],
    now: datetime,
) -> Candidate:
    availability = parse_availability(present=agent.is_present, shifts=agent.shifts, absences=agent.absences)
    return Candidate(
        id=agent.id,
        on_duty=availability.on_duty(now),
        max_load=agent.max_load,
        load=loads.get(agent.id, 0),
        queues=tuple(agent.queues),
        skills=tuple(agent.skills),
        languages=tuple(agent.languages),
        service_points=tuple(agent.service_points),
        handles_confidential=agent.handles_confidential,
        promises_kept=kept.get(agent.id, SuccessRate()),
        fixed_at_once=fixes.get(agent.id, SuccessRate()),
    )
