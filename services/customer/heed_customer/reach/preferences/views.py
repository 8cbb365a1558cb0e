"""The pages behind a preference link."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from heed_common.contracts.customer import ConsentChannel, ConsentPurpose
from heed_common.errors import HeedError
from heed_common.http.public_pages import STYLE
from heed_common.languages import Language
from heed_customer.reach.preferences.rules import BY_CHANNEL, OVER_ALL_CHANNELS
from heed_customer.reach.preferences.schemas import PreferencesOut
from heed_customer.reach.preferences.texts import ANY_PROBLEM, CHANNELS, DESCRIPTIONS, PAGE_TEXTS, PROBLEMS, PURPOSES

OTHER_LANGUAGE: dict[Language, dict[str, str]] = {
    "en": {"code": "zh", "name": "中文"},
    "zh": {"code": "en", "name": "English"},
}


def preference_page(preferences: PreferencesOut, *, token: str) -> str:
    """Return the page: each purpose and channel with its status and one button, which withdraws or grants."""
    language = preferences.language
    allowed = {(item.purpose, item.channel): item.allowed for item in preferences.items}
    purposes = [
        {
            "code": purpose,
            "name": PURPOSES[purpose][language],
            "description": DESCRIPTIONS[purpose][language],
            "rows": _rows(purpose, allowed, language=language, token=token),
        }
        for purpose in ConsentPurpose
    ]
    title = PAGE_TEXTS["title"][language]
    return _render("preferences.html", language, title=title, switch=f"/p/{token}", purposes=purposes)


def unsubscribed_page(*, token: str, language: Language) -> str:
    title = PAGE_TEXTS["done_title"][language]
    return _render("unsubscribed.html", language, title=title, page=f"/p/{token}?lang={language}")


def problem_page(problem: HeedError, *, language: Language) -> str:
    text = PROBLEMS.get(problem.code, ANY_PROBLEM)[language]
    return _render("problem.html", language, title=PAGE_TEXTS["problem"][language], problem=text)


def _rows(
    purpose: ConsentPurpose,
    allowed: dict[tuple[ConsentPurpose, ConsentChannel], bool],
    *,
    language: Language,
    token: str,
) -> list[dict[str, Any]]:
    """Return the rows of a purpose: one for each channel, or a single one for all."""
    channels = list(ConsentChannel) if purpose in BY_CHANNEL else [next(iter(ConsentChannel))]
    return [
        {
            "allowed": allowed[purpose, channel],
            "channel": None if purpose in OVER_ALL_CHANNELS else CHANNELS[channel][language],
            "action": f"/p/{token}/consents/{purpose}/{channel}?lang={language}",
            "label": _label(purpose, channel, allowed=allowed[purpose, channel], language=language),
        }
        for channel in channels
    ]


def _label(purpose: ConsentPurpose, channel: ConsentChannel, *, allowed: bool, language: Language) -> str:
    """Return what a screen reader says about the button."""
    action = PAGE_TEXTS["withdraw" if allowed else "grant"][language]
    return f"{action} ({PURPOSES[purpose][language]}, {CHANNELS[channel][language]})"


def _render(template: str, language: Language, *, switch: str | None = None, **values: object) -> str:
    text = {name: translated[language] for name, translated in PAGE_TEXTS.items()}
    return (
        _environment()
        .get_template(template)
        .render(language=language, text=text, style=STYLE, switch=switch, other=OTHER_LANGUAGE[language], **values)
    )


@cache
def _environment() -> Environment:
    """Return the templates of the pages; every value is escaped."""
    return Environment(
        loader=PackageLoader("heed_customer.reach.preferences"), autoescape=True, undefined=StrictUndefined
    )
