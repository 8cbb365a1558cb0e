"""Surveys from before the versions have their questions in the first one."""

import json
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common import migrations
from heed_common.database import Database
from heed_survey.surveys import service
from heed_survey.surveys.questionnaire.items import ItemType, Translated
from tests.conftest import NOON

BEFORE = "0014"
ITEMS = [
    {
        "code": "mood",
        "text": {"en": "How?", "zh": None},
        "measure": "trust",
        "scale": {"lowest": 0, "highest": 1, "labels": [{"en": "Bad", "zh": None}, {"en": "Good", "zh": None}]},
        "about": None,
    },
    {"code": "why", "text": {"en": "Why?", "zh": None}, "measure": "other", "scale": None, "about": None},
]
SURVEY = text("""
    INSERT INTO survey (id, external_id, fingerprint, title, items, languages, state, created_at, published_at,
        survey_version)
    VALUES (:id, :external_id, 'x', 'Mood', CAST(:items AS jsonb), '{en}', :state, :at, :published_at, 1)
""")
pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def before(databases):
    name = await databases.empty()
    await migrations.upgrade(databases.url(name), "heed_survey", to=BEFORE)
    database = Database(databases.url(name), pool_size=4)
    yield database
    await database.close()
    await databases.drop(name)


async def insert(database, state, published_at) -> UUID:
    id_ = uuid4()
    row = {"id": id_, "external_id": state, "state": state, "published_at": published_at, "at": NOON}
    async with database.transaction() as session:
        await session.execute(SURVEY, row | {"items": json.dumps(ITEMS)})
    return id_


async def test_the_questions_of_a_survey_become_its_first_version(before):
    published, draft = await insert(before, "published", NOON), await insert(before, "draft", None)
    url = before.url.render_as_string(hide_password=False)
    await migrations.upgrade(url, "heed_survey")
    async with before.transaction() as session:
        for id_, draft_version in ((published, None), (draft, 1)):
            survey = await service.get_survey(session, survey_id=id_)
            assert (survey.survey_version, survey.draft_version) == (1, draft_version)
            questionnaire = await service.current_questionnaire(session, survey=survey)
            assert (questionnaire.title.en, questionnaire.languages) == ("Mood", ("en",))
            mood, why = questionnaire.items
            assert (mood.type, mood.measure, mood.scale.labels[1]) == (ItemType.SCALE, "trust", Translated("Good"))
            assert (why.type, why.text) == (ItemType.TEXT, Translated("Why?"))
    await migrations.downgrade(url, "heed_survey", to=BEFORE)
    async with before.transaction() as session:
        for row in await session.execute(text("SELECT title, items, languages FROM survey")):
            assert row == ("Mood", ITEMS, ["en"])
