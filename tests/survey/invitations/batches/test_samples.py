"""A sample is invited by a job, page by page."""

import pytest
import pytest_asyncio

from heed_survey.invitations.batches import service
from tests.survey.call_backs.test_call_backs import Case
from tests.survey.factories import create_published
from tests.survey.invitations.factories import publish_anonymous
from tests.survey.sampling.factories import STUDY, add_customers, members_of

SIMPLE = {"method": "simple", "size": 20, "seed": 7}
pytestmark = pytest.mark.asyncio


class Interrupted(Exception):
    """The process is killed before the commit."""


@pytest_asyncio.fixture
async def survey(client):
    return await create_published(client, template="satisfaction", study=STUDY)


async def draw(client, database, survey, **body):
    async with database.transaction() as session:
        await add_customers(session, north=30)
    response = await client.post(f"/v1/surveys/{survey['id']}/samples", json=SIMPLE | body)
    assert response.status_code == 201, response.text
    return response.json()


async def request(client, survey, sample_id, *, dry_run=False):
    path = f"/v1/surveys/{survey['id']}/invitations"
    return await client.post(path, json={"sample_id": sample_id}, params={"dry_run": "true"} if dry_run else {})


async def progress(client, survey, batch):
    return (await client.get(f"/v1/surveys/{survey['id']}/invitation-batches/{batch['id']}")).json()


async def work_off(database, clock, *, killed=False):
    try:
        async with database.transaction() as session:
            found = await service.work_off(session, now=clock.now(), page_size=8)
            if killed:
                raise Interrupted
            return found
    except Interrupted:
        return None


async def invited(client, survey):
    response = await client.get(f"/v1/surveys/{survey['id']}/invitations", params={"limit": "200"})
    return [item["customer_id"] for item in response.json()["items"]]


async def test_a_sample_is_worked_off_in_pages_with_progress(client, survey_database, survey, clock):
    sample = await draw(client, survey_database, survey)
    batch = (await request(client, survey, sample["id"])).json()
    assert (batch["state"], batch["total"], batch["processed"]) == ("running", 20, 0)
    seen = []
    while await work_off(survey_database, clock):
        seen.append((await progress(client, survey, batch))["processed"])
    assert seen == [8, 16, 20, 20]
    assert (await progress(client, survey, batch))["state"] == "done"
    members = {member["customer_id"] for member in await members_of(client, sample)}
    assert set(await invited(client, survey)) == members
    assert len(await invited(client, survey)) == 20


async def test_a_process_that_is_killed_in_a_page_invites_each_member_once(client, survey_database, survey, clock):
    sample = await draw(client, survey_database, survey)
    await request(client, survey, sample["id"])
    for killed in (True, False, True, True, False, False, False):
        await work_off(survey_database, clock, killed=killed)
    assert len(await invited(client, survey)) == len(set(await invited(client, survey))) == 20


async def test_a_dry_run_of_a_sample_counts_the_outcomes_and_stores_nothing(client, survey_database, survey):
    sample = await draw(client, survey_database, survey)
    member = (await members_of(client, sample))[0]["customer_id"]
    await Case(survey_database, customer_id=member).open()
    found = (await request(client, survey, sample["id"], dry_run=True)).json()
    assert (found["state"], found["outcomes"]) == ("dry_run", {"queued": 19, "complaint_open": 1})
    assert await invited(client, survey) == []


async def test_a_survey_that_is_closed_meanwhile_invites_no_more(client, survey_database, survey, clock):
    sample = await draw(client, survey_database, survey)
    batch = (await request(client, survey, sample["id"])).json()
    await work_off(survey_database, clock)
    assert (await client.post(f"/v1/surveys/{survey['id']}/close")).status_code == 200
    while await work_off(survey_database, clock):
        pass
    assert (await progress(client, survey, batch))["state"] == "done"
    assert len(await invited(client, survey)) == 8


async def test_an_unknown_sample_is_not_found_and_a_small_one_not_anonymous(client, survey_database, survey):
    unknown = await request(client, survey, survey["id"])
    assert (unknown.status_code, unknown.json()["code"]) == (404, "sample_not_found")
    anonymous = await publish_anonymous(client)
    sample = await draw(client, survey_database, anonymous, size=4)
    small = await request(client, anonymous, sample["id"])
    assert (small.status_code, small.json()["code"]) == (422, "group_too_small")


async def test_a_request_names_customers_or_a_sample(client, survey):
    path = f"/v1/surveys/{survey['id']}/invitations"
    for body in ({}, {"customer_ids": [survey["id"]], "sample_id": survey["id"]}):
        assert (await client.post(path, json=body)).status_code == 422
