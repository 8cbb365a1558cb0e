"""The page behind a private link."""

from zoneinfo import ZoneInfo

from heed_common.languages import Language
from heed_complaint.intake.html.elements import Element, element, fragment
from heed_complaint.intake.html.layout import format_local_time, page_layout
from heed_complaint.intake.status_links.schemas import StatusMessageOut, StatusOut
from heed_complaint.intake.status_links.texts import HANDLED_TOGETHER, PAGE_TEXTS
from heed_complaint.lifecycle.messages.rules import Author

MAX_TEXT = 10_000


def status_page(status: StatusOut, *, token: str, key: str, zone: ZoneInfo) -> str:
    """Return the page: status, promise, messages, and the form for a reply."""
    language = status.language

    def text(name: str, **values: str) -> str:
        return PAGE_TEXTS[name][language].format(**values)

    return page_layout(
        text("title"),
        _about(status, zone=zone),
        element("p", status.label, class_="state", role="status"),
        element("p", HANDLED_TOGETHER[language]) if status.handled_together else None,
        element("p", text("keep"), class_="hint"),
        _promise(status, zone=zone),
        *(() if status.received_at is None else (_messages(status, zone=zone), _reply(token, key, language))),
        language=language,
        switch=f"/c/{token}?",
    )


def _about(status: StatusOut, *, zone: ZoneInfo) -> Element | None:
    if status.received_at is None or status.category is None:
        return None
    at = format_local_time(status.received_at, language=status.language, zone=zone)
    return element("p", PAGE_TEXTS["about"][status.language].format(category=status.category, at=at))


def _promise(status: StatusOut, *, zone: ZoneInfo) -> Element | None:
    if status.promise is None:
        return None
    language = status.language
    by = status.promised_by and PAGE_TEXTS["by"][language].format(
        at=format_local_time(status.promised_by, language=language, zone=zone)
    )
    return fragment(
        element("h2", PAGE_TEXTS["promise"][language]),
        element("p", status.promise, class_="text"),
        element("p", by, class_="hint") if by else None,
    )


def _messages(status: StatusOut, *, zone: ZoneInfo) -> Element:
    language = status.language
    shown = [_message(each, language=language, zone=zone) for each in status.messages]
    empty = None if shown else element("p", PAGE_TEXTS["none"][language])
    return fragment(element("h2", PAGE_TEXTS["messages"][language]), empty, *shown)


def _message(message: StatusMessageOut, *, language: Language, zone: ZoneInfo) -> Element:
    author = PAGE_TEXTS["desk" if message.author is Author.DESK else "customer"][language]
    at = format_local_time(message.at, language=language, zone=zone)
    return element(
        "div",
        element("div", f"{author}, {at}", class_="hint"),
        element("p", message.text, class_="text"),
        class_="message",
    )


def _reply(token: str, key: str, language: Language) -> Element:
    return element(
        "form",
        element("label", PAGE_TEXTS["answer"][language], for_="text"),
        element("textarea", id="text", name="text", required=True, maxlength=MAX_TEXT),
        element("input", type="hidden", name="key", value=key),
        element("button", PAGE_TEXTS["send"][language], type="submit"),
        method="post",
        action=f"/c/{token}/messages?lang={language}",
    )
