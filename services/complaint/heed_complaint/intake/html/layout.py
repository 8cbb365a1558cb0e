"""Layout of all pages: style sheet, security headers, language switch."""

from datetime import datetime
from zoneinfo import ZoneInfo

from heed_common.http.public_pages import page_headers
from heed_common.languages import Language
from heed_complaint.intake.html.elements import Child, document, element, fragment

STYLE = """
:root{color-scheme:light dark}
*{box-sizing:border-box}
body{margin:0 auto;max-width:40rem;padding:1rem 1rem 3rem;overflow-wrap:anywhere}
body{font:1.0625rem/1.55 system-ui,sans-serif}
h1{font-size:1.5rem;line-height:1.25;margin:1rem 0}
h2{font-size:1.15rem;margin:2rem 0 .5rem}
a{color:inherit}
ul.choices{list-style:none;padding:0}
ul.choices a,button{display:block;width:100%;padding:.8rem 1rem;margin:.5rem 0}
ul.choices a,button{border:1px solid;border-radius:.5rem;font:inherit}
ul.choices a{text-decoration:none}
button{background:#14532d;color:#fff;border-color:#14532d;font-weight:600;cursor:pointer}
button.second{background:transparent;color:inherit;border-color:currentColor;font-weight:400}
label{display:block;margin:1.1rem 0 .25rem;font-weight:600}
label span,.hint{font-weight:400;font-size:.95rem;opacity:.85}
input,select,textarea{width:100%;padding:.7rem;font:inherit;border:1px solid #767676;border-radius:.4rem}
input,select,textarea{background:Field;color:FieldText}
textarea{min-height:9rem}
:focus-visible{outline:3px solid #2563eb;outline-offset:2px}
.leave{position:absolute;left:-9999px}
.problem{border-left:.35rem solid #b91c1c;padding:.6rem 1rem;margin:1rem 0}
.state{border-left:.35rem solid #14532d;padding:.6rem 1rem;font-size:1.15rem}
details,.message{border:1px solid #8888;border-radius:.5rem;padding:.7rem 1rem;margin:.6rem 0}
summary{font-weight:600;cursor:pointer}
.text{white-space:pre-wrap;margin:.3rem 0}
.languages{text-align:right;margin:0}
"""
HEADERS = page_headers(STYLE)
OTHER_LANGUAGE: dict[Language, tuple[Language, str]] = {"en": ("zh", "中文"), "zh": ("en", "English")}


def page_layout(title: str, *content: Child, language: Language, switch: str | None = None) -> str:
    """Return a page; `switch` is its own address up to the language, for a link to the other language."""
    code, name = OTHER_LANGUAGE[language]
    other = element("p", element("a", name, href=f"{switch}lang={code}", lang=code), class_="languages")
    body = fragment(other if switch else None, element("main", element("h1", title), *content))
    return document(language="zh-Hans" if language == "zh" else "en", title=title, style=STYLE, body=body)


def format_local_time(at: datetime, *, language: Language, zone: ZoneInfo) -> str:
    """Return the day and the time of day as they are written in this language."""
    local = at.astimezone(zone)
    if language == "zh":
        return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
    return f"{local.day} {local:%B %Y, %H:%M}"
