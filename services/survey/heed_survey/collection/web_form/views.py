"""The pages of a form, and the messages in its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from heed_common.errors import HeedError
from heed_common.languages import Language
from heed_survey.collection.pages.fields import Fields, filled_fields
from heed_survey.collection.pages.parsing import FieldError
from heed_survey.collection.pages.questions import build_question
from heed_survey.collection.pages.render import Button, Link, render_message, render_page
from heed_survey.collection.pages.submission import Action
from heed_survey.collection.pages.texts import (
    DEFAULT_PROBLEM,
    PAGE_TEXTS,
    PROBLEM_TEXTS,
    PROBLEM_TITLE,
    PROBLEM_TITLES,
)
from heed_survey.collection.pages.view import PageView, Question
from heed_survey.collection.web_form.rules import form_path
from heed_survey.collection.web_form.service import Form
from heed_survey.surveys.questionnaire.items import Item

KIND_PROBLEMS = frozenset({"link_used", "form_sent"})
"""Not what went wrong, but that it went well before."""
CAN_BE_RETRIED = frozenset({"form_expired", "validation_failed", "survey_not_published"})
SECONDS_PER_ITEM = 12
NO_ERRORS: Mapping[str, FieldError] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FormView:
    """The pages of one respondent's form, in one language."""

    form: Form
    token: str
    language: Language
    currency: str
    now: datetime

    def address(self, language: Language) -> str:
        """Return the address at which the form goes on."""
        return form_path(self.token, page=self.form.progress.sealed.page, language=language, form=self.form.form_token)

    def render(self, page: int, *, fields: Fields | None = None, errors: Mapping[str, FieldError] = NO_ERRORS) -> str:
        """Return a page, filled in with the stored answers, or with what was sent and its errors."""
        layout, text = self.form.layout, self._text
        title, section = self.form.questionnaire.title, self.form.questionnaire.sections[page - 1]
        is_first = page == layout.numbers[0]
        items = layout.items(page)
        filled = filled_fields(items, self.form.progress.sealed.answers) if fields is None else fields
        view = PageView(
            survey_title=title.text(self.language),
            heading=(title if is_first or section.title is None else section.title).text(self.language),
            number=layout.position(page),
            total=len(layout.numbers),
            questions=tuple(self._question(item, filled, errors) for item in items),
            introduction=self._introduction() if is_first else (),
            hidden=self._hidden_fields(page, items),
            footer=text("anonymous") if self.form.is_anonymous and not is_first else "",
        )
        has_other_language = len(self.form.questionnaire.languages) > 1
        action = form_path(self.token, language=self.language)
        return render_page(view, action=action, language=self.language, has_other_language=has_other_language)

    def render_change(self, problem: HeedError) -> str:
        """Return the page that says that the questions have changed, with a button to go on with the new ones."""
        fields = (("version", str(self.form.survey_version)), *self._form_field())
        action = form_path(self.token, language=self.language)
        button = Button(action, Action.RESTART, self._text("restart"), fields)
        title, paragraph = PROBLEM_TITLES[problem.code][self.language], PROBLEM_TEXTS[problem.code][self.language]
        return render_message(title, [paragraph], language=self.language, button=button)

    def _text(self, name: str) -> str:
        return PAGE_TEXTS[name][self.language]

    def _question(self, item: Item, fields: Fields, errors: Mapping[str, FieldError]) -> Question:
        position = self.form.questionnaire.items.index(item) + 1
        return build_question(
            item, position, fields=fields, errors=errors, currency=self.currency, language=self.language
        )

    def _introduction(self) -> tuple[str, ...]:
        count = len(self.form.questionnaire.items)
        length = self._text("questions" if count > 1 else "question").format(count=count)
        duration = self._text("duration").format(minutes=max(1, round(count * SECONDS_PER_ITEM / 60)))
        has_pages = len(self.form.questionnaire.sections) > 1
        names = ("anonymous",) * self.form.is_anonymous + ("saved",) * has_pages
        return (f"{length} · {duration}", *(self._text(name) for name in names))

    def _hidden_fields(self, page: int, items: tuple[Item, ...]) -> tuple[tuple[str, str], ...]:
        """Return what the page sends besides the answers: which it is, of which version, and what it showed."""
        return (
            ("page", str(page)),
            ("version", str(self.form.survey_version)),
            ("opened", str(int(self.now.timestamp()))),
            *self._form_field(),
            *(("shown", item.code) for item in items),
        )

    def _form_field(self) -> tuple[tuple[str, str], ...]:
        return (("form", self.form.form_token),) if self.form.form_token else ()


def thanks_page(*, language: Language, switch: str) -> str:
    """Return the page after the last one."""
    title, paragraph = (PAGE_TEXTS[name][language] for name in ("thanks", "received"))
    return render_message(title, [paragraph], language=language, switch=switch, is_kind=True)


def problem_page(problem: HeedError, *, token: str, language: Language, switch: str | None = None) -> str:
    """Return the page of an error, in plain words; `switch` is its address in the other language."""
    title = PROBLEM_TITLES.get(problem.code, PROBLEM_TITLE)[language]
    paragraph = PROBLEM_TEXTS.get(problem.code, DEFAULT_PROBLEM)[language]
    can_retry = problem.code in CAN_BE_RETRIED
    return render_message(
        title,
        [paragraph],
        language=language,
        switch=switch,
        link=Link(form_path(token, language=language), PAGE_TEXTS["reload"][language]) if can_retry else None,
        is_kind=problem.code in KIND_PROBLEMS,
    )
