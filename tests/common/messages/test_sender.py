"""A sender hands every message over, whatever the mail server does."""

from datetime import timedelta
from uuid import uuid4

import pytest

from heed_common.failed_work import service as failed_work
from heed_common.messages.permits import PermitsUnavailable, Refused
from tests.common.messages.conftest import advancing, smtp
from tests.common.messages.factories import CATALOGUE, address_of, make_message
from tests.common.messages.mail_server import (
    MailServer,
    drops_after_answer,
    drops_before_answer,
    drops_content,
    replies,
    running,
    waits,
)

pytestmark = pytest.mark.asyncio


async def test_a_message_is_sent_logged_and_announced(queue, server, clock):
    message = make_message()
    await queue.enqueue(message)
    await queue.run(queue.sender(smtp(server, clock)))
    (received,) = server.received
    assert received.recipient == address_of(message.customer_id)
    assert received.message_id == f"<heed.{message.id.hex}@heed.example>"
    assert received.mail["Auto-Submitted"] == "auto-generated"
    (row,) = await queue.rows()
    assert (row.state, row.attempts, row.in_transit, row.lease_id) == ("sent", 1, False, None)
    assert (row.subject, row.params) == ("We received your complaint", {})
    assert row.body.startswith("Dear Li")
    (event,) = await queue.events()
    assert event["type"] == "heed.message.sent.v1"
    assert event["source"] == "/heed/complaint"
    assert (event["data"]["message_id"], event["data"]["customer_id"]) == (str(message.id), str(message.customer_id))


async def test_the_text_of_a_secret_message_is_not_stored(queue, server, clock):
    await queue.enqueue(make_message(secret=True, params={"name": "123456"}))
    await queue.run(queue.sender(smtp(server, clock)))
    assert "123456" in server.received[0].mail.get_content()
    (row,) = await queue.rows()
    assert (row.subject, row.body, row.params) == (None, None, {})


async def test_an_address_is_deleted_when_its_message_was_sent(queue, server, clock):
    await queue.enqueue(make_message(address="wang@example.com"))
    await queue.run(queue.sender(smtp(server, clock)))
    assert [received.recipient for received in server.received] == ["wang@example.com"]
    assert queue.permits.requests == []
    assert (await queue.rows())[0].address is None


async def test_nothing_is_sent_to_a_customer_who_opted_out(queue, server, clock):
    message = make_message()
    queue.permits.opted_out.add(message.customer_id)
    await queue.enqueue(message)
    await queue.run(queue.sender(smtp(server, clock)))
    assert server.received == []
    (row,) = await queue.rows()
    assert (row.state, row.reason) == ("suppressed", "opted_out")
    (event,) = await queue.events()
    assert event["type"] == "heed.message.failed.v1"
    assert (event["data"]["outcome"], event["data"]["reason"]) == ("suppressed", "opted_out")


async def test_a_customer_who_opts_out_between_two_attempts_gets_nothing(queue, server, clock):
    message = make_message()
    server.rcpt = {address_of(message.customer_id): replies("451 4.7.1 later")}
    await queue.enqueue(message)
    await queue.run(queue.sender(smtp(server, clock)), until=lambda: queue.has_reason("deferred"))
    server.rcpt = {}
    queue.permits.opted_out.add(message.customer_id)
    clock.advance(timedelta(minutes=1))
    await queue.run(queue.sender(smtp(server, clock)))
    assert server.received == []
    assert [row.state for row in await queue.rows()] == ["suppressed"]


async def test_a_message_waits_for_the_end_of_quiet_hours(queue, server, clock):
    queue.permits.fields = {"send_after": clock.now() + timedelta(hours=9)}
    await queue.enqueue(make_message())
    await queue.run(queue.sender(smtp(server, clock)), until=lambda: queue.has_reason("quiet_hours"))
    assert server.received == []
    clock.advance(timedelta(hours=9))
    await queue.run(queue.sender(smtp(server, clock)))
    assert len(server.received) == 1


async def test_a_temporary_refusal_is_checked_again_at_its_time(queue, server, clock):
    message = make_message()
    retry_at = clock.now() + timedelta(hours=1)
    queue.permits.answers[message.customer_id] = Refused(allowed=False, reason="budget", retry_at=retry_at)
    await queue.enqueue(message)
    await queue.run(queue.sender(smtp(server, clock)), until=lambda: queue.has_reason("budget"))
    assert (await queue.rows())[0].due_at == retry_at
    queue.permits.answers.clear()
    clock.advance(timedelta(hours=1))
    await queue.run(queue.sender(smtp(server, clock)))
    assert len(server.received) == 1


async def test_a_message_that_expired_is_given_up(queue, server, clock):
    await queue.enqueue(make_message(expires_at=clock.now() + timedelta(hours=1)))
    clock.advance(timedelta(hours=1))
    await queue.run(queue.sender(smtp(server, clock)))
    assert server.received == []
    assert [(row.state, row.reason) for row in await queue.rows()] == [("failed", "expired")]


@pytest.mark.parametrize(
    ("reply", "state", "bounced"),
    [
        ("550 5.1.1 no such user", "bounced", True),
        ("550 no such user", "bounced", True),
        ("550 5.7.1 blocked by policy", "failed", False),
    ],
)
async def test_an_address_that_does_not_exist_bounces_and_a_policy_does_not(
    queue, server, clock, reply, state, bounced
):
    message = make_message()
    server.rcpt = {address_of(message.customer_id): replies(reply)}
    await queue.enqueue(message, other := make_message())
    await queue.run(queue.sender(smtp(server, clock)))
    assert {row.id: row.state for row in await queue.rows()} == {message.id: state, other.id: "sent"}
    event = next(event for event in await queue.events() if event["type"] == "heed.message.failed.v1")
    assert (event["data"]["bounced"], event["data"]["reason"]) == (bounced, "recipient_refused")


@pytest.mark.parametrize("step", ["rcpt", "data"])
async def test_a_message_that_is_deferred_is_sent_later(queue, server, clock, step):
    message = make_message()
    setattr(server, step, {address_of(message.customer_id): replies("450 4.2.0 greylisted")})
    await queue.enqueue(message)
    await queue.run(queue.sender(smtp(server, clock)), until=lambda: queue.has_reason("deferred"))
    (row,) = await queue.rows()
    assert (row.state, row.in_transit) == ("queued", False)
    assert timedelta(seconds=20) < row.due_at - clock.now() < timedelta(seconds=40)
    setattr(server, step, {})
    async with advancing(clock, timedelta(seconds=10)):
        await queue.run(queue.sender(smtp(server, clock)))
    assert len(server.received) == 1
    assert queue.metric("heed_message_possible_duplicates_total", transport="smtp") == 0


async def test_a_refused_content_is_given_up_without_blame_for_the_address(queue, server, clock):
    message = make_message()
    server.data = {address_of(message.customer_id): replies("554 5.6.0 looks like spam")}
    await queue.enqueue(message)
    await queue.run(queue.sender(smtp(server, clock)))
    assert [(row.state, row.reason) for row in await queue.rows()] == [("failed", "content_refused")]


async def test_a_mail_that_was_lost_on_the_way_is_sent_again(queue, server, clock):
    server.default_data = drops_content
    await queue.enqueue(make_message())
    await queue.run(queue.sender(smtp(server, clock)), until=lambda: queue.has_reason("no_answer"))
    assert (await queue.rows())[0].in_transit
    server.default_data = None
    async with advancing(clock, timedelta(seconds=10)):
        await queue.run(queue.sender(smtp(server, clock)))
    assert len(server.received) == 1
    assert queue.metric("heed_message_possible_duplicates_total", transport="smtp") == 1


async def test_a_mail_that_was_accepted_without_an_answer_comes_twice_under_one_message_id(queue, server, clock):
    server.default_data = drops_before_answer
    await queue.enqueue(make_message())
    await queue.run(queue.sender(smtp(server, clock)), until=lambda: queue.has_reason("no_answer"))
    server.default_data = None
    async with advancing(clock, timedelta(seconds=10)):
        await queue.run(queue.sender(smtp(server, clock)))
    assert list(server.counts().values()) == [2]
    assert queue.metric("heed_message_possible_duplicates_total", transport="smtp") == 1


async def test_a_server_that_hangs_up_after_each_mail_gets_each_mail_once(queue, server, clock):
    server.default_data = drops_after_answer
    messages = [make_message() for _ in range(20)]
    await queue.enqueue(*messages)
    await queue.run(queue.sender(smtp(server, clock)))
    assert sorted(server.counts().values()) == [1] * 20


async def test_a_slow_recipient_does_not_hold_up_the_others(queue, server, clock):
    slow = make_message()
    server.data = {address_of(slow.customer_id): waits(1.5)}
    others = [make_message() for _ in range(30)]
    await queue.enqueue(slow, *others)

    async def others_are_sent():
        return sum(row.state == "sent" for row in await queue.rows()) >= 30

    await queue.run(queue.sender(smtp(server, clock)), until=others_are_sent)
    assert len(server.received) >= 30
    assert [row.state for row in await queue.rows()].count("sent") == 31


async def test_a_server_that_does_not_answer_in_time_leaves_the_message_in_the_queue(queue, server, clock):
    server.default_data = waits(1)
    await queue.enqueue(make_message())
    await queue.run(queue.sender(smtp(server, clock, timeout=0.2)), until=lambda: queue.has_reason("no_answer"))
    assert [(row.state, row.in_transit) for row in await queue.rows()] == [("queued", True)]


async def test_while_the_server_is_down_messages_wait_and_no_attempt_counts(queue, clock):
    server = MailServer()
    async with running(server):
        pass
    await queue.enqueue(*(make_message() for _ in range(5)))
    await queue.run(queue.sender(smtp(server, clock)), until=lambda: queue.has_reason("unavailable"))
    assert {(row.state, row.attempts) for row in await queue.rows()} == {("queued", 0)}
    async with running(server), advancing(clock, timedelta(seconds=1)):
        await queue.run(queue.sender(smtp(server, clock)))
    assert sorted(server.counts().values()) == [1] * 5


async def test_while_the_customer_service_is_down_nothing_is_sent(queue, server, clock):
    queue.permits.error = PermitsUnavailable("HTTP 503")
    await queue.enqueue(make_message())
    await queue.run(queue.sender(smtp(server, clock)), until=lambda: queue.has_reason("unavailable"))
    assert server.received == []
    queue.permits.error = None
    async with advancing(clock, timedelta(seconds=1)):
        await queue.run(queue.sender(smtp(server, clock)))
    assert len(server.received) == 1


async def test_a_message_that_does_not_render_is_set_aside_and_the_others_are_sent(queue, server, clock):
    poison = make_message(params={})
    await queue.enqueue(poison, *(make_message() for _ in range(5)))

    async def others_are_sent():
        return await queue.has_reason("failed_work") and len(server.received) == 5

    await queue.run(queue.sender(smtp(server, clock)), until=others_are_sent)
    assert {row.state for row in await queue.rows() if row.id == poison.id} == {"queued"}


async def test_a_message_that_an_operator_drops_is_given_up_and_one_that_is_retried_is_sent(queue, server, clock):
    dropped, retried = make_message(params={}), make_message(template="later")
    await queue.enqueue(dropped, retried)

    async def both_are_recorded():
        async with queue.database.transaction() as session:
            return len(await failed_work.list_failed_work(session)) == 2

    await queue.run(queue.sender(smtp(server, clock)), until=both_are_recorded)
    async with queue.database.transaction() as session:
        await failed_work.drop(session, job="messages", key=str(dropped.id), now=clock.now())
        await failed_work.retry(session, job="messages", key=str(retried.id), now=clock.now())
    catalogue = {**CATALOGUE, "later": CATALOGUE["acknowledgement"]}
    await queue.run(queue.sender(smtp(server, clock), catalogue=catalogue))
    assert {row.id: (row.state, row.reason) for row in await queue.rows()} == {
        dropped.id: ("failed", "dropped"),
        retried.id: ("sent", None),
    }
    async with queue.database.transaction() as session:
        assert await failed_work.list_failed_work(session) == []


async def test_an_unknown_template_is_set_aside(queue, server, clock):
    await queue.enqueue(make_message(template="unheard_of"))
    await queue.run(queue.sender(smtp(server, clock)), until=lambda: queue.has_reason("failed_work"))
    assert server.received == []


async def test_two_senders_send_each_message_once(queue, server, clock):
    await queue.enqueue(*(make_message(customer_id=uuid4()) for _ in range(60)))
    await queue.run(queue.sender(smtp(server, clock)), queue.sender(smtp(server, clock)))
    assert sorted(server.counts().values()) == [1] * 60
