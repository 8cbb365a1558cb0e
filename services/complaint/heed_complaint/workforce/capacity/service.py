"""What lies on the desk, how fast it goes away, and what a customer who complains today has to expect."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.reference.service_catalogue import repository as catalogue
from heed_complaint.sla.terms.calendars.cache import current
from heed_complaint.sla.terms.calendars.rules import OFFICE
from heed_complaint.workforce.assignment import repository as desk
from heed_complaint.workforce.assignment.tables import Agent
from heed_complaint.workforce.capacity import repository, rules
from heed_complaint.workforce.capacity.rules import Prediction, Wait


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """A queue; no name stands for what is in none."""

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
    """What is to be expected of complaints of a category; no category stands for all."""

    category: str | None
    contact: Prediction
    resolution: Prediction
    usual_seconds: int | None
    """What the service catalogue says of it."""


@dataclass(frozen=True, slots=True)
class Capacity:
    since: datetime
    working_days: int
    queues: Sequence[QueueLoad]
    agents: Sequence[AgentLoad]
    expected: Sequence[Expectation]


async def capacity(session: AsyncSession, *, confidential: bool, now: datetime) -> Capacity:
    """The desk as it stands, beside the last four weeks of it."""
    since = now - rules.WINDOW
    office = (await current(session))[OFFICE].hours
    return Capacity(
        since=since,
        working_days=rules.working_days(office, since=since, until=now),
        queues=await _queues(session, since=since, confidential=confidential),
        agents=await _agents(session, since=since),
        expected=_expected(
            await repository.waits(session, confidential=confidential),
            await catalogue.usual_durations(session),
            now=now,
        ),
    )


async def _queues(session: AsyncSession, *, since: datetime, confidential: bool) -> list[QueueLoad]:
    lying = {
        queue: (count, unassigned)
        for queue, count, unassigned in await repository.open_by_queue(session, confidential=confidential)
    }
    came = await repository.arrivals_by_queue(session, since=since, confidential=confidential)
    went = await repository.completions_by_queue(session, since=since, confidential=confidential)
    names = lying.keys() | came.keys() | went.keys() | {queue.name for queue in await desk.all_queues(session)}
    return [
        QueueLoad(name, *lying.get(name, (0, 0)), arrived=came.get(name, 0), completed=went.get(name, 0))
        for name in sorted(names, key=lambda name: (name is None, name or ""))
    ]


async def _agents(session: AsyncSession, *, since: datetime) -> list[AgentLoad]:
    loads: Mapping[str, int] = await desk.loads(session)
    done = await repository.completions_by_agent(session, since=since)
    return [AgentLoad(agent, loads.get(agent.id, 0), done.get(agent.id, 0)) for agent in await desk.all_agents(session)]


def _expected(rows: Sequence[Any], usual: Mapping[str, int], *, now: datetime) -> list[Expectation]:
    """For all, and for each first level; also where there is no history yet, but the catalogue knows it."""
    contacts: dict[str | None, list[Wait]] = defaultdict(list)
    resolutions: dict[str | None, list[Wait]] = defaultdict(list)
    for row in rows:
        for category in (None, row.category.partition(".")[0]):
            contacts[category].append(_wait(row, row.contacted_at, now=now))
            resolutions[category].append(_wait(row, row.completed_at, now=now))
    first_levels = {category for category in usual if "." not in category}
    categories = sorted({None, *contacts, *first_levels}, key=lambda name: (name is not None, name or ""))
    return [
        Expectation(
            name,
            rules.predict(contacts[name]),
            rules.predict(resolutions[name]),
            usual_seconds=usual.get(name) if name else None,
        )
        for name in categories
    ]


def _wait(row: Any, until: datetime | None, *, now: datetime) -> Wait:  # noqa: ANN401 a row of `repository.waits`
    """Who was declined or withdrew waits no more, and was not served either."""
    return rules.wait(row.received_at, until, now=row.ended_at or now)
