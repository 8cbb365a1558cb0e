"""A file of paper questionnaires has an order, and who collected them may know whose the first is, and the second.

So an attacker with the database must not read the file while it waits, nor find its order in what becomes of it.
"""

import pytest

from heed_survey.responses.answers import MAX_TEXT
from tests.survey.anonymity import naive
from tests.survey.anonymity.attacker import in_group, markers
from tests.survey.anonymity.chance import compare
from tests.survey.anonymity.study import BODY, MAX_WORDS, PEOPLE, Person, Study, close, release
from tests.survey.anonymity.test_order import CHANNELS
from tests.survey.collection.imports.test_imports import process, upload
from tests.survey.factories import STUDY, create_published

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]

STUDIES = 2
"""Enough people for an order to show."""


async def collect_on_paper(client):
    survey = await create_published(client, anonymous=True, study=STUDY, **BODY)
    return Study(survey, [Person("") for _ in range(PEOPLE)])


def to_file(study):
    lines = [[str(person.overall), person.answers.get("why", ""), person.comment] for person in study.people]
    return "\n".join(map(",".join, [["overall", "why", "comment"], *lines]))


async def upload_file(client, study):
    response = await upload(client, study.survey, to_file(study))
    assert response.status_code == 202, response.text


def hidden(study):
    return [marker.encode() for marker in study.markers]


async def test_a_file_that_waits_is_read_by_no_one_who_has_the_database(client, attacker):
    async with attacker.recording():
        study = await collect_on_paper(client)
        await upload_file(client, study)
    assert len(await attacker.rows("response_import_chunk")) == 1
    assert await attacker.find(hidden(study)) == set()


async def test_a_file_that_was_processed_leaves_nothing_readable_before_its_release(
    client, survey_database, clock, attacker
):
    async with attacker.recording():
        study = await collect_on_paper(client)
        await upload_file(client, study)
        await process(survey_database, clock)
    assert [row["size"] for row in await attacker.rows("response_pool")] == [PEOPLE]
    assert await attacker.find(hidden(study)) == set()


async def test_control_a_file_that_is_stored_as_it_was_sent_has_everyone_in_order(client, survey_database, attacker):
    async with attacker.recording():
        study = await collect_on_paper(client)
        await naive.store_file(survey_database, to_file(study))
    assert await attacker.find(hidden(study)) == set(hidden(study))
    (row,) = await attacker.rows("naive_file")
    assert compare([(markers(row["lines"].encode()), study.markers)]).is_complete


async def test_no_order_of_the_responses_is_that_of_their_file(client, survey_database, clock, attacker):
    guesses = {}
    async with attacker.recording():
        studies = [await collect_on_paper(client) for _ in range(STUDIES)]
        for study in studies:
            await upload_file(client, study)
            await process(survey_database, clock)
            await close(client, study)
            await release(survey_database, clock)
    for study in studies:
        (group,) = await attacker.groups(study.id)
        for channel, order in (await attacker.orders(study.id)).items():
            guesses.setdefault(channel, []).append((in_group(order, group), study.markers))
    assert guesses.keys() == CHANNELS
    verdicts = {channel: compare(pairs) for channel, pairs in guesses.items()}
    assert {channel: verdict for channel, verdict in verdicts.items() if not verdict.is_chance} == {}


async def test_a_file_of_one_response_has_one_length_whatever_was_written(client, attacker):
    lengths = set()
    for words in (0, MAX_WORDS, (MAX_TEXT - 30) // len(" word")):
        study = await collect_on_paper(client)
        study.people = [Person("", overall=3, words=words)]
        await upload_file(client, study)
    for row in await attacker.rows("response_import_chunk"):
        lengths.add(len(row["lines"]))
    assert len(lengths) == 1


async def test_control_files_of_other_surveys_have_the_length_of_their_lines(client, attacker):
    for words in (0, MAX_WORDS):
        study = Study(await create_published(client, **BODY), [Person("", overall=3, words=words)])
        await upload_file(client, study)
    assert len({len(row["lines"]) for row in await attacker.rows("response_import_chunk")}) == 2


async def test_a_file_under_an_idempotency_key_leaves_no_hash_of_its_content(client, attacker):
    study = await collect_on_paper(client)
    headers = {"Content-Type": "text/csv", "Idempotency-Key": "paper"}
    params = {"survey_id": study.id}
    await client.post("/v1/imports/responses", params=params, content=to_file(study), headers=headers)
    (stored,) = [row for row in await attacker.rows("idempotency") if row["key"] == "paper"]
    assert stored["body_hash"] == b""
