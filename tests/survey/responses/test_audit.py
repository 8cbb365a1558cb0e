"""Responses of known customers leave an entry in the audit trail; anonymous ones must not be tied to a moment."""

import pytest
from sqlalchemy import text

from tests.survey.factories import create_anonymous, create_published, respond

pytestmark = pytest.mark.asyncio

ENTRIES = text("SELECT count FROM audit WHERE action = 'POST /v1/surveys/{survey_id}/responses'")


async def test_an_anonymous_response_leaves_no_entry(client, survey_database):
    known = await create_published(client, template="satisfaction")
    anonymous = await create_anonymous(client)
    for survey, customer in ((known, {}), (anonymous, {"customer_id": None})):
        client.headers.pop("Idempotency-Key", None)
        for key in ({}, {"Idempotency-Key": survey["id"]}):
            client.headers.update(key)
            assert (await respond(client, survey, **customer)).status_code == 201
    async with survey_database.transaction() as session:
        assert sum(await session.scalars(ENTRIES)) == 2
