"""Improvement actions: what they should change, and whether they did. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from heed_survey.actions.improvements.errors import FigureWithoutItem, SameWave
from heed_survey.analysis.results.trend import Figure


class Direction(StrEnum):
    INCREASE = "increase"
    DECREASE = "decrease"


class Verdict(StrEnum):
    IMPROVED = "improved"
    WORSENED = "worsened"
    UNCLEAR = "unclear"
    """The interval of the change contains 0."""


@dataclass(frozen=True, slots=True)
class ImprovementTerms:
    """An improvement action as an operator writes it."""

    action: str
    owner: str
    due_on: date
    done_on: date | None
    figure: Figure
    item: str | None
    direction: Direction
    size: float
    """Expected change, in the unit of the figure."""
    before_wave: str
    after_wave: str | None


def check_terms(terms: ImprovementTerms) -> None:
    """Check that the parts fit together. Raises `FigureWithoutItem`, `SameWave`."""
    if (terms.figure == "mean" and terms.item is None) or (terms.figure == "index" and terms.item is not None):
        raise FigureWithoutItem(pointer="/item")
    if terms.before_wave == terms.after_wave:
        raise SameWave(pointer="/after_wave")


def verdict_of(low: float | None, high: float | None, direction: Direction) -> Verdict:
    """Return the verdict of the interval of the change; without one, nothing is clear."""
    if low is None or high is None or low <= 0 <= high:
        return Verdict.UNCLEAR
    return Verdict.IMPROVED if (low > 0) == (direction is Direction.INCREASE) else Verdict.WORSENED


def is_reached(change: float | None, *, direction: Direction, size: float) -> bool | None:
    """Return whether the estimated change is at least the expected one; None without an estimate."""
    if change is None:
        return None
    return (change if direction is Direction.INCREASE else -change) >= size
