"""Partial answers: sealed, without moments, deleted when the form is sent or expired."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from heed_survey.collection import retention
from heed_survey.collection.partials.rules import FormKey, Sealed, expiry_day, seal, seconds_on_page, unseal
from tests.survey.collection.browser import Respondent, create_link, create_tour

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
JSON = st.recursive(st.none() | st.integers() | st.text(), lambda part: st.dictionaries(st.text(), part), max_leaves=5)


@given(st.dictionaries(st.text(), JSON), st.text(min_size=1), st.text(min_size=1))
def test_answers_are_read_with_their_link_only(answers, token, other):
    key = FormKey(b"hash", token)
    content = Sealed(2, 30, answers)
    assert unseal(seal(content, key, room=4096), key) == content
    if other != token:
        with pytest.raises(ValueError, match="another form"):
            unseal(seal(content, key), FormKey(b"hash", other))


def test_partial_answers_last_as_long_as_their_link():
    assert expiry_day(NOON + timedelta(days=90), is_open=False, now=NOON) == date(2026, 5, 31)
    assert expiry_day(None, is_open=False, now=NOON) == date(2026, 4, 1)
    assert expiry_day(None, is_open=True, now=NOON) == date(2026, 3, 9)
    assert expiry_day(NOON + timedelta(days=1), is_open=True, now=NOON) == date(2026, 3, 3)


def test_time_on_a_page_is_plausible_or_nothing():
    opened = int(NOON.timestamp())
    assert seconds_on_page(opened - 20, now=NOON) == 20
    assert seconds_on_page(opened + 20, now=NOON) == 0
    assert seconds_on_page(0, now=NOON) == 1800
    assert seconds_on_page(None, now=NOON) == 0


@pytest.mark.asyncio
async def test_no_column_of_a_partial_response_has_an_answer_a_token_or_a_moment(
    client, anonymous, survey_database, clock
):
    survey_id = await create_tour(client)
    person = Respondent(anonymous, await create_link(survey_database, clock, survey_id))
    await person.open()
    await person.send(overall="4", recommend="9")
    await person.send("back", where="home", prompt__expectation="7")
    async with survey_database.transaction() as session:
        (row,) = (await session.execute(text("SELECT * FROM partial_response"))).mappings().all()
    sealed = row["sealed"]
    for secret in (b"overall", b"home", person.token.encode()):
        assert secret not in sealed
    assert person.token.encode() not in row["key_hash"]
    assert {name for name, value in row.items() if isinstance(value, datetime)} == set()
    assert (row["shown"], row["answered"]) == (["overall", "recommend"], ["overall", "recommend", "where"])


@pytest.mark.asyncio
async def test_expired_partial_answers_are_deleted_and_stay_in_the_drop_off(client, anonymous, survey_database, clock):
    survey_id = await create_tour(client)
    for _ in range(2):
        person = Respondent(anonymous, await create_link(survey_database, clock, survey_id))
        await person.open()
        await person.send(overall="4", recommend="9")
    before = (await client.get(f"/v1/surveys/{survey_id}/drop-off")).json()
    clock.advance(timedelta(days=30))
    assert await purge(survey_database, clock) == 0
    clock.advance(timedelta(days=1))
    assert await purge(survey_database, clock) == 2
    after = (await client.get(f"/v1/surveys/{survey_id}/drop-off")).json()
    assert after["items"] == before["items"]
    assert (before["in_progress"], before["expired"]) == (2, 0)
    assert (after["in_progress"], after["expired"]) == (0, 2)
    assert "Page 1 of 3" in (await Respondent(anonymous, person.token).open()).text


async def purge(database, clock) -> int:
    async with database.transaction() as session:
        return await retention.purges()["partial_response"](session, clock.now())


@pytest.mark.asyncio
async def test_a_survey_without_forms_has_an_empty_drop_off(client):
    survey_id = await create_tour(client)
    report = (await client.get(f"/v1/surveys/{survey_id}/drop-off")).json()
    assert (report["started"], {item["shown"] for item in report["items"]}) == (0, {0})
    assert (await client.get(f"/v1/surveys/{uuid4()}/drop-off")).status_code == 404
