"""Survey answers as features: levels from 0 to 1, with their events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from heed_common.contracts.survey import Measure
from heed_scoring.ledger.entry import SCALE
from heed_scoring.ledger.facts import Facts
from heed_scoring.ledger.records import Answer, ItemAnswers

ATTITUDE = (Measure.RECOMMENDATION, Measure.TRUST, Measure.REPURCHASE_INTENTION)
"""Measures of attitude; satisfaction is a factor of its own and would count twice."""
THRESHOLD = 0.5


class SurveyLevel(NamedTuple):
    """A level from 0 to 1, and the events it comes from."""

    level: float
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SurveyAnswers:
    """Survey levels of a customer; None or empty where nothing was answered."""

    satisfaction_trend: SurveyLevel | None = None
    """Largest fall of an item from its best answer to its last one, from −1 to 0."""
    attitude: SurveyLevel | None = None
    reasons: Mapping[str, SurveyLevel] = field(default_factory=dict)
    """Weight of each reason to leave."""
    motives: Mapping[str, SurveyLevel] = field(default_factory=dict)
    """Weight of each motive to stay."""
    barriers: Mapping[str, SurveyLevel] = field(default_factory=dict)
    """Strength of each barrier to leaving."""

    @property
    def barrier(self) -> SurveyLevel | None:
        """Return the strongest barrier: one is enough to keep a customer."""
        return max(self.barriers.values(), default=None)


NO_ANSWERS = SurveyAnswers()


def survey_answers(facts: Facts) -> SurveyAnswers:
    """Return the levels of the last answers."""
    if not facts.answers:
        return NO_ANSWERS
    satisfied = _items(facts, Measure.SATISFACTION)
    return SurveyAnswers(
        max(
            map(_change_from_best, (item for item in satisfied if item["count"] > 1)),
            key=_largest_fall_first,
            default=None,
        ),
        _mean([item["last"] for measure in ATTITUDE for item in _items(facts, measure)]),
        _by_subject(facts, Measure.DEFECTION_REASON),
        _by_subject(facts, Measure.RETENTION_MOTIVE),
        _by_subject(facts, Measure.SWITCHING_BARRIER),
    )


def above_threshold(levels: Mapping[str, SurveyLevel]) -> tuple[str, ...]:
    """Return the codes with more than half of the full weight, the strongest first."""
    weighty = [(-answer.level, code) for code, answer in levels.items() if answer.level > THRESHOLD]
    return tuple(code for _, code in sorted(weighty))


def _items(facts: Facts, measure: Measure) -> list[ItemAnswers]:
    return list(facts.answers.get(measure, {}).values())


def _mean(answers: Sequence[Answer]) -> SurveyLevel | None:
    """Return the mean level; integers are added, so that the order of the items makes no difference."""
    if not answers:
        return None
    total = sum(level for _, _, level in answers)
    return SurveyLevel(total / (SCALE * len(answers)), _events(answers))


def _change_from_best(item: ItemAnswers) -> SurveyLevel:
    """Return the change from the best answer to the last one.

    From the best and not from the first, and the largest of several items and not their mean: so nothing bad that is
    learned, however late or of whatever day, makes a customer look safer.
    """
    best, last = item["best"], item["last"]
    return SurveyLevel((last[2] - best[2]) / SCALE, _events([best, last]))


def _largest_fall_first(fall: SurveyLevel) -> tuple[float, tuple[str, ...]]:
    return -fall.level, fall.evidence


def _by_subject(facts: Facts, measure: Measure) -> dict[str, SurveyLevel]:
    """Return the strongest answer about each subject, which is the last part of the item's key."""
    found: dict[str, SurveyLevel] = {}
    for key, item in facts.answers.get(measure, {}).items():
        _, _, subject = key.rpartition("/")
        _, event, level = item["last"]
        answer = SurveyLevel(level / SCALE, (event,))
        found[subject] = max(found.get(subject, answer), answer)
    return found


def _events(answers: Sequence[Answer]) -> tuple[str, ...]:
    return tuple(sorted({event for _, event, _ in answers}))
