"""The page behind a private link."""

from zoneinfo import ZoneInfo

from heed_common.languages import Language
from heed_complaint.intake.html.elements import Element, element, together
from heed_complaint.intake.html.layout import frame, moment
from heed_complaint.intake.status_links.rules import TOGETHER
from heed_complaint.intake.status_links.schemas import StatusOut, WrittenOut
from heed_complaint.lifecycle.messages.rules import Author

MAX_TEXT = 10_000
TEXTS: dict[str, dict[Language, str]] = {
    "title": {"en": "How it stands", "zh": "处理进度"},
    "about": {"en": "About {category}, received {at}", "zh": "关于{category}，收到时间：{at}"},
    "promise": {"en": "What we promised", "zh": "我们的承诺"},
    "by": {"en": "By {at}", "zh": "期限：{at}"},
    "messages": {"en": "Messages", "zh": "消息"},
    "none": {"en": "There are no messages yet.", "zh": "还没有消息。"},
    "desk": {"en": "We wrote", "zh": "我们"},
    "customer": {"en": "You wrote", "zh": "您"},
    "answer": {"en": "Write to us", "zh": "给我们留言"},
    "send": {"en": "Send", "zh": "发送"},
    "keep": {
        "en": "Keep this page's address: it is the only way back here. Whoever has it can read this page.",
        "zh": "请保存本页地址：这是返回本页的唯一途径。任何拥有此地址的人都能查看本页。",
    },
}


def status_page(status: StatusOut, *, token: str, key: str, zone: ZoneInfo) -> str:
    """Where it stands, what was promised, what was written, and a place to answer."""
    language = status.language

    def say(name: str, **values: str) -> str:
        return TEXTS[name][language].format(**values)

    return frame(
        say("title"),
        _about(status, zone=zone),
        element("p", status.label, class_="state", role="status"),
        element("p", TOGETHER[language]) if status.handled_together else None,
        element("p", say("keep"), class_="hint"),
        _promise(status, zone=zone),
        *(() if status.received_at is None else (_messages(status, zone=zone), _reply(token, key, language))),
        language=language,
        switch=f"/c/{token}?",
    )


def _about(status: StatusOut, *, zone: ZoneInfo) -> Element | None:
    if status.received_at is None or status.category is None:
        return None
    at = moment(status.received_at, language=status.language, zone=zone)
    return element("p", TEXTS["about"][status.language].format(category=status.category, at=at))


def _promise(status: StatusOut, *, zone: ZoneInfo) -> Element | None:
    if status.promise is None:
        return None
    language = status.language
    by = status.promised_by and TEXTS["by"][language].format(
        at=moment(status.promised_by, language=language, zone=zone)
    )
    return together(
        element("h2", TEXTS["promise"][language]),
        element("p", status.promise, class_="text"),
        element("p", by, class_="hint") if by else None,
    )


def _messages(status: StatusOut, *, zone: ZoneInfo) -> Element:
    language = status.language
    shown = [_message(each, language=language, zone=zone) for each in status.messages]
    empty = None if shown else element("p", TEXTS["none"][language])
    return together(element("h2", TEXTS["messages"][language]), empty, *shown)


def _message(written: WrittenOut, *, language: Language, zone: ZoneInfo) -> Element:
    who = TEXTS["desk" if written.author is Author.DESK else "customer"][language]
    at = moment(written.at, language=language, zone=zone)
    return element(
        "div",
        element("div", f"{who}, {at}", class_="hint"),
        element("p", written.text, class_="text"),
        class_="message",
    )


def _reply(token: str, key: str, language: Language) -> Element:
    return element(
        "form",
        element("label", TEXTS["answer"][language], for_="text"),
        element("textarea", id="text", name="text", required=True, maxlength=MAX_TEXT),
        element("input", type="hidden", name="key", value=key),
        element("button", TEXTS["send"][language], type="submit"),
        method="post",
        action=f"/c/{token}/messages?lang={language}",
    )
