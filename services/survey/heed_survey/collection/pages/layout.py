"""Sections as pages: which are shown with these answers, which is next, and how far a respondent may go."""

from collections.abc import Mapping
from typing import Any

from heed_survey.surveys.questionnaire.conditions import visible_items
from heed_survey.surveys.questionnaire.items import Item
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

Answers = Mapping[str, Any]


class Layout:
    """The pages of a questionnaire with these answers. A page has the number of its section, from 1."""

    def __init__(self, questionnaire: Questionnaire, answers: Answers) -> None:
        shown = {item.code for item in visible_items(questionnaire, answers)}
        sections = [tuple(each for each in section.items if each.code in shown) for section in questionnaire.sections]
        self._items = {number: items for number, items in enumerate(sections, start=1) if items}
        self._answers = answers

    @property
    def numbers(self) -> tuple[int, ...]:
        """Pages that have a visible item."""
        return tuple(self._items)

    def items(self, page: int) -> tuple[Item, ...]:
        """Return the visible items of the page; none for a page that is not shown."""
        return self._items.get(page, ())

    def position(self, page: int) -> int:
        """Return how many pages there are up to this one, itself included."""
        return sum(number <= page for number in self._items)

    def after(self, page: int) -> int | None:
        return next((number for number in self._items if number > page), None)

    def before(self, page: int) -> int:
        return max((number for number in self._items if number < page), default=self.numbers[0])

    def is_last(self, page: int) -> bool:
        return self.after(page) is None

    def first_incomplete(self) -> int | None:
        """Return the first page on which a required answer is missing."""
        return next((number for number in self._items if self._is_incomplete(number)), None)

    def reachable(self, page: int) -> int:
        """Return the page, or the nearest one that is shown and does not lie behind a missing required answer."""
        shown = max((number for number in self._items if number <= page), default=self.numbers[0])
        return min(shown, self.first_incomplete() or shown)

    def visible_answers(self) -> dict[str, Any]:
        """Return the answers to visible items; what was answered before its condition changed is left out."""
        codes = [item.code for items in self._items.values() for item in items]
        return {code: self._answers[code] for code in codes if code in self._answers}

    def shown_up_to(self, page: int) -> tuple[str, ...]:
        """Return the codes of the items on the pages up to this one."""
        return tuple(item.code for number, items in self._items.items() if number <= page for item in items)

    def first_unanswered(self, page: int) -> str:
        """Return the first item on the page that has no answer; the last one where all have."""
        items = self._items[page]
        return next((item.code for item in items if item.code not in self._answers), items[-1].code)

    def _is_incomplete(self, page: int) -> bool:
        return any(item.required and item.code not in self._answers for item in self._items[page])
