"""Progress reports when a customer has heard nothing, and requests to answer whether it is solved."""

from datetime import timedelta

import pytest
import pytest_asyncio

from heed_complaint.correspondence.timers import service
from tests.complaint.correspondence.test_updates import ACCEPT, COMPLETE, clock_of, shown
from tests.complaint.factories.correspondence import allow_messages, queued, report_sent, set_message_policy
from tests.complaint.test_api import moved, opened

pytestmark = pytest.mark.asyncio

DAY = timedelta(days=1)
THREE_WORKING_DAYS = 3 * DAY
"""It is noon of a Monday."""
CONTACT = {"action": "contact"}
WAIT = {"action": "wait_for_customer", "reason": "The serial number is missing"}


@pytest_asyncio.fixture(autouse=True)
async def _messages_allowed(complaint_database):
    await allow_messages(complaint_database)


@pytest.fixture
def due(complaint_database, clock):
    """Let the time pass, do what the worker does, and return the templates of the messages that it queued."""

    async def let_pass(time):
        clock.advance(time)
        before = {message["id"] for message in await queued(complaint_database)}
        async with complaint_database.transaction() as session:
            await service.send_due(session, now=clock.now())
        new = [message for message in await queued(complaint_database) if message["id"] not in before]
        return [message["template"].removeprefix("complaint.") for message in new]

    return let_pass


async def test_a_customer_who_has_heard_nothing_for_three_working_days_gets_a_report(client, due, complaint_database):
    await opened(client)
    assert await due(THREE_WORKING_DAYS - timedelta(minutes=1)) == []
    assert await due(timedelta(minutes=1)) == ["progress"]
    params = (await queued(complaint_database))[-1]["params"]
    assert (params["missed"], params["update_by"]) == (True, "12 March 2026, 20:00")
    assert await due(DAY) == []


async def test_the_report_meets_its_milestone_and_the_next_one_is_due_after_as_much_time(
    client, due, complaint_database, clock
):
    complaint = await opened(client)
    await due(THREE_WORKING_DAYS)
    message = (await queued(complaint_database))[-1]
    await report_sent(complaint_database, message["id"], now=clock.now())
    states = [each["state"] for each in (await shown(client, complaint))["sla"] if each["milestone"] == "progress"]
    assert states == ["met", "running"]
    assert await due(THREE_WORKING_DAYS) == []  # A weekend lies between.
    assert await due(2 * DAY) == ["progress"]


async def test_an_agent_who_calls_or_writes_puts_the_report_off(client, due, complaint_database, clock):
    complaint = await moved(client, await opened(client), ACCEPT)
    await due(2 * DAY)
    await moved(client, complaint, CONTACT)
    assert await due(DAY) == []
    path = f"/v1/complaints/{complaint['id']}/messages"
    written = (await client.post(path, json={"visibility": "customer", "text": "Soon"})).json()
    await report_sent(complaint_database, written["id"], now=clock.now())
    assert await due(2 * DAY) == []
    assert clock_of(await shown(client, complaint), "progress")["number"] == 1


async def test_no_report_is_due_while_we_wait_for_the_customer(client, due):
    complaint = await moved(client, await opened(client), ACCEPT, WAIT)
    assert await due(10 * DAY) == []
    await moved(client, complaint, {"action": "resume"})
    assert await due(2 * DAY) == []
    assert await due(3 * DAY) == ["progress"]


async def test_a_report_that_never_came_is_a_missed_milestone(client, due, complaint_database):
    await set_message_policy(client, progress={"after_days": 20})
    complaint = await opened(client)
    await due(8 * DAY)
    assert clock_of(await shown(client, complaint), "progress")["state"] == "missed"


async def test_nothing_is_reported_after_the_end(client, due):
    complaint = await moved(client, await opened(client), ACCEPT, COMPLETE)
    assert clock_of(await shown(client, complaint), "progress")["state"] == "cancelled"
    assert await due(30 * DAY) == []


async def test_the_request_to_answer_is_sent_where_the_operator_wants_it(client, due):
    await set_message_policy(client, call_back={"enabled": True})
    await moved(client, await opened(client), ACCEPT, COMPLETE)
    assert await due(2 * DAY) == ["call_back"]
    assert await due(10 * DAY) == []


async def test_a_customer_who_has_answered_gets_no_request(client, due):
    await set_message_policy(client, call_back={"enabled": True})
    answer = {"action": "call_back", "solved": True}
    response = {"action": "complete", "resolution": "Replaced"}
    await moved(client, await opened(client), ACCEPT, response, answer)
    assert await due(2 * DAY) == []
