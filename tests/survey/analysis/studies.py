"""A study with many responses, inserted directly, and calls of its analyses."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import numpy as np
from sqlalchemy import insert

from heed_common.database import Database
from heed_survey.responses.encoding import encode
from heed_survey.responses.tables import Response
from heed_survey.surveys import service as surveys
from tests.survey.factories import create_published

TEXT = {"en": "What do you think?", "zh": "您怎么看？"}
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIVE, TEN = {"lowest": 1, "highest": 5}, {"lowest": 0, "highest": 10}
REGIONS = ("east", "north", "south", "west")


def scale(code: str, *, of: Mapping[str, int] = FIVE, **more: Any) -> dict[str, Any]:
    return {"code": code, "text": TEXT, "type": "scale", "scale": of, "measure": "other"} | more


def single(code: str, *options: str) -> dict[str, Any]:
    texts = [{"code": option, "text": {"en": option, "zh": option}} for option in options]
    return {"code": code, "text": TEXT, "type": "single", "options": texts, "measure": "other"}


def multiple(code: str, *options: str) -> dict[str, Any]:
    return single(code, *options) | {"type": "multiple"}


STUDY = {
    "purpose": "Find out what customers expect of service",
    "nature": "conclusive",
    "population": "Customers who bought in the last year",
    "method": "web",
    "report_due": "2026-12-31",
    "responsible": "Customer research",
}
ITEMS = [
    scale("overall", measure="satisfaction"),
    scale("recommend", of=TEN, measure="recommendation"),
    scale("effort", measure="effort"),
    scale("speed", indicator="service"),
    scale("kindness", indicator="service"),
    scale("price", indicator="product"),
    single("region", *REGIONS),
    single("age", "18", "30", "45", "60"),
    multiple("seen", "web", "shop", "mail"),
]


def random_answers(rng: np.random.Generator, *, missing: float = 0.0) -> dict[str, Any]:
    """Return answers of a person, each missing with this chance; who is satisfied recommends."""
    overall = int(rng.choice([1, 2, 3, 4, 5], p=[0.05, 0.1, 0.2, 0.4, 0.25]))
    answers: dict[str, Any] = {
        "overall": overall,
        "recommend": int(np.clip(2 * overall + rng.integers(-2, 3), 0, 10)),
        "effort": int(rng.integers(1, 6)),
        "speed": int(np.clip(overall + rng.integers(-1, 2), 1, 5)),
        "kindness": int(rng.integers(2, 6)),
        "price": int(rng.integers(1, 5)),
        "region": str(rng.choice(REGIONS, p=[0.4, 0.3, 0.2, 0.1])),
        "age": str(rng.choice(["18", "30", "45", "60"])),
        "seen": sorted(map(str, rng.choice(["web", "shop", "mail"], size=2, replace=False))),
    }
    return {code: answer for code, answer in answers.items() if rng.random() >= missing}


async def create_study(client: httpx.AsyncClient, **overrides: Any) -> str:
    survey = await create_published(client, **({"title": "Study", "items": ITEMS, "study": STUDY} | overrides))
    return str(survey["id"])


async def insert_responses(
    database: Database, survey_id: str, answers: Sequence[Mapping[str, Any]], **columns: Sequence[Any]
) -> None:
    """Insert responses as they are stored, with further columns, one value for each response."""
    async with database.transaction() as session:
        questionnaire = await surveys.get_questionnaire(session, survey_id=UUID(survey_id), survey_version=1)
        rows = [
            {
                "id": uuid4(),
                "event_id": uuid4(),
                "survey_id": UUID(survey_id),
                "survey_version": 1,
                "answers": dict(given),
                "encoded": encode(given, questionnaire),
                "answered_at": NOON,
                "received_at": NOON,
                **{name: values[index] for name, values in columns.items()},
            }
            for index, given in enumerate(answers)
        ]
        await session.execute(insert(Response), rows)


async def ask(client: httpx.AsyncClient, survey_id: str, name: str, **params: Any) -> httpx.Response:
    """Return the response to an analysis; a condition is given as an object."""
    if isinstance(params.get("where"), dict):
        params["where"] = json.dumps(params["where"])
    return await client.get(f"/v1/surveys/{survey_id}/analysis/{name}", params=params)


async def analysed(client: httpx.AsyncClient, survey_id: str, name: str, **params: Any) -> Any:
    response = await ask(client, survey_id, name, **params)
    assert response.status_code == 200, response.text
    return response.json()
