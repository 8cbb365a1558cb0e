"""Parameters that are made when a message is sent, and stored nowhere."""

from datetime import timedelta

import pytest

from heed_common.messages.late_parts import Withdrawn
from tests.common.messages.conftest import advancing, smtp
from tests.common.messages.factories import address_of, make_message
from tests.common.messages.mail_server import drops_content, replies

pytestmark = pytest.mark.asyncio


class Draws:
    """Makes another name for each attempt."""

    def __init__(self):
        self.drawn = []

    async def __call__(self, message):
        self.drawn.append(f"number-{len(self.drawn)}")
        return {"name": self.drawn[-1]}


def sender(queue, server, clock, late, **options):
    return queue.sender(smtp(server, clock), late_parts={"acknowledgement": late}, **options)


async def test_the_message_has_the_late_part_and_no_table_has_its_text(queue, server, clock):
    await queue.enqueue(make_message(params={}))
    await queue.run(sender(queue, server, clock, Draws()))
    assert "number-0" in server.received[0].mail.get_content()
    (row,) = await queue.rows()
    assert (row.state, row.subject, row.body) == ("sent", None, None)
    assert "number-0" not in repr(row)


@pytest.mark.parametrize("behaviour", [replies("451 4.7.1 later"), drops_content])
async def test_each_attempt_makes_another_part(queue, server, clock, behaviour):
    message, draws = make_message(params={}), Draws()
    address = address_of(message.customer_id)
    server.data = {address: behaviour}
    await queue.enqueue(message)

    async def was_tried():
        if len(draws.drawn) > 1:
            server.data = {}
        return await queue.is_empty()

    async with advancing(clock, timedelta(minutes=1)):
        await queue.run(sender(queue, server, clock, draws), until=was_tried)
    contents = [received.mail.get_content() for received in server.received if received.answered]
    assert len(draws.drawn) > 1
    assert draws.drawn[-1] in contents[-1]


async def test_a_withdrawn_message_is_not_sent_and_needs_no_permit(queue, server, clock):
    async def withdraw(message):
        raise Withdrawn("survey_closed")

    await queue.enqueue(make_message())
    await queue.run(sender(queue, server, clock, withdraw))
    (row,) = await queue.rows()
    assert (row.state, row.reason) == ("suppressed", "survey_closed")
    assert (server.received, queue.permits.requests) == ([], [])
