"""After a restore, responses since the backup are there with their answers on scales, and count in their quotas."""

import pytest
from sqlalchemy import text

from heed_survey.responses.anonymous import service as anonymous
from tests.survey.backups import back_up, found, restore
from tests.survey.collection.imports.test_imports import imported
from tests.survey.factories import CUSTOMER, TEXTS, create_anonymous, create_published, make_item, respond
from tests.survey.responses.anonymous.test_release import answer, release, rows
from tests.survey.sampling.factories import NORTH, STUDY, add_customers

pytestmark = pytest.mark.asyncio
VISIT = {
    "code": "visit",
    "text": TEXTS,
    "type": "single",
    "options": [{"code": code, "text": {"en": code, "zh": code}} for code in ("first", "repeated")],
}
WHY = {"code": "why", "text": TEXTS, "type": "text"}
ITEMS = [make_item(), VISIT, WHY]
ANSWERS = {"effort": 6, "visit": "first", "why": "Quick and kind"}
FIRST = {"field": "visit", "op": "eq", "value": "first"}
DETAILS = {"mode": "phone", "wave": "w2", "interviewer": "i-7", "seconds": 90, "design": {"weight": 2.5}}


async def listed(client, survey):
    response = await client.get(f"/v1/surveys/{survey['id']}/responses", params={"limit": 200})
    return response.json()["items"]


async def quota_counts(client, survey):
    quotas = (await client.get(f"/v1/surveys/{survey['id']}/quotas")).json()["quotas"]
    return {quota["name"]: quota["taken"] for quota in quotas}


async def test_a_response_is_there_with_its_known_part_and_marked(client, survey_database):
    survey = await create_published(client, title=TEXTS, items=ITEMS)
    await back_up(survey_database)
    original = (await respond(client, survey, external_id="r-1", answers=ANSWERS, **DETAILS)).json()
    assert original["recovered"] is False
    findings = await restore(survey_database)
    assert found(findings, "response") == [("recovered", "its answers on scales")]
    (recovered,) = await listed(client, survey)
    assert recovered["recovered"] is True
    assert recovered["answers"] == {"effort": 6}
    same = ("id", "external_id", "customer_id", "survey_version", "mode", "wave", "flags", "answered_at")
    assert {name: recovered[name] for name in same} == {name: original[name] for name in same}


async def test_the_request_that_is_repeated_completes_it(client, survey_database):
    survey = await create_published(client, title=TEXTS, items=ITEMS)
    await back_up(survey_database)
    original = (await respond(client, survey, external_id="r-1", answers=ANSWERS, **DETAILS)).json()
    await restore(survey_database)
    other = await respond(client, survey, external_id="r-1", answers=ANSWERS | {"effort": 5}, **DETAILS)
    assert (other.status_code, other.json()["code"]) == (409, "external_id_conflict")
    again = await respond(client, survey, external_id="r-1", answers=ANSWERS, **DETAILS)
    assert (again.status_code, again.json()) == (200, original | {"received_at": again.json()["received_at"]})
    assert await listed(client, survey) == [again.json()]


async def import_file(client, database, clock, survey):
    lines = [f"r-{number},{CUSTOMER},{number},first,Quick,{number}.5" for number in (1, 2)]
    content = "\n".join(["external_id,customer_id,effort,visit,why,design.weight", *lines])
    report = await imported(client, database, clock, survey, content)
    assert report["state"] == "done", report


async def test_a_file_that_is_imported_again_completes_its_responses(client, survey_database, clock):
    survey = await create_published(client, title=TEXTS, items=ITEMS)
    await back_up(survey_database)
    await import_file(client, survey_database, clock, survey)
    original = await listed(client, survey)
    await restore(survey_database)
    assert [item["recovered"] for item in await listed(client, survey)] == [True, True]
    await import_file(client, survey_database, clock, survey)
    again = await listed(client, survey)
    assert [item | {"received_at": None} for item in again] == [item | {"received_at": None} for item in original]


async def test_quotas_count_what_was_answered_since_the_backup(client, survey_database):
    quotas = [
        {"name": "north", "when": NORTH, "limit": 3},
        {"name": "first", "when": FIRST, "limit": 9},
        {"name": "all", "when": {"all": []}, "limit": 9},
    ]
    survey = await create_published(client, title=TEXTS, items=ITEMS, quotas=quotas, study=STUDY)
    async with survey_database.transaction() as session:
        known = await add_customers(session, north=1)
    await respond(client, survey, customer_id=str(known[0]), answers=ANSWERS)
    await back_up(survey_database)
    async with survey_database.transaction() as session:
        # Registered after the backup: that they are of the north is unknown until their events are read again.
        new = await add_customers(session, north=2, south=1)
    for customer_id in new:
        await respond(client, survey, customer_id=str(customer_id), answers=ANSWERS | {"visit": "repeated"})
    before = await quota_counts(client, survey)
    await restore(survey_database)
    assert await quota_counts(client, survey) == before == {"north": 3, "first": 1, "all": 4}
    refused = await respond(client, survey, customer_id=str(known[0]), answers=ANSWERS)
    assert (refused.status_code, refused.json()["code"]) == (409, "quota_full")


async def test_anonymous_responses_that_the_pool_of_the_backup_still_has_are_not_released_twice(
    client, survey_database, clock
):
    survey = await create_anonymous(client)
    await answer(client, survey, 1, 2, 3, 4)
    await back_up(survey_database)
    await answer(client, survey, 5, 5)
    assert await release(survey_database, clock) == 1
    before = {(row["id"], row["answers"]["satisfaction"]) for row in await rows(survey_database)}
    findings = await restore(survey_database)
    after = await rows(survey_database)
    assert {(row["id"], row["answers"]["satisfaction"]) for row in after} == before
    assert sorted(row["answers"]["satisfaction"] for row in after if row["is_recovered"]) == [5, 5]
    assert sorted(found(findings, "response")) == [("recovered", "")] * 4 + [("recovered", "its answers on scales")] * 2
    async with survey_database.transaction() as session:
        assert await anonymous.pool_size(session, survey_id=after[0]["survey_id"]) == 0
    await client.post(f"/v1/surveys/{survey['id']}/close")
    assert await release(survey_database, clock) == 0
    assert len(await rows(survey_database)) == 6


async def test_what_a_restore_cannot_know_of_an_anonymous_survey_is_reported(client, survey_database, clock):
    survey = await create_anonymous(client)
    await back_up(survey_database)
    await answer(client, survey, 1, 2, 3, 4, 5)
    await release(survey_database, clock)
    findings = await restore(survey_database)
    assert found(findings, "survey") == [("lost", "which of its links were used: they accept another response")]


async def test_a_survey_that_the_backup_lacks_stays_anonymous(client, survey_database, clock):
    await back_up(survey_database)
    survey = await create_anonymous(client, template="satisfaction", min_group=7)
    await answer(client, survey, *range(1, 6), 1, 2)
    await release(survey_database, clock)
    await restore(survey_database)
    found_again = (await client.get(f"/v1/surveys/{survey['id']}")).json()
    assert (found_again["anonymous"], found_again["min_group"]) == (True, 7)
    assert len(await rows(survey_database)) == 7
    filtered = await client.get(f"/v1/surveys/{survey['id']}/responses", params={"mode": "web"})
    assert (filtered.status_code, filtered.json()["code"]) == (422, "anonymous_not_filtered")


async def test_a_customer_gets_no_second_complaint_about_a_matter(client, survey_database):
    survey = await create_published(client)
    policy = {
        "when": {"field": "satisfaction", "op": "le", "value": 2},
        "action": "complaint",
        "matter": "delivery",
    }
    put = await client.put(f"/v1/surveys/{survey['id']}/policies/low", json=policy)
    assert put.status_code == 201, put.text
    await back_up(survey_database)
    await respond(client, survey)
    findings = await restore(survey_database)
    assert found(findings, "follow_up") == [("recovered", "delivery")]
    await respond(client, survey)
    async with survey_database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM follow_up")) == 1
