"""To whom a complaint is given: skill, load, presence and record, with the reason. Pure: no clock, no tables."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from heed_complaint.workforce.four_eyes import FourEyes, Handlers, may_approve, may_call_back

__all__ = ["FourEyes", "Handlers", "may_approve", "may_call_back"]

SKILL, ROOM, RECORD = 0.40, 0.35, 0.25
"""How much each counts."""
WHOLE_CATEGORY, FIRST_LEVEL, GENERALIST = 1.0, 0.8, 0.5
PRIOR = 5.0
"""So many cases of the desk's average stand before each agent's own: two lucky ones make no master."""
NOTHING_KNOWN = 0.5
LAST_QUEUE = "general"
RECORDS = ("promises_kept", "fixed_at_once")


class Obstacle(StrEnum):
    """Why an agent is not asked, in the order in which it is looked at."""

    ABSENT = "absent"
    NOT_CLEARED = "not_cleared"
    OTHER_QUEUE = "other_queue"
    OTHER_SERVICE_POINT = "other_service_point"
    SKILL = "skill"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Work:
    """What a complaint asks of whoever takes it."""

    category: str
    service_point_id: str | None = None
    language: str | None = None
    confidential: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A queue and what it takes."""

    name: str
    categories: tuple[str, ...] = ()
    service_points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """Of so many cases so many went well."""

    good: int = 0
    cases: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.good + other.good, self.cases + other.cases)

    @property
    def rate(self) -> float:
        return self.good / self.cases if self.cases else NOTHING_KNOWN

    def smoothed(self, of_all: "Tally") -> float:
        """Drawn towards the desk's average, the more the fewer cases there are."""
        return (self.good + PRIOR * of_all.rate) / (self.cases + PRIOR)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent as the rule sees one."""

    id: str
    on_duty: bool
    max_load: int
    load: int = 0
    queues: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    service_points: tuple[str, ...] = ()
    handles_confidential: bool = False
    promises_kept: Tally = Tally()
    fixed_at_once: Tally = Tally()


@dataclass(frozen=True, slots=True)
class Decision:
    """Who gets it, or the queue it waits in; and why."""

    owner: str | None
    queue: str | None
    """Where a named owner takes over, it stays in the queue it came from."""
    reason: dict[str, Any]


def queue_for(work: Work, places: Iterable[Place]) -> str:
    """The first queue that takes such complaints."""
    return next((place.name for place in places if _takes(place, work)), LAST_QUEUE)


def decide(work: Work, candidates: Sequence[Candidate], *, queue: str) -> Decision:
    """The fittest of those who can take it; where nobody can, it waits in the queue and the reason says why."""
    obstacles = {candidate.id: obstacle(candidate, work, queue=queue) for candidate in candidates}
    able = [candidate for candidate in candidates if obstacles[candidate.id] is None]
    left_out = Counter(str(reason) for reason in obstacles.values() if reason is not None)
    reason: dict[str, Any] = {"by": "rule", "considered": len(candidates), "left_out": dict(sorted(left_out.items()))}
    if not able:
        return Decision(None, queue, reason | {"text": "Nobody can take it at this moment."})
    kept, fixed = (sum((getattr(one, name) for one in candidates), Tally()) for name in RECORDS)
    best = min(able, key=lambda one: (not _speaks(one, work), -fitness(one, work, kept=kept, fixed=fixed), one.id))
    return Decision(best.id, queue, reason | _why(best, work, kept=kept, fixed=fixed))


def obstacle(candidate: Candidate, work: Work, *, queue: str) -> Obstacle | None:
    """What keeps the candidate from taking it."""
    hindrances = {
        Obstacle.ABSENT: not candidate.on_duty,
        Obstacle.NOT_CLEARED: work.confidential and not candidate.handles_confidential,
        Obstacle.OTHER_QUEUE: not _within(queue, candidate.queues),
        Obstacle.OTHER_SERVICE_POINT: not _within(work.service_point_id, candidate.service_points),
        Obstacle.SKILL: skill(candidate, work) == 0,
        Obstacle.FULL: candidate.load >= candidate.max_load,
    }
    return next((hindrance for hindrance, stands in hindrances.items() if stands), None)


def skill(candidate: Candidate, work: Work) -> float:
    """How well the candidate knows such complaints; nothing where the skills named do not reach so far."""
    if not candidate.skills:
        return GENERALIST
    if work.category in candidate.skills:
        return WHOLE_CATEGORY
    return FIRST_LEVEL if _level1(work.category) in candidate.skills else 0.0


def fitness(candidate: Candidate, work: Work, *, kept: Tally, fixed: Tally) -> float:
    """Between 0 and 1. More skill or a better record never makes an agent less fit, more load never fitter."""
    room = 1 - min(candidate.load / candidate.max_load, 1) if candidate.max_load else 0.0
    record = (candidate.promises_kept.smoothed(kept) + candidate.fixed_at_once.smoothed(fixed)) / 2
    return SKILL * skill(candidate, work) + ROOM * room + RECORD * record


def _why(best: Candidate, work: Work, *, kept: Tally, fixed: Tally) -> dict[str, Any]:
    known = skill(best, work)
    return {
        "fitness": round(fitness(best, work, kept=kept, fixed=fixed), 4),
        "skill": {WHOLE_CATEGORY: "category", FIRST_LEVEL: "first_level"}.get(known, "generalist"),
        "speaks_the_language": None if work.language is None else _speaks(best, work),
        "load": best.load,
        "max_load": best.max_load,
        "promises_kept": _shown(best.promises_kept, kept),
        "fixed_at_once": _shown(best.fixed_at_once, fixed),
        "text": f"Skill, {best.load} of {best.max_load} in hand, on duty, and the record make this agent the fittest.",
    }


def _shown(tally: Tally, of_all: Tally) -> dict[str, Any]:
    return {"good": tally.good, "cases": tally.cases, "smoothed": round(tally.smoothed(of_all), 4)}


def _takes(place: Place, work: Work) -> bool:
    categories = not place.categories or work.category in place.categories or _level1(work.category) in place.categories
    return categories and (not place.service_points or work.service_point_id in place.service_points)


def _within(asked: str | None, named: tuple[str, ...]) -> bool:
    """Who names none takes all, and what names none is taken by all."""
    return asked is None or not named or asked in named


def _speaks(candidate: Candidate, work: Work) -> bool:
    return work.language is None or work.language in candidate.languages


def _level1(category: str) -> str:
    return category.partition(".")[0]
