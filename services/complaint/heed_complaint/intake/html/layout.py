"""Layout of all pages, with the language switch."""

from datetime import datetime
from zoneinfo import ZoneInfo

from heed_common.http.public_pages import STYLE
from heed_common.languages import Language
from heed_complaint.intake.html.elements import Child, document, element, fragment

OTHER_LANGUAGE: dict[Language, tuple[Language, str]] = {"en": ("zh", "中文"), "zh": ("en", "English")}


def page_layout(title: str, *content: Child, language: Language, switch: str | None = None) -> str:
    """Return a page; `switch` is its own address up to the language, for a link to the other language."""
    code, name = OTHER_LANGUAGE[language]
    other = element("header", element("a", name, href=f"{switch}lang={code}", lang=code), class_="languages")
    body = fragment(other if switch else None, element("main", element("h1", title), *content))
    return document(language="zh-Hans" if language == "zh" else "en", title=title, style=STYLE, body=body)


def format_local_time(at: datetime, *, language: Language, zone: ZoneInfo) -> str:
    """Return the day and the time of day as they are written in this language."""
    local = at.astimezone(zone)
    if language == "zh":
        return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
    return f"{local.day} {local:%B %Y, %H:%M}"
