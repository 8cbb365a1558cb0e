"""Stored values at the limits of dates and texts are shown by every list and detail."""

import pytest

from tests.edge_values import read_everything, rows_not_shown, store_edges
from tests.survey.factories import create_draft, make_item

pytestmark = pytest.mark.asyncio


async def test_stored_edge_values_of_surveys_are_shown(app, client):
    surveys = await store_edges(client, "POST", "/v1/surveys", {"title": "How was it?", "items": [make_item()]})
    survey = await create_draft(client)
    await client.post(f"/v1/surveys/{survey['id']}/publish")
    response = {
        "answers": {"satisfaction": 4},
        "answered_at": "2026-03-02T11:00:00Z",
        "external_id": "r",
    }
    assert await store_edges(client, "POST", f"/v1/surveys/{survey['id']}/responses", response)
    ids = {"survey_id": [survey["id"], *(edge["id"] for edge in surveys)]}
    assert await read_everything(app, client, ids) > len(surveys)
    assert rows_not_shown(app) == []
