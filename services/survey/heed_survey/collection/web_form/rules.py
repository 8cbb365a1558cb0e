"""Addresses of pages, and the fields of a submitted page. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from heed_common.languages import LANGUAGES, Language
from heed_common.problems import Invalid
from heed_survey.collection.pages.fields import PREFIX, Fields
from heed_survey.collection.pages.submission import Action


@dataclass(frozen=True, slots=True)
class PageFields:
    """A submitted page: the controls of the form itself, and those of its items."""

    action: Action
    page: int
    survey_version: int
    form_token: str | None
    opened_at: int | None
    """Unix time at which the page was rendered."""
    shown: frozenset[str]
    """Codes of the items on it."""
    fields: Fields


def form_path(token: str, *, page: int | None = None, language: str | None = None, form: str | None = None) -> str:
    """Return the address of a page of the form."""
    query = {"page": page, "lang": language, "form": form}
    given = {name: value for name, value in query.items() if value is not None}
    return f"/s/{token}?{urlencode(given)}" if given else f"/s/{token}"


def thanks_path(token: str, *, language: str) -> str:
    return f"/s/{token}/thank-you?lang={language}"


def choose_language(*wished: str | None, offered: Sequence[str]) -> Language:
    """Return the first wish in which the questionnaire exists, or else its first language."""
    languages = [language for language in LANGUAGES if language in offered] or list(LANGUAGES)
    return next((language for wish in wished for language in languages if language == wish), languages[0])


def parse_fields(pairs: Sequence[tuple[str, str]]) -> PageFields:
    """Return the submitted page. Raises `Invalid` for a form that no page of ours has sent."""
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        fields[name] = (*fields.get(name, ()), value)
    first = {name: values[0] for name, values in fields.items()}
    return PageFields(
        action=_action(first.get("action")),
        page=_number(first, "page") or 1,
        survey_version=_number(first, "version") or 0,
        form_token=first.get("form"),
        opened_at=_number(first, "opened"),
        shown=frozenset(fields.get("shown", ())),
        fields={name: values for name, values in fields.items() if name.startswith(PREFIX)},
    )


def _action(value: str | None) -> Action:
    """Return the button; a form that was sent without one goes forward."""
    try:
        return Action(value or Action.NEXT)
    except ValueError:
        raise _foreign("action") from None


def _number(fields: dict[str, str], name: str) -> int | None:
    value = fields.get(name)
    if not value:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) <= 10):
        raise _foreign(name)
    return int(value)


def _foreign(name: str) -> Invalid:
    return Invalid([{"pointer": f"/{name}", "detail": "is not sent by a page of this form"}])
