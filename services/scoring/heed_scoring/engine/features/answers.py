"""What a customer answered when asked, as the formulas see it: levels from 0 to 1, with the events that told them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from heed_common.contracts.survey import Measure
from heed_scoring.ledger.entry import SCALE
from heed_scoring.ledger.facts import Facts
from heed_scoring.ledger.records import Answer, ItemAnswers

ATTITUDE = (Measure.RECOMMENDATION, Measure.TRUST, Measure.REPURCHASE_INTENTION)
"""How a customer feels about us; satisfaction is a factor of its own and would count twice."""
THRESHOLD = 0.5


class SurveyLevel(NamedTuple):
    """A level, and the events that it was told in."""

    level: float
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SurveyAnswers:
    """None, or nothing, where the customer was not asked or did not say."""

    satisfaction_trend: SurveyLevel | None = None
    """The largest fall of an item from its best answer to its last one, from −1 to 0."""
    attitude: SurveyLevel | None = None
    reasons: Mapping[str, SurveyLevel] = field(default_factory=dict)
    """By reason how much it would make the customer leave."""
    motives: Mapping[str, SurveyLevel] = field(default_factory=dict)
    """By motive how much it makes the customer stay."""
    barriers: Mapping[str, SurveyLevel] = field(default_factory=dict)
    """By barrier how much it keeps the customer from leaving."""

    @property
    def barrier(self) -> SurveyLevel | None:
        """The strongest one: whoever is held by it is held."""
        return max(self.barriers.values(), default=None)


NO_ANSWERS = SurveyAnswers()


def survey_answers(facts: Facts) -> SurveyAnswers:
    """All that the last answers say."""
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


def above_threshold(said: Mapping[str, SurveyLevel]) -> tuple[str, ...]:
    """What was said to weigh more than half, the strongest first."""
    weighty = [(-heard.level, code) for code, heard in said.items() if heard.level > THRESHOLD]
    return tuple(code for _, code in sorted(weighty))


def _items(facts: Facts, measure: Measure) -> list[ItemAnswers]:
    return list(facts.answers.get(measure, {}).values())


def _mean(answers: Sequence[Answer]) -> SurveyLevel | None:
    """Integers are added, so that the order of the items makes no difference."""
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
    """Of several items about the same the strongest answer counts; the subject stands last in the item's key."""
    found: dict[str, SurveyLevel] = {}
    for key, item in facts.answers.get(measure, {}).items():
        _, _, subject = key.rpartition("/")
        _, event, level = item["last"]
        heard = SurveyLevel(level / SCALE, (event,))
        found[subject] = max(found.get(subject, heard), heard)
    return found


def _events(answers: Sequence[Answer]) -> tuple[str, ...]:
    return tuple(sorted({event for _, event, _ in answers}))
