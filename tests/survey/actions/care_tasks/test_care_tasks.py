"""A care task moves through its states, and only to those that its state allows."""

from uuid import uuid4

import pytest
import pytest_asyncio

from heed_survey.actions.care_tasks import service
from heed_survey.actions.care_tasks.rules import ACTIONS, CareTaskAction, CareTaskState
from tests.conftest import NOON

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def path(survey_database):
    async with survey_database.transaction() as session:
        task = await service.create_task(
            session,
            survey_id=uuid4(),
            response_id=uuid4(),
            customer_id=uuid4(),
            matter="service",
            owner="ann",
            due_on=NOON.date(),
            now=NOON,
        )
    return f"/v1/surveys/care-tasks/{task.id}"


async def move(client, path, action, **body):
    return await client.post(f"{path}/transitions", json={"action": action} | body)


async def test_a_care_task_is_started_handed_over_completed_and_reopened(client, path):
    assert (await move(client, path, "start", owner="bob")).json()["owner"] == "bob"
    assert (await move(client, path, "complete")).json()["state"] == "done"
    assert (await move(client, path, "reopen")).json()["state"] == "open"
    assert (await client.get(path)).json()["owner"] == "bob"


async def test_what_the_state_does_not_allow_is_refused_with_what_it_allows(client, path):
    assert (await move(client, path, "cancel")).status_code == 200
    refused = await move(client, path, "complete")
    assert (refused.status_code, refused.json()["code"]) == (409, "transition_not_allowed")
    assert refused.json()["allowed"] == ["reopen"]


async def test_a_change_of_another_is_not_overwritten(client, path):
    tag = (await client.get(path)).headers["ETag"]
    assert (await move(client, path, "start")).status_code == 200
    late = await client.post(f"{path}/transitions", json={"action": "cancel"}, headers={"If-Match": tag})
    assert late.status_code == 412


async def test_an_unknown_task_is_a_clear_problem(client):
    response = await client.get(f"/v1/surveys/care-tasks/{uuid4()}")
    assert (response.status_code, response.json()["code"]) == (404, "care_task_not_found")


async def test_every_state_can_be_left_and_reached():
    assert ACTIONS.keys() == set(CareTaskState)
    assert {state for actions in ACTIONS.values() for state in actions.values()} == set(CareTaskState)
    assert {action for actions in ACTIONS.values() for action in actions} == set(CareTaskAction)
