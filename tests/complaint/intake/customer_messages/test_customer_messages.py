"""Messages of customers after the opening: requests of users of similar systems, against the running service."""

import asyncio

import pytest

from heed_complaint.resolution.callback_answers import service as answers
from tests.complaint.factories.complaints import names
from tests.complaint.factories.messages import (
    ACCEPT,
    CLOSE,
    COMMIT,
    COMPLETE,
    CONTACT,
    DAY,
    WAIT,
    events_of,
    set_policy,
)
from tests.complaint.test_api import moved

pytestmark = pytest.mark.asyncio


@pytest.fixture(params=["mail", "link"])
def write(request, case):
    """Both ways in which a customer writes."""
    return {"mail": case.by_mail, "link": case.over_link}[request.param]


# uvdesk/community-skeleton#58, frappe/helpdesk#1554
async def test_i_want_my_reply_to_end_the_pause_and_to_be_published(case, write, complaint_database, clock):
    await case.move(ACCEPT, WAIT)
    clock.advance(DAY)
    await write("My number is unlisted")
    shown = await case.shown()
    assert (shown["paused"], shown["state"]) == (False, "accepted")
    assert next(each for each in shown["sla"] if each["milestone"] == "resolution")["state"] == "running"
    assert shown["customer_wrote_at"] is not None
    events = await events_of(complaint_database, case.id)
    events = [event for event in events if not event.type.startswith("heed.sla.")]
    assert names(events)[-2:] == ["complaint.message_received", "complaint.resumed"]
    received = events[-2]
    (message,) = (await case.client.get(f"{case.path}/messages")).json()["items"]
    assert received.data["message_id"] == message["id"]
    assert received.data["channel"] in {"mail", "web"}
    assert "unlisted" not in received.model_dump_json()
    history = (await case.client.get(f"{case.path}/history")).json()["items"]
    assert ("customer", "resume") in {(entry["by"], entry["action"]) for entry in history}


async def test_i_want_the_status_to_show_that_my_message_arrived(case, write):
    await case.move(ACCEPT, WAIT)
    assert (await case.page())["state"] == "waiting_for_you"
    await write()
    page = await case.page()
    assert (page["state"], page["label"]) == ("message_received", "We have received your message and will answer it.")
    chinese = (await case.anonymous.get(f"{case.link}?lang=zh", headers={"Accept": "application/json"})).json()
    assert chinese["label"] == "我们已收到您的留言，会尽快答复您。"
    await case.desk_writes()
    assert (await case.page())["state"] == "accepted"


# SupportFlow#235
async def test_i_want_to_see_in_the_queue_which_customers_wrote_and_when(case, write, clock):
    await case.move(ACCEPT, CONTACT, COMPLETE)
    await set_policy(case.client, message_after_completion="nothing")
    assert await case.queued() == []
    await write()
    assert await case.queued() == [(case.id, "customer_wrote")]
    assert await case.queued(customer_wrote=True) == [(case.id, "customer_wrote")]
    assert await case.queued(customer_wrote=False) == []
    for sort in ("-opened_at", "-expected_value_saved"):
        listed = (await case.client.get("/v1/complaints", params={"customer_wrote": True, "sort": sort})).json()
        assert [item["id"] for item in listed["items"]] == [case.id]
        listed = (await case.client.get("/v1/complaints", params={"customer_wrote": False, "sort": sort})).json()
        assert listed["items"] == []


async def test_i_want_customers_who_wrote_to_rank_higher_in_the_queue(case, write, client, send_mail):
    await case.move(ACCEPT, CONTACT, COMPLETE)
    await set_policy(client, message_after_completion="nothing")
    others = {(await send_mail(number, text=f"Other {number}"))["complaint_id"] for number in range(10, 13)}
    waiting = await moved(client, {"id": min(others)}, ACCEPT, CONTACT, COMMIT, WAIT)
    await write()
    order = [complaint_id for complaint_id, _ in await case.queued()]
    assert set(order) == {case.id, *others}
    assert order.index(case.id) < order.index(waiting["id"])


@pytest.mark.parametrize("how", ["answer", "move", "dismiss"])
async def test_i_want_to_clear_the_message_by_a_reply_a_transition_or_a_dismissal(case, how):
    await case.move(ACCEPT)
    await case.by_mail("Thank you!")
    await case.desk_writes("internal")
    assert (await case.shown())["customer_wrote_at"] is not None
    if how == "answer":
        await case.desk_writes()
    elif how == "move":
        await case.move(CONTACT)
    else:
        tag = (await case.client.get(case.path)).headers["etag"]
        dismissed = await case.client.patch(case.path, json={"customer_wrote_at": None}, headers={"If-Match": tag})
        assert dismissed.status_code == 200, dismissed.text
    assert (await case.shown())["customer_wrote_at"] is None
    assert await case.queued() == [(case.id, None)]


@pytest.mark.parametrize(
    ("path", "given"), [("transitions", COMPLETE), ("messages", {"visibility": "customer", "text": "Done"})]
)
async def test_i_want_an_unread_message_to_stay_unanswered_by_my_other_actions(case, path, given):
    await case.move(ACCEPT)
    read = (await case.client.get(case.path)).headers["etag"]
    await case.over_link("Wait, it is the other one")
    late = await case.client.post(f"{case.path}/{path}", json=given, headers={"If-Match": read})
    assert late.status_code == 412
    assert (await case.shown())["customer_wrote_at"] is not None


async def test_i_want_the_moment_of_the_first_unanswered_message(case, clock):
    await case.by_mail("One")
    first = (await case.shown())["customer_wrote_at"]
    clock.advance(DAY)
    await case.over_link("Two")
    assert (await case.shown())["customer_wrote_at"] == first


# osTicket#3975, handesk#58
@pytest.mark.parametrize("then", [(), ({"action": "confirm", "accepted": True},), (CLOSE,)])
async def test_i_want_my_objection_after_the_completion_to_reopen_it(case, write, complaint_database, then):
    await case.move(ACCEPT, COMPLETE, *then)
    await write("No, the new one leaks too.")
    shown = await case.shown()
    assert (shown["state"], shown["completed_at"], shown["ended_at"]) == ("accepted", None, None)
    assert shown["customer_wrote_at"] is not None
    assert names(await events_of(complaint_database, case.id))[-2:] == [
        *("complaint.message_received", "complaint.reopened"),
    ]


@pytest.mark.parametrize(("reaction", "escalation"), [("nothing", 0), ("escalate", 1)])
async def test_i_want_a_reply_to_count_as_a_response(case, write, complaint_database, clock, reaction, escalation):
    await set_policy(case.client, message_after_completion=reaction)
    await case.move(ACCEPT, COMPLETE)
    clock.advance(13 * DAY)
    await write("No, the new one leaks too.")
    clock.advance(30 * DAY)
    await end_silence(complaint_database, clock)
    shown = await case.shown()
    assert (shown["state"], shown["escalation"]) == ("completed", escalation)
    await case.desk_writes()
    clock.advance(13 * DAY)
    await end_silence(complaint_database, clock)
    assert (await case.shown())["state"] == "completed"
    clock.advance(DAY)
    await end_silence(complaint_database, clock)
    assert (await case.shown())["state"] == "closed"


async def end_silence(database, clock):
    async with database.transaction() as session:
        await answers.close_or_reopen_unanswered(session, now=clock.now())


@pytest.mark.parametrize("action", ["decline", "refer", "withdraw"])
async def test_i_want_an_agent_to_read_my_message_about_a_declined_complaint(case, write, clock, action):
    ended = await case.move({"action": action, "reason": "Not ours"})
    await write("But it is yours!")
    shown = await case.shown()
    assert (shown["state"], shown["ended_at"]) == (ended["state"], ended["ended_at"])
    assert await case.queued() == [(case.id, "customer_wrote")]
    assert (await case.page())["state"] == "message_received"
    await case.desk_writes()
    assert await case.queued() == []


async def test_i_want_mails_of_strangers_and_of_the_desk_to_change_nothing(case, complaint_database, clock):
    await case.move(ACCEPT, WAIT)
    before = names(await events_of(complaint_database, case.id))
    await case.by_mail("I am somebody else", **{"from": "mallory@evil.example"})
    await case.by_mail("A colleague", number=3, **{"from": "desk@crm.example"})
    await case.by_mail("I am away", number=4, auto_submitted="auto-replied")
    await case.desk_writes()
    shown = await case.shown()
    assert (shown["paused"], shown["customer_wrote_at"]) == (True, None)
    assert names(await events_of(complaint_database, case.id)) == before
    assert (await case.page())["state"] == "waiting_for_you"


async def test_i_want_a_message_that_arrives_twice_to_count_once(case, complaint_database):
    await case.move(ACCEPT, WAIT)
    for _ in range(2):
        await case.by_mail("It is 123")
    for _ in range(2):
        await case.over_link("It is 123", key="0123456789abcdef")
    event_names = names(await events_of(complaint_database, case.id))
    assert (event_names.count("complaint.message_received"), event_names.count("complaint.resumed")) == (2, 1)


async def test_i_want_two_messages_and_a_transition_at_once_to_be_serialized(case, complaint_database):
    await case.move(ACCEPT, WAIT)
    resumed = case.client.post(f"{case.path}/transitions", json=CONTACT)
    await asyncio.gather(case.over_link("One"), resumed, case.over_link("Two"))
    shown = await case.shown()
    assert (shown["state"], shown["paused"]) == ("contacted", False)
    events = await events_of(complaint_database, case.id)
    assert names(events).count("complaint.resumed") == 1
    assert names(events).count("complaint.message_received") == 2
    versions = [event.aggversion for event in events]
    assert versions == sorted(set(versions))


async def test_i_want_the_queue_to_show_messages_about_closed_complaints(case, client):
    await client.put("/v1/complaints/agents/me", json={})
    await case.move(ACCEPT)
    given = await client.post(f"{case.path}/assign", json={"owner": "me"})
    assert given.status_code == 200, given.text
    await set_policy(client, message_after_completion="nothing")
    await case.move(COMPLETE, CLOSE)
    assert await case.queued(owner="me") == []
    await case.over_link("And now?")
    assert await case.queued(owner="me") == [(case.id, "customer_wrote")]
