"""Assignment by rule: eligibility, then skill, load and track record, with the reason. Pure: no clock, no tables."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SKILL_WEIGHT, CAPACITY_WEIGHT, TRACK_RECORD_WEIGHT = 0.40, 0.35, 0.25
WHOLE_CATEGORY, FIRST_LEVEL, GENERALIST = 1.0, 0.8, 0.5
PRIOR_CASES = 5.0
"""The weight of the desk's average in each agent's rate: two lucky cases make no expert."""
PRIOR_RATE = 0.5
DEFAULT_QUEUE = "general"
TRACK_RECORDS = ("promises_kept", "fixed_at_once")


class Ineligibility(StrEnum):
    """Reason why an agent is left out, in the order in which they are checked."""

    ABSENT = "absent"
    NOT_CLEARED = "not_cleared"
    OTHER_QUEUE = "other_queue"
    OTHER_SERVICE_POINT = "other_service_point"
    SKILL = "skill"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class AssignmentCriteria:
    """The requirements of a complaint."""

    category: str
    service_point_id: str | None = None
    language: str | None = None
    confidential: bool = False


@dataclass(frozen=True, slots=True)
class TeamQueue:
    """A queue and the complaints that it takes."""

    name: str
    categories: tuple[str, ...] = ()
    service_points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SuccessRate:
    """The successes among some cases."""

    good: int = 0
    cases: int = 0

    def __add__(self, other: "SuccessRate") -> "SuccessRate":
        return SuccessRate(self.good + other.good, self.cases + other.cases)

    @property
    def rate(self) -> float:
        return self.good / self.cases if self.cases else PRIOR_RATE

    def smoothed(self, of_all: "SuccessRate") -> float:
        """Return the rate, drawn towards the desk's average the more, the fewer cases there are."""
        return (self.good + PRIOR_CASES * of_all.rate) / (self.cases + PRIOR_CASES)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent who may be assigned."""

    id: str
    on_duty: bool
    max_load: int
    load: int = 0
    queues: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    service_points: tuple[str, ...] = ()
    handles_confidential: bool = False
    promises_kept: SuccessRate = SuccessRate()
    fixed_at_once: SuccessRate = SuccessRate()


@dataclass(frozen=True, slots=True)
class Decision:
    """The new owner, or the queue in which the complaint waits, with the reason."""

    owner: str | None
    queue: str | None
    """With a named owner the complaint stays in its queue."""
    reason: dict[str, Any]


def select_queue(criteria: AssignmentCriteria, queues: Iterable[TeamQueue]) -> str:
    """Return the first queue that takes such complaints."""
    return next((queue.name for queue in queues if _takes(queue, criteria)), DEFAULT_QUEUE)


def decide(criteria: AssignmentCriteria, candidates: Sequence[Candidate], *, queue: str) -> Decision:
    """Assign the fittest eligible candidate; without one the complaint waits in the queue, with the reason."""
    left_out_by = {candidate.id: ineligibility(candidate, criteria, queue=queue) for candidate in candidates}
    eligible = [candidate for candidate in candidates if left_out_by[candidate.id] is None]
    left_out = Counter(str(reason) for reason in left_out_by.values() if reason is not None)
    reason: dict[str, Any] = {"by": "rule", "considered": len(candidates), "left_out": dict(sorted(left_out.items()))}
    if not eligible:
        return Decision(None, queue, reason | {"text": "Nobody can take it at this moment."})
    promises, fixes = (sum((getattr(each, name) for each in candidates), SuccessRate()) for name in TRACK_RECORDS)

    def order(candidate: Candidate) -> tuple[bool, float, str]:
        return (
            not _speaks(candidate, criteria),
            -fitness(candidate, criteria, promises=promises, fixes=fixes),
            candidate.id,
        )

    best = min(eligible, key=order)
    return Decision(best.id, queue, reason | _explanation(best, criteria, promises=promises, fixes=fixes))


def ineligibility(candidate: Candidate, criteria: AssignmentCriteria, *, queue: str) -> Ineligibility | None:
    """Return the first reason why the candidate is left out."""
    reasons = {
        Ineligibility.ABSENT: not candidate.on_duty,
        Ineligibility.NOT_CLEARED: criteria.confidential and not candidate.handles_confidential,
        Ineligibility.OTHER_QUEUE: not _within(queue, candidate.queues),
        Ineligibility.OTHER_SERVICE_POINT: not _within(criteria.service_point_id, candidate.service_points),
        Ineligibility.SKILL: skill(candidate, criteria) == 0,
        Ineligibility.FULL: candidate.load >= candidate.max_load,
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def skill(candidate: Candidate, criteria: AssignmentCriteria) -> float:
    """Return the skill of the candidate for the category; 0 if the named skills do not include it."""
    if not candidate.skills:
        return GENERALIST
    if criteria.category in candidate.skills:
        return WHOLE_CATEGORY
    return FIRST_LEVEL if _level1(criteria.category) in candidate.skills else 0.0


def fitness(candidate: Candidate, criteria: AssignmentCriteria, *, promises: SuccessRate, fixes: SuccessRate) -> float:
    """Return a score between 0 and 1; `promises` and `fixes` are the rates of the desk.

    More skill or a better record never makes an agent less fit, and more load never makes one fitter.
    """
    capacity = 1 - min(candidate.load / candidate.max_load, 1) if candidate.max_load else 0.0
    record = (candidate.promises_kept.smoothed(promises) + candidate.fixed_at_once.smoothed(fixes)) / 2
    return SKILL_WEIGHT * skill(candidate, criteria) + CAPACITY_WEIGHT * capacity + TRACK_RECORD_WEIGHT * record


def _explanation(
    best: Candidate, criteria: AssignmentCriteria, *, promises: SuccessRate, fixes: SuccessRate
) -> dict[str, Any]:
    level = {WHOLE_CATEGORY: "category", FIRST_LEVEL: "first_level"}.get(skill(best, criteria), "generalist")
    return {
        "fitness": round(fitness(best, criteria, promises=promises, fixes=fixes), 4),
        "skill": level,
        "speaks_the_language": None if criteria.language is None else _speaks(best, criteria),
        "load": best.load,
        "max_load": best.max_load,
        "promises_kept": _rate_json(best.promises_kept, promises),
        "fixed_at_once": _rate_json(best.fixed_at_once, fixes),
        "text": f"Skill, {best.load} of {best.max_load} in hand, on duty, and the record make this agent the fittest.",
    }


def _rate_json(rate: SuccessRate, of_all: SuccessRate) -> dict[str, Any]:
    return {"good": rate.good, "cases": rate.cases, "smoothed": round(rate.smoothed(of_all), 4)}


def _takes(queue: TeamQueue, criteria: AssignmentCriteria) -> bool:
    category, categories = criteria.category, queue.categories
    takes_category = not categories or category in categories or _level1(category) in categories
    return takes_category and (not queue.service_points or criteria.service_point_id in queue.service_points)


def _within(required: str | None, named: tuple[str, ...]) -> bool:
    """Return whether the requirement is met: an agent that names none takes all."""
    return required is None or not named or required in named


def _speaks(candidate: Candidate, criteria: AssignmentCriteria) -> bool:
    return criteria.language is None or criteria.language in candidate.languages


def _level1(category: str) -> str:
    return category.partition(".")[0]
