"""A submitted page: its answers, what is wrong with them, and the page that follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from heed_survey.collection.pages.fields import Fields, control_names
from heed_survey.collection.pages.layout import Layout
from heed_survey.collection.pages.parsing import FieldError, ParsedPage, missing_answers, parse_page
from heed_survey.responses.answers import check_answer
from heed_survey.responses.errors import OffTheScale, UnknownOption, WrongKindOfAnswer
from heed_survey.surveys.questionnaire.items import Item
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire


class Action(StrEnum):
    """The button that was pressed."""

    NEXT = "next"
    BACK = "back"
    LANGUAGE = "language"
    RESTART = "restart"


@dataclass(frozen=True, slots=True)
class Submission:
    """The answers of the whole form so far, and where it goes on."""

    answers: dict[str, Any]
    page: int
    """To show now; the one that was sent if something on it is wrong or has become visible."""
    errors: Mapping[str, FieldError] = field(default_factory=dict)
    """By the name of the control."""
    is_complete: bool = False


def submit_page(
    questionnaire: Questionnaire,
    stored: Mapping[str, Any],
    page: int,
    fields: Fields,
    *,
    shown: frozenset[str],
    action: Action,
) -> Submission:
    """Return what follows from a page on which the items `shown` were filled in.

    Only going forward is checked: going back or to the other language loses nothing that can be stored.
    """
    page = min(page, len(questionnaire.sections))
    on_page = [item for item in questionnaire.sections[page - 1].items if item.code in shown]
    parsed = parse_page(on_page, fields)
    answers = {code: value for code, value in stored.items() if code not in shown} | parsed.answers
    layout = Layout(questionnaire, answers)
    if action is Action.BACK:
        return Submission(answers, layout.before(page))
    if action is not Action.NEXT:
        return Submission(answers, layout.reachable(page))
    errors = _errors(layout.items(page), parsed, fields, shown=shown)
    if errors or any(item.code not in shown for item in layout.items(page)):
        return Submission(answers, page, errors)
    following = layout.after(page) or layout.first_incomplete()
    return Submission(answers, following or page, is_complete=following is None)


def carry_over(answers: Mapping[str, Any], questionnaire: Questionnaire) -> dict[str, Any]:
    """Return the answers that another version of the questionnaire accepts as well."""
    return {
        item.code: answers[item.code]
        for item in questionnaire.items
        if item.code in answers and _is_accepted(item, answers[item.code])
    }


def _errors(
    visible: tuple[Item, ...], parsed: ParsedPage, fields: Fields, *, shown: frozenset[str]
) -> dict[str, FieldError]:
    """Return the errors of items that were shown and still are; what was hidden by an answer counts for nothing."""
    checked = [item for item in visible if item.code in shown]
    names = {name for item in checked for name in control_names(item).values()}
    wrong = {name: error for name, error in parsed.errors.items() if name in names}
    return missing_answers(checked, parsed.answers, fields) | wrong


def _is_accepted(item: Item, answer: object) -> bool:
    try:
        check_answer(answer, item)
    except (OffTheScale, UnknownOption, WrongKindOfAnswer):
        return False
    return True
