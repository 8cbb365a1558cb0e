"""After a restore, versions that were published since the backup are published again, as far as the backup has them."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text

from heed_common.broker.protocols import Record
from heed_common.decoding import decode
from heed_common.recovery import Published, RecoveryOutcome
from heed_survey import recovery
from tests.conftest import NOON
from tests.survey.factories import create_draft, published_events

REVISION = {"reason": "A wave later.", "changes": "None."}
PUBLISH_AGAIN = "UPDATE survey_version SET published_at = NULL WHERE survey_version = 2"
FORGET_VERSION = "DELETE FROM survey_version WHERE survey_version = 2"
BACKUP = """
    UPDATE survey SET survey_version = 1, published_at = :at, draft_version = {draft}, version = 1, revision = 2
"""
pytestmark = pytest.mark.asyncio


async def publish_twice(client) -> str:
    survey = await create_draft(client)
    for action, body in (("publish", None), ("revise", REVISION), ("publish", None)):
        response = await client.post(f"/v1/surveys/{survey['id']}/{action}", json=body)
        assert response.status_code == 200
    id_: str = survey["id"]
    return id_


async def recovered(database, *statements):
    """Return the findings of a recovery after these statements, and repeat it: that finds nothing more to do."""
    envelopes = await published_events(database, "heed.survey")
    records = [Record("heed.survey", 0, 0, None, envelope.model_dump_json().encode()) for envelope in envelopes]
    events = [replace(decode(record), aggversion=number) for number, record in enumerate(records, 1)]
    published = Published(events, epoch=0, currency="USD")
    async with database.transaction() as session:
        for statement in statements:
            await session.execute(text(statement), {"at": NOON} if ":at" in statement else {})
        session.expire_all()
        findings = await recovery.recover(session, published, NOON)
        assert await recovery.recover(session, published, NOON) == []
    return [(finding.kind, finding.outcome) for finding in findings]


async def test_a_draft_that_was_published_since_the_backup_is_published_again(client, survey_database):
    id_ = await publish_twice(client)
    before = (await client.get(f"/v1/surveys/{id_}")).json()
    findings = await recovered(survey_database, PUBLISH_AGAIN, BACKUP.format(draft=2))
    assert findings == [("survey", RecoveryOutcome.RECOVERED)]
    after = (await client.get(f"/v1/surveys/{id_}")).json()
    assert after == before


async def test_the_questions_of_a_version_that_the_backup_lacks_are_lost(client, survey_database):
    id_ = await publish_twice(client)
    findings = await recovered(survey_database, FORGET_VERSION, BACKUP.format(draft="NULL"))
    assert findings == [("survey", RecoveryOutcome.LOST)]
    survey = (await client.get(f"/v1/surveys/{id_}")).json()
    assert (survey["state"], survey["survey_version"], survey["items"]) == ("published", 2, [])
    first = await client.get(f"/v1/surveys/{id_}/questionnaire", params={"survey_version": 1})
    assert first.json()["sections"] != []
    assert (await client.get("/v1/surveys")).json()["items"][0]["title"]["en"] == recovery.TITLE_PLACEHOLDER.en
    # The questions are written again as the next version.
    assert (await client.post(f"/v1/surveys/{id_}/revise", json=REVISION)).json()["draft_version"] == 3
    edit = {"title": first.json()["title"], "sections": first.json()["sections"]}
    assert (await client.patch(f"/v1/surveys/{id_}", json=edit, headers={"If-Match": "*"})).status_code == 200
    assert (await client.post(f"/v1/surveys/{id_}/publish")).json()["survey_version"] == 3


async def test_a_survey_that_the_backup_lacks_is_stored_without_its_questions(client, survey_database):
    id_ = await publish_twice(client)
    findings = await recovered(survey_database, "DELETE FROM survey_version", "DELETE FROM survey")
    assert findings == [("survey", RecoveryOutcome.LOST)] * 2
    survey = (await client.get(f"/v1/surveys/{UUID(id_)}")).json()
    assert (survey["state"], survey["survey_version"], survey["items"]) == ("published", 2, [])
