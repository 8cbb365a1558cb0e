"""Words beside facts: whether customers for whom a deadline or a promise was met are more satisfied."""

from heed_common.contracts.survey import Measure
from heed_survey.analysis.errors import ItemMissing
from heed_survey.analysis.results.facts import BAD_FACT, GOOD_FACT, FactOut, facts
from heed_survey.analysis.results.subject import Subject
from heed_survey.call_backs.rules import SOLVED
from heed_survey.reporting.content.document import FactPart, FactsPart, to_text
from heed_survey.surveys.questionnaire.items import Item, ItemType


def facts_part(subject: Subject) -> FactsPart:
    """Return the facts beside the overall satisfaction. Raises `ItemMissing`, and errors of `facts`."""
    item = _item(subject)
    found = facts(subject, item=item.code)
    return FactsPart(
        item=item.code,
        text=to_text(item.text),
        window_days=found.window_days,
        facts=tuple(_part(each) for each in found.facts),
    )


def _item(subject: Subject) -> Item:
    """Return the item of overall satisfaction, or the question of a call-back whether it is solved."""
    scales = [item for item in subject.data.questionnaire.items if item.type is ItemType.SCALE and not item.in_tree]
    overall = [item for item in scales if item.measure is Measure.SATISFACTION]
    found = [item for item in scales if item.code == SOLVED] or overall
    if not found:
        raise ItemMissing
    return found[0]


def _part(found: FactOut) -> FactPart:
    good, bad = (found.rows[value] for value in (GOOD_FACT, BAD_FACT))
    return FactPart(
        fact=found.fact,
        satisfied_if_met=good.satisfied.share,
        satisfied_if_not=bad.satisfied.share,
        difference=found.satisfied_difference,
        fact_good_word_bad=found.fact_good_word_bad,
        fact_bad_word_good=found.fact_bad_word_good,
    )
