"""The calls of docs/surveys.md, in their order."""

import json
import re
from pathlib import Path

import pytest

from tests.survey.sampling.factories import add_customers

pytestmark = pytest.mark.asyncio

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "surveys.md"
CALL = re.compile(r"```http\n(?P<method>[A-Z]+) (?P<path>\S+)\n(?:\n(?P<body>.*?))?```", re.DOTALL)


async def test_the_calls_of_the_guide_work(client, survey_database):
    async with survey_database.transaction() as session:
        await add_customers(session, north=30, south=20)
    calls = list(CALL.finditer(GUIDE.read_text()))
    assert len(calls) == GUIDE.read_text().count("```http") > 5
    survey_id = ""
    for call in calls:
        path = call["path"].replace("{id}", survey_id)
        response = await client.request(call["method"], path, json=json.loads(call["body"] or "null"))
        assert response.status_code in (200, 201), (path, response.text)
        survey_id = survey_id or response.json()["id"]
