"""The HTML of the form and of its messages; every value is escaped, and no page has a script."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from heed_common.languages import Language
from heed_survey.collection.pages.texts import PAGE_TEXTS
from heed_survey.collection.pages.view import PageView

SWITCHES: dict[Language, dict[str, str]] = {
    "en": {"tag": "zh-Hans", "name": "中文", "label": "Language"},
    "zh": {"tag": "en", "name": "English", "label": "语言"},
}
"""The button on a page in this language that changes to the other one."""
STYLE = files("heed_survey.collection.pages").joinpath("templates/style.css").read_text("utf-8")
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
}


@dataclass(frozen=True, slots=True)
class Button:
    """The one button of a message: posts the fields."""

    action: str
    value: str
    label: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """The one link of a message."""

    address: str
    label: str


def render_page(page: PageView, *, action: str, language: Language, has_other_language: bool) -> str:
    """Return a page of the form; `action` is the address to which it is sent."""
    title = f"{page.heading} – {page.survey_title}" if page.heading != page.survey_title else page.heading
    if page.errors:
        title = f"{PAGE_TEXTS['error'][language]}: {title}"
    return _render(
        "page.html",
        language,
        document_title=title,
        page=page,
        action=action,
        other=SWITCHES[language] if has_other_language else None,
    )


def render_message(
    title: str,
    paragraphs: Sequence[str],
    *,
    language: Language,
    switch: str | None = None,
    button: Button | None = None,
    link: Link | None = None,
    is_kind: bool = False,
) -> str:
    """Return a page of text with a button or a link; `switch` is its address in the other language."""
    return _render(
        "message.html",
        language,
        document_title=title,
        title=title,
        paragraphs=paragraphs,
        switch=switch,
        other=SWITCHES[language],
        button=button,
        link=link,
        is_kind=is_kind,
    )


def _render(template: str, language: Language, **values: object) -> str:
    text = {name: translated[language] for name, translated in PAGE_TEXTS.items()}
    return _environment().get_template(template).render(language=language, text=text, style=STYLE, **values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("heed_survey.collection.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
