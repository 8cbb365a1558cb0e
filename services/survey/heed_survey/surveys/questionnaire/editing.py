"""Creation and change of questionnaires from requests, with validation of the result."""

from dataclasses import dataclass, replace

from heed_common.languages import Language
from heed_common.problems import Invalid
from heed_survey.surveys.questionnaire.items import Translated
from heed_survey.surveys.questionnaire.questionnaire import Indicator, Questionnaire, Section, complete_languages
from heed_survey.surveys.questionnaire.validation import MAX_PROBLEMS, find_problems

FIRST_SECTION = "/sections/0/items"


@dataclass(frozen=True, slots=True)
class Edit:
    """Parts of a questionnaire that a request replaces."""

    title: Translated | None = None
    sections: tuple[Section, ...] | None = None
    languages: tuple[Language, ...] | None = None
    indicator_nodes: tuple[Indicator, ...] | None = None
    flat: bool = False
    """Whether the items are not in sections: they are one section, and pointers do not name it."""

    def apply(self, questionnaire: Questionnaire) -> Questionnaire:
        """Return the changed questionnaire. Raises `Invalid` with a pointer to each problem."""
        edited = Questionnaire(
            title=questionnaire.title if self.title is None else self.title,
            sections=questionnaire.sections if self.sections is None else self.sections,
            languages=questionnaire.languages if self.languages is None else self.languages,
            indicator_nodes=questionnaire.indicator_nodes if self.indicator_nodes is None else self.indicator_nodes,
        )
        return check(edited, flat=self.flat)

    def create(self) -> Questionnaire:
        """Return a new questionnaire. Raises `Invalid` with a pointer to each problem."""
        empty = Questionnaire(title=Translated(), sections=(), languages=())
        return self.apply(empty)


NO_EDIT = Edit()


def check(questionnaire: Questionnaire, *, flat: bool) -> Questionnaire:
    """Return the questionnaire with its languages: those named, or all that are complete.

    Raises `Invalid` with a pointer to each problem; `flat` ones are without the section.
    """
    if not questionnaire.languages:
        questionnaire = replace(questionnaire, languages=complete_languages(questionnaire))
    problems = find_problems(questionnaire)
    if problems:
        shown = problems[:MAX_PROBLEMS]
        raise Invalid(
            [{"pointer": _pointer(problem.pointer, flat=flat), "detail": problem.detail} for problem in shown],
            omitted=len(problems) - len(shown),
        )
    return questionnaire


def _pointer(pointer: str, *, flat: bool) -> str:
    return pointer.replace(FIRST_SECTION, "/items", 1) if flat else pointer
