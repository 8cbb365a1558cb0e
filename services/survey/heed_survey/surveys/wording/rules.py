"""Ten rules for the wording of questions. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from heed_common.languages import Language
from heed_survey.surveys.questionnaire.items import SCALED, Item, ItemType, Scale
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire
from heed_survey.surveys.wording.lexicon import (
    ACRONYM,
    EXEMPT,
    MAX_CHARACTERS,
    MAX_WORDS,
    NEGATIONS,
    NEGATIVE,
    NOT_NEGATIVE,
    PATTERNS,
    POSITIVE,
    Rule,
)

EVEN_SCALES = range(4, 9, 2)
"""Sizes of scales that are small enough to need a middle, which even ones lack; two points are a yes or no."""
YES_OR_NO = 2
"""Labels of a yes and a no, or of the ends of a scale."""
MAX_NEGATIONS = 1
REMOVED = "\u2007"
"""Replaces an exempt phrase, so that its neighbours do not join."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A possible weakness of a question's wording."""

    item: str
    rule: Rule
    language: Language
    found: str | None = None
    """The words concerned."""


def check_wording(questionnaire: Questionnaire) -> list[Hint]:
    """Return the hints, in the order of the items, for each of the questionnaire's languages."""
    return [
        hint
        for item in questionnaire.items
        for language in questionnaire.languages
        for hint in check_item(item, language)
    ]


def check_item(item: Item, language: Language) -> list[Hint]:
    """Return the hints for an item in one language, at most one for each rule."""
    text = getattr(item.text, language) or ""
    checked = ((rule, found) for rule, check in CHECKS.items() for found in check(item, text, language))
    return [Hint(item.code, rule, language, found or None) for rule, found in checked]


Check = Callable[[Item, str, Language], Iterator[str]]


def _pattern(rule: Rule) -> Check:
    def check(_: Item, text: str, language: Language) -> Iterator[str]:
        exempt = EXEMPT.get(rule)
        found = PATTERNS[rule][language].search(text if exempt is None else exempt[language].sub(REMOVED, text))
        if found:
            yield found[0]

    return check


def _double_barrelled(item: Item, text: str, language: Language) -> Iterator[str]:
    """Two matters in one question; an open question may well have two."""
    if item.type in SCALED or item.type is ItemType.SINGLE:
        yield from _pattern(Rule.DOUBLE_BARRELLED)(item, text, language)


def _double_negation(_: Item, text: str, language: Language) -> Iterator[str]:
    negations = NEGATIONS[language].findall(NOT_NEGATIVE[language].sub(REMOVED, text))
    if len(negations) > MAX_NEGATIONS:
        yield " … ".join(negations)


def _hard_to_read(_: Item, text: str, language: Language) -> Iterator[str]:
    is_long = len(text.split()) > MAX_WORDS if language == "en" else len(text) > MAX_CHARACTERS
    acronym = ACRONYM.search(text)
    if is_long or acronym:
        yield acronym[0] if acronym else ""


def _presupposition(item: Item, text: str, language: Language) -> Iterator[str]:
    """What was asked before, and led to this question, is no presupposition."""
    if item.show_if is None:
        yield from _pattern(Rule.PRESUPPOSITION)(item, text, language)


def _unbalanced_scale(item: Item, _: str, language: Language) -> Iterator[str]:
    """More labels on one side than on the other, if all are understood but one in the middle."""
    labels = [] if item.scale is None else [getattr(label, language) or "" for label in item.scale.labels]
    sides = [_side(label, language) for label in labels]
    if len(labels) > YES_OR_NO and sides.count(0) <= 1 and any(sides) and sum(sides) != 0:
        yield " … ".join((labels[0], labels[-1]))


def _side(label: str, language: Language) -> int:
    if NEGATIVE[language].search(label):
        return -1
    return 1 if POSITIVE[language].search(label) else 0


def _no_neutral(item: Item, _: str, language: Language) -> Iterator[str]:
    if _is_even(item.scale):
        yield ""


def _is_even(scale: Scale | None) -> bool:
    return scale is not None and scale.size in EVEN_SCALES


CHECKS: Mapping[Rule, Check] = {
    Rule.LEADING: _pattern(Rule.LEADING),
    Rule.DOUBLE_BARRELLED: _double_barrelled,
    Rule.DOUBLE_NEGATION: _double_negation,
    Rule.ABSOLUTE: _pattern(Rule.ABSOLUTE),
    Rule.HARD_TO_READ: _hard_to_read,
    Rule.LOADED: _pattern(Rule.LOADED),
    Rule.VAGUE: _pattern(Rule.VAGUE),
    Rule.PRESUPPOSITION: _presupposition,
    Rule.UNBALANCED_SCALE: _unbalanced_scale,
    Rule.NO_NEUTRAL: _no_neutral,
}
