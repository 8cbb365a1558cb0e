"""A questionnaire with every type of item, skip logic within a page and between pages, in both languages."""

from typing import Any

from heed_survey.surveys.questionnaire.documents import from_document
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

FIVE_LEVELS = [
    {"en": "Very dissatisfied", "zh": "很不满意"},
    {"en": "Dissatisfied", "zh": "不满意"},
    {"en": "Neither", "zh": "一般"},
    {"en": "Satisfied", "zh": "满意"},
    {"en": "Very satisfied", "zh": "很满意"},
]
FROM_UNLIKELY = [{"en": "Not at all likely", "zh": "完全不可能"}, {"en": "Extremely likely", "zh": "非常可能"}]
FROM_NOT_AT_ALL = [{"en": "Not at all", "zh": "完全不"}, {"en": "Completely", "zh": "完全"}]
TITLE = {"en": "After your repair", "zh": "维修回访"}


def _item(code: str, en: str, zh: str, type_: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "text": {"en": en, "zh": zh}, "type": type_, "measure": "other", **more}


def _options(**texts: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"code": code, "text": {"en": en, "zh": zh}} for code, (en, zh) in texts.items()]


SECTIONS: list[dict[str, Any]] = [
    {
        "items": [
            _item(
                "overall",
                "All in all, how satisfied are you with the repair?",
                "总体而言，您对这次维修满意吗？",
                "scale",
                scale={"lowest": 1, "highest": 5, "labels": FIVE_LEVELS},
                required=True,
            ),
            _item(
                "trouble",
                "What went wrong?",
                "哪里不满意？",
                "multiple",
                options=_options(
                    late=("It was late", "不准时"), again=("It broke again", "又坏了"), rude=("Staff", "员工态度")
                ),
                required=True,
                show_if={"field": "overall", "op": "le", "value": 2},
            ),
            _item(
                "recommend",
                "How likely are you to recommend us to a friend?",
                "您有多大可能向朋友推荐我们？",
                "scale",
                scale={"lowest": 0, "highest": 10, "labels": FROM_UNLIKELY},
                required=True,
            ),
        ]
    },
    {
        "title": {"en": "About the service", "zh": "关于服务"},
        "items": [
            _item(
                "where",
                "Where was it repaired?",
                "在哪里维修的？",
                "single",
                options=_options(shop=("In your shop", "门店"), home=("At my home", "上门")),
                required=True,
            ),
            _item("day", "The app shows the day of return", "应用显示取件日期", "kano"),
            _item(
                "prompt",
                "Staff serve you promptly",
                "员工及时为您服务",
                "servqual",
                scale={"lowest": 1, "highest": 7, "labels": FROM_NOT_AT_ALL},
            ),
        ],
    },
    {
        "title": {"en": "At your home", "zh": "上门服务"},
        "items": [
            _item(
                "tidy",
                "How tidy was the place afterwards?",
                "维修后现场整洁吗？",
                "scale",
                scale={"lowest": 1, "highest": 5},
                show_if={"field": "where", "op": "eq", "value": "home"},
            )
        ],
    },
    {
        "title": {"en": "To close", "zh": "最后"},
        "items": [
            _item("quality", "Quality of the repair", "维修质量", "rating_pair", scale={"lowest": 1, "highest": 10}),
            _item(
                "speed",
                "How important is speed to you?",
                "速度对您有多重要？",
                "importance",
                scale={"lowest": 1, "highest": 5},
            ),
            _item("visits", "How often were you here this year?", "您今年来过几次？", "number"),
            _item("price", "What is return on the same day worth?", "当日取件您愿付多少？", "willingness_to_pay"),
            _item("free", "What should we do better?", "我们哪里可以做得更好？", "text"),
        ],
    },
]
BODY: dict[str, Any] = {"title": TITLE, "sections": SECTIONS}
"""Of `POST /v1/surveys`."""
PAGE_1 = {"q.overall": "4", "q.recommend": "9"}
PAGE_2 = {"q.where": "shop"}
PAGE_4 = {"q.free": "More tea"}


def tour() -> Questionnaire:
    return from_document({"title": TITLE, "languages": ["en", "zh"], "sections": SECTIONS})
