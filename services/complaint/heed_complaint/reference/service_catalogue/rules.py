"""The severity that a catalogue entry suggests. Pure."""

from dataclasses import dataclass

from heed_common.contracts.complaint import Severity

MIN_CRITICAL_POINTS, MIN_MAJOR_POINTS = 14, 9
MANY_MOMENTS = 5
LONG_SECONDS = 5 * 86_400


@dataclass(frozen=True, slots=True)
class HandlingProfile:
    """How a category is handled; risk and difficulty from 1 to 5."""

    risk: int
    difficulty: int
    duration_seconds: int
    moments_of_truth: int


def suggested_severity(profile: HandlingProfile) -> Severity:
    """Return the severity by points: twice the risk plus the difficulty, one each for many contacts and a long time.

    A category that is riskier, harder, longer or met more often is never suggested as less severe.
    """
    points = 2 * profile.risk + profile.difficulty
    points += (profile.moments_of_truth >= MANY_MOMENTS) + (profile.duration_seconds >= LONG_SECONDS)
    if points >= MIN_CRITICAL_POINTS:
        return Severity.CRITICAL
    return Severity.MAJOR if points >= MIN_MAJOR_POINTS else Severity.MINOR
