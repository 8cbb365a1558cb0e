"""Error messages on pages, in both languages."""

from heed_common.errors import HeedError
from heed_common.languages import Language
from heed_complaint.intake.html.elements import Element, element
from heed_complaint.intake.html.layout import page_layout

Translated = dict[Language, str]

PROBLEM_TITLE: Translated = {"en": "Sorry", "zh": "抱歉"}
DEFAULT_TEXT: Translated = {"en": "That did not work. Please try again later.", "zh": "操作没有成功，请稍后再试。"}
PROBLEM_TEXTS: dict[str, Translated] = {
    "link_unknown": {
        "en": "This link leads nowhere. Please look whether all of it was copied.",
        "zh": "此链接无效。请检查是否复制完整。",
    },
    "link_expired": {
        "en": "This link has expired. Please ask us for a new one.",
        "zh": "此链接已过期，请向我们索取新链接。",
    },
    "not_over_this_link": {
        "en": "About this matter nothing can be written here. Please speak with us in person.",
        "zh": "此事项不能在这里留言，请直接与我们联系。",
    },
    "too_often": {
        "en": "That was too often in a short time. Please wait a moment and try again.",
        "zh": "提交过于频繁，请稍候再试。",
    },
    "too_large": {"en": "That is too long. Please shorten it.", "zh": "内容过长，请缩短后再试。"},
    "form_sent_before": {
        "en": "This form was sent before. Please begin a new one.",
        "zh": "此表单已提交过，请重新填写。",
    },
    "article_not_found": {"en": "This article is not there any more.", "zh": "该文章已不存在。"},
    "validation_failed": {"en": "Please look through what you wrote.", "zh": "请检查您填写的内容。"},
}


def problem_text(problem: HeedError, *, language: Language) -> str:
    return PROBLEM_TEXTS.get(problem.code, DEFAULT_TEXT)[language]


def problem_box(text: str) -> Element:
    """Return the box of an error; screen readers read it out at once."""
    return element("p", text, class_="problem", role="alert")


def problem_page(problem: HeedError, *, language: Language) -> str:
    return page_layout(
        PROBLEM_TITLE[language], problem_box(problem_text(problem, language=language)), language=language
    )
