"""Scores of a moment ago, found by what they were calculated from: a caller behind `after=` reads what was just scored.

A score is a function of facts, day and model, and of nothing else. So one that is found here is the one that would be
calculated again, also if the transaction that has calculated it was rolled back.
"""

from datetime import date

from heed_scoring.engine.score import Score

MAX_SCORES = 100
MAX_EVENTS = 20
"""Callers wait for the events of small batches, not for those of a backlog."""
Key = tuple[str, date, str]
"""Facts as stored, day, and version of the model."""
_SCORES: dict[Key, Score] = {}


def remember(facts: str, *, day: date, model_version: str, score: Score) -> None:
    """Keep the score; the oldest of many is forgotten."""
    _SCORES[facts, day, model_version] = score
    if len(_SCORES) > MAX_SCORES:
        del _SCORES[next(iter(_SCORES))]


def find(facts: str | None, *, day: date, model_version: str) -> Score | None:
    """Return the score of these facts, if it was calculated a moment ago."""
    return None if facts is None else _SCORES.get((facts, day, model_version))
