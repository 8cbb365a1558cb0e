"""Which severity the catalogue suggests. Pure."""

from dataclasses import dataclass

from heed_common.contracts.complaint import Severity

CRITICAL_FROM, MAJOR_FROM = 14, 9
MANY_MOMENTS = 5
LONG_SECONDS = 5 * 86_400


@dataclass(frozen=True, slots=True)
class Handling:
    """What the handling of a category is like; risk and difficulty from 1 to 5."""

    risk: int
    difficulty: int
    duration_seconds: int
    moments_of_truth: int


def suggested_severity(handling: Handling) -> Severity:
    """Risk counts twice, difficulty once; many moments of truth and a long handling add one each.

    A category that is riskier, harder, longer or met more often is never suggested as less severe.
    """
    points = 2 * handling.risk + handling.difficulty
    points += (handling.moments_of_truth >= MANY_MOMENTS) + (handling.duration_seconds >= LONG_SECONDS)
    if points >= CRITICAL_FROM:
        return Severity.CRITICAL
    return Severity.MAJOR if points >= MAJOR_FROM else Severity.MINOR
