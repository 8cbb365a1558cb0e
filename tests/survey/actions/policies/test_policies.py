"""A low answer leads to a complaint or a care task, once for each customer and matter within a period."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from heed_common import inbox
from heed_survey.handlers import HANDLERS
from tests.conftest import NOON
from tests.scoring.factories import make_merge, make_registration, received
from tests.survey.factories import CUSTOMER, create_published, make_item, published_events

pytestmark = pytest.mark.asyncio
LOW = {"field": "effort", "op": "le", "value": 2}
COMPLAINT = {"when": LOW, "action": "complaint", "matter": "delivery"}
CARE_TASK = {"when": LOW, "action": "care_task", "matter": "service", "owner": "ann", "due_in_days": 3}
FOUND = "heed.dissatisfaction.found"


@pytest_asyncio.fixture
async def survey(client):
    return await create_published(client, title={"en": "How was it?", "zh": "怎么样？"}, items=[make_item()])


async def put(client, survey, name, **body):
    response = await client.put(f"/v1/surveys/{survey['id']}/policies/{name}", json=body)
    assert response.status_code == 201, response.text
    return response


async def answer(client, survey, effort=1, **overrides):
    body = {"customer_id": CUSTOMER, "answers": {"effort": effort}} | overrides
    response = await client.post(f"/v1/surveys/{survey['id']}/responses", json=body)
    assert response.status_code == 201, response.text
    return response.json()


async def care_tasks(client, **query):
    response = await client.get("/v1/surveys/care-tasks", params=query)
    assert response.status_code == 200, response.text
    return response.json()["items"]


async def test_a_low_answer_requests_a_complaint_about_the_matter(client, survey, survey_database):
    await put(client, survey, "low", **COMPLAINT)
    await answer(client, survey, effort=3)
    assert await published_events(survey_database, FOUND) == []
    response = await answer(client, survey, effort=2)
    (found,) = await published_events(survey_database, FOUND)
    assert found.data["response_id"] == response["id"]
    assert (found.data["customer_id"], found.data["matter"], found.data["policy"]) == (CUSTOMER, "delivery", "low")
    assert found.aggversion > 2


async def test_a_low_answer_opens_a_care_task(client, survey):
    await put(client, survey, "care", **CARE_TASK)
    response = await answer(client, survey)
    (task,) = await care_tasks(client, state="open", owner="ann", customer_id=CUSTOMER)
    assert (task["response_id"], task["matter"], task["due_on"]) == (response["id"], "service", "2026-03-05")
    assert await care_tasks(client, owner="bob") == []


async def test_a_second_low_answer_within_the_period_leads_to_nothing(client, survey, survey_database, clock):
    await put(client, survey, "low", **COMPLAINT)
    await put(client, survey, "care", **CARE_TASK)
    await put(client, survey, "billing", **COMPLAINT | {"matter": "billing"})
    for _ in range(2):
        await answer(client, survey)
    assert sorted(one.data["matter"] for one in await published_events(survey_database, FOUND)) == [
        "billing",
        "delivery",
    ]
    assert len(await care_tasks(client)) == 1
    clock.advance(timedelta(days=91))
    await answer(client, survey)
    assert len(await published_events(survey_database, FOUND)) == 4
    assert len(await care_tasks(client)) == 2


async def test_merged_customers_count_as_one(client, survey, survey_database):
    survivor, duplicate = uuid4(), uuid4()
    async with survey_database.transaction() as session:
        events = [make_registration(survivor), make_registration(duplicate), make_merge(duplicate, survivor)]
        batch = [received(event, aggversion=version) for version, event in enumerate(events, 1)]
        await inbox.build_batch_handler(HANDLERS)(session, batch, NOON)
    await put(client, survey, "low", **COMPLAINT)
    await answer(client, survey, customer_id=str(survivor))
    await answer(client, survey, customer_id=str(duplicate))
    assert len(await published_events(survey_database, FOUND)) == 1


async def test_answers_of_one_customer_at_the_same_time_lead_to_one_care_task(client, survey):
    await put(client, survey, "care", **CARE_TASK)
    await asyncio.gather(*(answer(client, survey) for _ in range(8)))
    assert len(await care_tasks(client)) == 1


async def test_a_response_without_a_customer_and_a_disabled_policy_lead_to_nothing(client, survey, survey_database):
    await put(client, survey, "low", **COMPLAINT)
    await put(client, survey, "care", **CARE_TASK | {"enabled": False})
    await answer(client, survey, customer_id=None)
    assert await published_events(survey_database, FOUND) == []
    await answer(client, survey)
    assert await care_tasks(client) == []


async def test_of_two_policies_for_one_matter_the_first_by_name_applies(client, survey):
    await put(client, survey, "b", **CARE_TASK)
    await put(client, survey, "a", **CARE_TASK | {"owner": "bob"})
    await answer(client, survey)
    assert [task["owner"] for task in await care_tasks(client)] == ["bob"]


async def test_a_policy_is_changed_with_its_etag_listed_and_deleted(client, survey):
    created = await put(client, survey, "low", **COMPLAINT)
    path = f"/v1/surveys/{survey['id']}/policies"
    assert (await client.put(f"{path}/low", json=CARE_TASK)).status_code == 428
    match = {"If-Match": created.headers["ETag"]}
    changed = await client.put(f"{path}/low", json=CARE_TASK, headers=match)
    assert (changed.status_code, changed.json()["action"]) == (200, "care_task")
    assert (await client.put(f"{path}/low", json=CARE_TASK, headers=match)).status_code == 412
    assert [policy["name"] for policy in (await client.get(path)).json()["items"]] == ["low"]
    assert (await client.get(f"{path}/low")).json() == changed.json()
    assert (await client.delete(f"{path}/low")).status_code == 204
    assert (await client.get(f"{path}/low")).json()["code"] == "policy_not_found"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (COMPLAINT | {"when": {"field": "speed", "op": "le", "value": 2}}, "condition_invalid"),
        (COMPLAINT | {"when": {"field": "customer.name", "op": "eq", "value": "Ana"}}, "condition_invalid"),
        (COMPLAINT | {"action": "email"}, "validation_failed"),
        (COMPLAINT | {"matter": "weather"}, "validation_failed"),
        (COMPLAINT | {"within_days": 0}, "validation_failed"),
    ],
)
async def test_a_policy_that_could_never_apply_is_refused(client, survey, body, code):
    response = await client.put(f"/v1/surveys/{survey['id']}/policies/low", json=body)
    assert (response.status_code, response.json()["code"]) == (422, code)
