"""A satisfaction study with everything that a report shows, and its pages."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import numpy as np

from heed_common.database import Database
from tests.survey.analysis.studies import FIVE, STUDY, TEN, insert_responses
from tests.survey.factories import create_published

HTML = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "en"}
CHINESE = HTML | {"Accept-Language": "zh-CN"}
FIVE_LEVELS = [
    {"en": "Very dissatisfied", "zh": "很不满意"},
    {"en": "Dissatisfied", "zh": "不满意"},
    {"en": "Neither", "zh": "一般"},
    {"en": "Satisfied", "zh": "满意"},
    {"en": "Very satisfied", "zh": "很满意"},
]
ATTRIBUTES = {
    "speed": ("Speed of the repair", "维修速度", "service"),
    "kindness": ("Kindness of staff", "员工态度", "service"),
    "advice": ("Advice given", "咨询建议", "service"),
    "price": ("Price", "价格", "value"),
    "parts": ("Quality of the parts", "配件质量", "value"),
}
LEVELS = {"speed": (2.6, 4.6), "kindness": (4.4, 4.3), "advice": (3.6, 3.4), "price": (3.0, 3.2), "parts": (4.3, 3.0)}
"""Means of performance and importance."""


def _item(code: str, en: str, zh: str, type_: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "text": {"en": en, "zh": zh}, "type": type_, "measure": "other", **more}


def _options(**texts: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"code": code, "text": {"en": en, "zh": zh}} for code, (en, zh) in texts.items()]


LABELLED = FIVE | {"labels": FIVE_LEVELS}
SECTIONS: list[dict[str, Any]] = [
    {
        "title": {"en": "All in all", "zh": "总体评价"},
        "items": [
            _item(
                "overall",
                "How satisfied are you with the repair?",
                "您对这次维修满意吗？",
                "scale",
                scale=LABELLED,
                measure="satisfaction",
            ),
            _item(
                "recommend",
                "How likely are you to recommend us?",
                "您有多大可能推荐我们？",
                "scale",
                scale=TEN,
                measure="recommendation",
            ),
            _item("effort", "How easy was it?", "办理是否省力？", "scale", scale=FIVE, measure="effort"),
        ],
    },
    {
        "title": {"en": "Our service", "zh": "服务"},
        "items": [
            item
            for code, (en, zh, path) in ATTRIBUTES.items()
            for item in (
                _item(code, en, zh, "scale", scale=LABELLED, indicator=f"{path}.{code}"),
                _item(
                    f"{code}_importance",
                    f"How important is it: {en.lower()}?",
                    f"{zh}对您有多重要？",
                    "importance",
                    indicator=f"{path}.{code}",
                ),
            )
        ],
    },
    {
        "title": {"en": "About you", "zh": "关于您"},
        "items": [
            _item(
                "where",
                "Where was it repaired?",
                "在哪里维修的？",
                "single",
                options=_options(shop=("In your shop", "门店"), home=("At my home", "上门"), mail=("By mail", "寄修")),
            ),
            _item(
                "seen",
                "Where have you heard of us?",
                "您从哪里了解到我们？",
                "multiple",
                options=_options(web=("On the web", "网络"), friend=("From a friend", "朋友"), shop=("Shop", "门店")),
            ),
            _item("visits", "How often were you here this year?", "您今年来过几次？", "number"),
            _item("free", "What should we do better?", "我们哪里可以做得更好？", "text"),
        ],
    },
]
INDICATORS = [
    {"path": "service", "text": {"en": "Service", "zh": "服务"}, "weight": "0.6"},
    {"path": "value", "text": {"en": "Value", "zh": "价值"}, "weight": "0.4"},
    *({"path": f"{path}.{code}", "text": {"en": en, "zh": zh}} for code, (en, zh, path) in ATTRIBUTES.items()),
]
BODY: dict[str, Any] = {
    "title": {"en": "After your repair", "zh": "维修回访"},
    "sections": SECTIONS,
    "indicators": INDICATORS,
    "study": STUDY | {"use": "Decide where to hire", "regions": ["East", "North"]},
}


def _five(rng: np.random.Generator, mean: float) -> int:
    return int(np.clip(np.rint(rng.normal(mean, 0.9)), 1, 5))


def person(rng: np.random.Generator) -> dict[str, Any]:
    """Return the answers of a person; who is satisfied recommends."""
    overall = int(rng.choice([1, 2, 3, 4, 5], p=[0.08, 0.08, 0.12, 0.42, 0.3]))
    answers: dict[str, Any] = {
        "overall": overall,
        "recommend": int(np.clip(2 * overall + rng.integers(-1, 2), 0, 10)),
        "effort": _five(rng, 3.8),
        "where": str(rng.choice(["shop", "home", "mail"], p=[0.6, 0.25, 0.15])),
        "seen": sorted(map(str, rng.choice(["web", "friend", "shop"], size=2, replace=False))),
        "visits": int(rng.integers(1, 5)),
    }
    for code, (performance, importance) in LEVELS.items():
        answers[code] = _five(rng, performance)
        answers[f"{code}_importance"] = _five(rng, importance)
    return answers


def people(n: int, *, seed: int = 1) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    return [person(rng) for _ in range(n)]


async def create_repair_study(client: httpx.AsyncClient, **overrides: Any) -> str:
    return str((await create_published(client, **BODY | overrides))["id"])


async def store(
    database: Database, survey_id: str, answers: Sequence[Mapping[str, Any]], **columns: Sequence[Any]
) -> None:
    """Store the answers: two thirds over the web, the rest by telephone."""
    modes = ["phone" if number % 3 == 0 else "web" for number in range(len(answers))]
    await insert_responses(database, survey_id, answers, **{"mode": modes} | columns)


async def page(client: httpx.AsyncClient, path: str, headers: Mapping[str, str] = HTML) -> str:
    response = await client.get(path, headers=headers)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/html")
    return response.text


async def freeze(client: httpx.AsyncClient, survey_id: str, **body: Any) -> httpx.Response:
    response = await client.post(f"/v1/surveys/{survey_id}/reports", json=body)
    assert response.status_code == 201, response.text
    return response


async def publish(client: httpx.AsyncClient, report: httpx.Response, *, public: bool = True) -> httpx.Response:
    """Make the report public, or withdraw it; `report` is the newest response about it."""
    body = report.json()
    path = f"/v1/surveys/{body['survey_id']}/reports/{body['id']}"
    response = await client.patch(path, json={"public": public}, headers={"If-Match": report.headers["ETag"]})
    assert response.status_code == 200, response.text
    return response
