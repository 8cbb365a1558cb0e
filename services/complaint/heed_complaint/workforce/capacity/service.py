"""Use case of the capacity view: backlog, throughput and expected waiting times."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.reference.service_catalogue import repository as catalogue
from heed_complaint.sla.terms.calendars.cache import current_calendars
from heed_complaint.sla.terms.calendars.rules import OFFICE
from heed_complaint.workforce.assignment import service as assignment
from heed_complaint.workforce.capacity import repository, rules
from heed_complaint.workforce.capacity.rules import WaitForecast, WaitingTime
from heed_complaint.workforce.staff import service as staff
from heed_complaint.workforce.staff.tables import Agent


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """The load of a queue; without a name that of complaints without a queue."""

    queue: str | None
    open: int
    unassigned: int
    arrived: int
    completed: int


@dataclass(frozen=True, slots=True)
class AgentLoad:
    agent: Agent
    open: int
    completed: int


@dataclass(frozen=True, slots=True)
class Expectation:
    """The forecast of a category; without a category that of all complaints."""

    category: str | None
    contact: WaitForecast
    resolution: WaitForecast
    usual_seconds: int | None
    """The usual duration by the service catalogue."""


@dataclass(frozen=True, slots=True)
class Capacity:
    since: datetime
    working_days: int
    queues: Sequence[QueueLoad]
    agents: Sequence[AgentLoad]
    expected: Sequence[Expectation]


async def get_capacity(session: AsyncSession, *, confidential: bool, now: datetime) -> Capacity:
    """Return the backlog of the desk and its throughput of the last four weeks."""
    since = now - rules.WINDOW
    office = (await current_calendars(session))[OFFICE].hours
    return Capacity(
        since=since,
        working_days=rules.working_days(office, since=since, until=now),
        queues=await _queues(session, since=since, confidential=confidential),
        agents=await _agents(session, since=since),
        expected=_expected(
            await repository.waiting_times(session, confidential=confidential),
            await catalogue.usual_durations(session),
            now=now,
        ),
    )


async def _queues(session: AsyncSession, *, since: datetime, confidential: bool) -> list[QueueLoad]:
    backlog = {
        queue: (count, unassigned)
        for queue, count, unassigned in await repository.open_by_queue(session, confidential=confidential)
    }
    arrived = await repository.arrivals_by_queue(session, since=since, confidential=confidential)
    completed = await repository.completions_by_queue(session, since=since, confidential=confidential)
    names = (
        backlog.keys() | arrived.keys() | completed.keys() | {queue.name for queue in await staff.list_queues(session)}
    )
    return [
        QueueLoad(name, *backlog.get(name, (0, 0)), arrived=arrived.get(name, 0), completed=completed.get(name, 0))
        for name in sorted(names, key=lambda name: (name is None, name or ""))
    ]


async def _agents(session: AsyncSession, *, since: datetime) -> list[AgentLoad]:
    loads = await assignment.loads(session)
    completed = await repository.completions_by_agent(session, since=since)
    return [
        AgentLoad(agent, loads.get(agent.id, 0), completed.get(agent.id, 0))
        for agent in await staff.list_agents(session)
    ]


def _expected(rows: Sequence[Any], usual: Mapping[str, int], *, now: datetime) -> list[Expectation]:
    """Return the forecasts of all complaints and of each first level, including those only in the catalogue."""
    contacts: dict[str | None, list[WaitingTime]] = defaultdict(list)
    resolutions: dict[str | None, list[WaitingTime]] = defaultdict(list)
    for row in rows:
        for category in (None, row.category.partition(".")[0]):
            contacts[category].append(_wait(row, row.contacted_at, now=now))
            resolutions[category].append(_wait(row, row.completed_at, now=now))
    first_levels = {category for category in usual if "." not in category}
    categories = sorted({None, *contacts, *first_levels}, key=lambda name: (name is not None, name or ""))
    return [
        Expectation(
            name,
            rules.forecast(contacts[name]),
            rules.forecast(resolutions[name]),
            usual_seconds=usual.get(name) if name else None,
        )
        for name in categories
    ]


def _wait(row: Any, until: datetime | None, *, now: datetime) -> WaitingTime:  # noqa: ANN401 a row of `repository.waiting_times`
    """Return the waiting time; the end of the complaint ends it without success."""
    return rules.waiting_time(row.received_at, until, now=row.ended_at or now)
