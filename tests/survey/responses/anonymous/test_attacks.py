"""The attacker has the database, the outbox and the topics, and knows in which order some people answered.

Each attack guesses whose answer the last one was. Against the pool it does no better than chance; against a table into
which responses are inserted as they come, it always succeeds.
"""

from uuid import UUID

import pytest
from sqlalchemy import text

from heed_common.business_days import UTC_DAYS
from heed_common.occurrence import DEFAULT_EARLIEST
from heed_common.session_cipher import get_cipher
from heed_survey.responses import service as responses
from heed_survey.responses.anonymous import content, service
from heed_survey.responses.rules import NewResponse
from tests.conftest import NOON
from tests.survey.factories import create_anonymous, create_published, make_item

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]

PEOPLE = 5
TRIALS = 24
MAX_HITS = 14
"""Of 24 guesses with a chance of one in five each: more happen once in a million runs."""
TEN_STEPS = make_item(code="satisfaction", measure="satisfaction", scale={"lowest": 1, "highest": 10})
BODY = {"title": "Work climate", "items": [TEN_STEPS]}

LAST_OF_TABLE = {
    "place in the table (ctid)": "SELECT answers FROM response WHERE survey_id = :id ORDER BY ctid DESC",
    "transaction (xmin)": "SELECT answers FROM response WHERE survey_id = :id ORDER BY age(xmin), ctid DESC",
    "id": "SELECT answers FROM response WHERE survey_id = :id ORDER BY id DESC",
    "event id": "SELECT answers FROM response WHERE survey_id = :id ORDER BY event_id DESC",
    "time": "SELECT answers FROM response WHERE survey_id = :id ORDER BY received_at DESC, answered_at DESC, ctid DESC",
    "order of the topic": """
        SELECT response.answers FROM outbox JOIN response ON response.id = CAST(outbox.aggregateid AS uuid)
        WHERE survey_id = :id ORDER BY seq DESC
    """,
}


async def collect(client, database, survey, count):
    """Let people answer one after another; each answer is another number, the last person's the highest."""
    for number in range(1, count + 1):
        async with database.transaction() as session:
            await responses.record_response(
                session,
                survey_id=survey["id"],
                new=NewResponse({"satisfaction": number}),
                earliest=DEFAULT_EARLIEST,
                now=NOON.replace(second=number),
            )


async def pool_of(database, survey):
    """Return the pool as the holder of the key reads it."""
    async with database.transaction() as session:
        query = text("SELECT responses FROM response_pool WHERE survey_id = :id")
        stored = await session.scalar(query, {"id": survey["id"]})
        return content.decrypt(stored, survey_id=UUID(survey["id"]), cipher=get_cipher(session))


async def guess(database, query, survey):
    async with database.transaction() as session:
        return (await session.execute(text(query), {"id": survey["id"]})).scalars().first()


async def test_no_order_reveals_who_answered_last_after_the_release(client, survey_database):
    hits = dict.fromkeys(LAST_OF_TABLE, 0)
    for _ in range(TRIALS):
        survey = await create_anonymous(client, **BODY)
        await collect(client, survey_database, survey, PEOPLE)
        async with survey_database.transaction() as session:
            assert await service.release_pools(session, days=UTC_DAYS, now=NOON) == 1
        for attack, query in LAST_OF_TABLE.items():
            hits[attack] += await guess(survey_database, query, survey) == {"satisfaction": PEOPLE}
    assert max(hits.values()) <= MAX_HITS, hits


async def test_no_order_reveals_who_answered_last_before_the_release(client, survey_database):
    hits = 0
    for _ in range(TRIALS):
        survey = await create_anonymous(client, **BODY)
        await collect(client, survey_database, survey, PEOPLE - 1)
        hits += (await pool_of(survey_database, survey))[-1]["answers"] == {"satisfaction": PEOPLE - 1}
    assert hits <= MAX_HITS


@pytest.mark.parametrize("attack", [attack for attack in LAST_OF_TABLE if attack != "id"])
async def test_the_same_attacks_succeed_where_responses_are_stored_as_they_come(client, survey_database, attack):
    for _ in range(3):
        survey = await create_published(client, **BODY)
        await collect(client, survey_database, survey, PEOPLE)
        assert await guess(survey_database, LAST_OF_TABLE[attack], survey) == {"satisfaction": PEOPLE}


async def test_all_rows_of_a_group_have_one_transaction_and_one_time(client, survey_database):
    survey = await create_anonymous(client, **BODY)
    await collect(client, survey_database, survey, PEOPLE)
    async with survey_database.transaction() as session:
        await service.release_pools(session, days=UTC_DAYS, now=NOON)
    query = (
        "SELECT count(DISTINCT CAST(CAST(xmin AS text) AS bigint)), count(DISTINCT answered_at), count(*) FROM response"
    )
    async with survey_database.transaction() as session:
        assert tuple((await session.execute(text(query))).one()) == (1, 1, PEOPLE)


async def test_nothing_stored_before_the_release_has_a_moment_or_an_id(client, survey_database):
    survey = await create_anonymous(client, **BODY)
    await collect(client, survey_database, survey, 3)
    entries = await pool_of(survey_database, survey)
    names = {"survey_version", "state", "mode", "wave", "flags", "answers", "design"}
    assert [set(entry) for entry in entries] == [names] * 3


async def test_the_group_cannot_be_read_from_used_links(client, survey_database):
    """A used link has no moment, and no column of a response has its hash."""
    query = """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_name IN ('burnt_link', 'response_pool') ORDER BY 1, 2
    """
    async with survey_database.transaction() as session:
        columns = [tuple(row) for row in await session.execute(text(query))]
    assert columns == [
        ("burnt_link", "key_id"),
        ("burnt_link", "token_hash"),
        ("response_pool", "released"),
        ("response_pool", "responses"),
        ("response_pool", "size"),
        ("response_pool", "survey_id"),
    ]


async def test_backups_between_two_answers_show_no_answer_and_no_length(client, survey_database):
    survey = await create_anonymous(client, **BODY)
    backups = []
    for _ in range(4):
        await collect(client, survey_database, survey, 1)
        async with survey_database.transaction() as session:
            backups.append(await session.scalar(text("SELECT responses FROM response_pool")))
    assert len(set(backups)) == 4
    assert {len(backup) for backup in backups} == {len(backups[0])}
    assert all(b"satisfaction" not in backup for backup in backups)
