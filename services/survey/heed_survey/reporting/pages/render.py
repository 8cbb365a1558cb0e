"""The HTML of a report; every value is escaped, and the page has no script and loads nothing."""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from heed_common.languages import Language
from heed_survey.reporting.content.document import ReportDocument
from heed_survey.reporting.pages.texts import TEXTS, translate
from heed_survey.reporting.pages.view import to_view

STYLE = files("heed_survey.reporting.pages").joinpath("templates/report.css").read_text("utf-8")
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'none'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
}


class Switch(NamedTuple):
    """The link to the page in the other language."""

    address: str
    tag: str
    name: str


OTHER: dict[Language, tuple[str, str, str]] = {"en": ("zh", "zh-Hans", "中文"), "zh": ("en", "en", "English")}


def render_report(
    document: ReportDocument,
    language: Language,
    *,
    frozen: str | None = None,
    is_public: bool = False,
    address: str | None = None,
) -> str:
    """Return the page; `frozen` is the hash of a frozen report, `address` that of the page in either language."""
    view = to_view(document, language, frozen=frozen, is_public=is_public)
    switch = _switch(document, language, address)
    title = f"{view.title} – {view.kind}"
    return _render("report.html", language, view=view, switch=switch, document_title=title)


def render_not_found(language: Language) -> str:
    """Return the page of an address without results."""
    return _render("not_found.html", language, document_title=translate(language, "not_found"))


def _switch(document: ReportDocument, language: Language, address: str | None) -> Switch | None:
    other, tag, name = OTHER[language]
    if address is None or other not in document.languages:
        return None
    return Switch(f"{address}?lang={other}", tag, name)


def _render(template: str, language: Language, **values: object) -> str:
    text = {key: texts[language] for key, texts in TEXTS.items()}
    return _environment().get_template(template).render(language=language, text=text, style=STYLE, **values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("heed_survey.reporting.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
