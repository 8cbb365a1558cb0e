"""Pages of the form: choice of a category, help articles, the form, thanks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from heed_common.errors import HeedError
from heed_common.languages import Language
from heed_common.problems import Invalid
from heed_complaint.intake.help_articles.schemas import ArticleOut
from heed_complaint.intake.html.elements import Element, element, fragment
from heed_complaint.intake.html.error_texts import problem_box, problem_text
from heed_complaint.intake.html.layout import page_layout
from heed_complaint.intake.web_form.texts import KINDS, TEXTS

PATH = "/v1/intake/form"
ARTICLES = "/v1/intake/articles"
MAX_DESCRIPTION = 10_000
MAX_LINE = 200
FIELDS = ("category", "kind", "description", "product", "occurred_on", "name", "contact")


@dataclass(frozen=True, slots=True)
class FormPage:
    """The content of a form's page."""

    language: Language
    categories: Mapping[str, str]
    """Labels by code."""
    key: str
    articles: Sequence[ArticleOut] = ()
    days: tuple[date, date] | None = None
    """The first and the last day that can be chosen."""

    def text(self, name: str, **values: str) -> str:
        return TEXTS[name][self.language].format(**values)


def choice_page(page: FormPage) -> str:
    """Return the page that asks for the category."""
    links = [
        element("li", element("a", label, href=f"{PATH}?category={code}&lang={page.language}"))
        for code, label in page.categories.items()
    ]
    return page_layout(
        page.text("title"),
        element("p", page.text("welcome")),
        element("h2", page.text("choose")),
        element("ul", *links, class_="choices"),
        language=page.language,
        switch=f"{PATH}?",
    )


def form_page(page: FormPage, filled: Mapping[str, str], problem: HeedError | None = None) -> str:
    """Return the help articles of the category, and the form with the fields that were filled in."""
    category = filled.get("category", "")
    label = page.categories.get(category) or page.categories.get(category.partition(".")[0], "")
    again = element("a", page.text("other"), href=f"{PATH}?lang={page.language}")
    return page_layout(
        page.text("title"),
        None if problem is None else problem_box(_problem_summary(page, problem)),
        element("p", page.text("about", category=label), " · ", again),
        _help(page),
        _form(page, filled),
        language=page.language,
        switch=f"{PATH}?category={category}&" if label else f"{PATH}?",
    )


def thanks_page(language: Language) -> str:
    """Return the page after an article has helped."""
    return page_layout(
        TEXTS["glad"][language],
        element("p", TEXTS["still"][language]),
        element("p", element("a", TEXTS["back"][language], href=f"{PATH}?lang={language}")),
        language=language,
    )


def _problem_summary(page: FormPage, problem: HeedError) -> str:
    named = [error["pointer"].strip("/") for error in problem.errors] if isinstance(problem, Invalid) else []
    if problem.pointer:
        named.append(problem.pointer.strip("/"))
    fields = [page.text(name) for name in FIELDS if name in named]
    if fields:
        return f"{page.text('look_again')} {', '.join(fields)}"
    return problem_text(problem, language=page.language)


def _help(page: FormPage) -> Element | None:
    if not page.articles:
        return None
    return fragment(element("h2", page.text("help")), *(_article(page, article) for article in page.articles))


def _article(page: FormPage, article: ArticleOut) -> Element:
    helped = element(
        "form",
        element("button", page.text("helped"), type="submit", class_="second"),
        method="post",
        action=f"{ARTICLES}/{article.code}/helped?lang={page.language}",
    )
    return element("details", element("summary", article.title), element("p", article.text, class_="text"), helped)


def _form(page: FormPage, filled: Mapping[str, str]) -> Element:
    return element(
        "form",
        _hidden("category", filled.get("category", "")),
        _hidden("language", page.language),
        _hidden("key", page.key),
        _kinds(page, filled.get("kind", "complaint")),
        _label(page, "description", needed=True),
        element(
            "textarea",
            filled.get("description"),
            id="description",
            name="description",
            required=True,
            maxlength=MAX_DESCRIPTION,
        ),
        _line(page, "occurred_on", filled, type_="date", days=page.days),
        _line(page, "product", filled),
        _line(page, "name", filled, autocomplete="name"),
        _line(page, "contact", filled, hint="contact_hint"),
        _honeypot(page),
        element("p", element("button", page.text("send"), type="submit")),
        method="post",
        action=f"{PATH}?lang={page.language}",
    )


def _kinds(page: FormPage, chosen: str) -> Element:
    options = [
        element("option", label[page.language], value=kind, selected=kind == chosen) for kind, label in KINDS.items()
    ]
    return fragment(
        element("label", page.text("kind"), for_="kind"), element("select", *options, id="kind", name="kind")
    )


def _line(
    page: FormPage,
    name: str,
    filled: Mapping[str, str],
    *,
    type_: str = "text",
    autocomplete: str | None = None,
    hint: str | None = None,
    days: tuple[date, date] | None = None,
) -> Element:
    first, last = map(date.isoformat, days) if days else (None, None)
    return fragment(
        _label(page, name),
        element("div", page.text(hint), class_="hint", id=f"{name}-hint") if hint else None,
        element(
            "input",
            id=name,
            name=name,
            type=type_,
            value=filled.get(name),
            maxlength=MAX_LINE if type_ == "text" else None,
            min=first,
            max=last,
            autocomplete=autocomplete,
            aria_describedby=f"{name}-hint" if hint else None,
        ),
    )


def _label(page: FormPage, name: str, *, needed: bool = False) -> Element:
    return element("label", page.text(name), None if needed else " ", None if needed else _optional(page), for_=name)


def _optional(page: FormPage) -> Element:
    return element("span", page.text("optional"))


def _hidden(name: str, value: str) -> Element:
    return element("input", type="hidden", name=name, value=value)


def _honeypot(page: FormPage) -> Element:
    """Return a field that machines fill in; people do not see it, and screen readers do not read it."""
    return element(
        "div",
        element("label", page.text("leave_empty"), for_="leave_empty"),
        element("input", id="leave_empty", name="leave_empty", tabindex=-1, autocomplete="off"),
        class_="leave",
        aria_hidden="true",
    )
