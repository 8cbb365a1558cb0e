"""A message is queued with the change that caused it, or not at all, and each id once."""

from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from heed_common.messages.contents import decrypt_pending
from heed_common.messages.queue import enqueue, enqueue_all
from heed_common.messages.tables import OUTGOING_CONTENT, OUTGOING_MESSAGE
from tests.common.messages.factories import make_message
from tests.conftest import NOON

pytestmark = pytest.mark.asyncio


async def count(session, table=OUTGOING_MESSAGE):
    return await session.scalar(select(func.count()).select_from(table))


async def test_a_message_is_queued_with_its_content(platform_database):
    message = make_message(address="li@example.com", params={"name": "李"}, not_before=NOON + timedelta(hours=1))
    async with platform_database.transaction() as session:
        assert await enqueue(session, message, now=NOON)
    async with platform_database.transaction() as session:
        row = (await session.execute(select(OUTGOING_MESSAGE))).one()
        content = (await session.execute(select(OUTGOING_CONTENT))).one()
    assert (row.state, row.channel, row.due_at) == ("queued", "mail", NOON + timedelta(hours=1))
    assert b"li@example" not in content.pending
    pending = decrypt_pending(content.pending, message_id=message.id, cipher=platform_database.cipher)
    assert (pending.address, pending.params) == ("li@example.com", {"name": "李"})


async def test_a_message_of_a_transaction_that_failed_is_not_queued(platform_database):
    with suppress(InterruptedError):
        async with platform_database.transaction() as session:
            await enqueue(session, make_message(), now=NOON)
            raise InterruptedError
    async with platform_database.transaction() as session:
        assert await count(session) == await count(session, OUTGOING_CONTENT) == 0


async def test_the_same_id_is_queued_once(platform_database):
    first, second = make_message(), make_message()
    async with platform_database.transaction() as session:
        assert await enqueue(session, first, now=NOON)
    async with platform_database.transaction() as session:
        assert not await enqueue(session, first, now=NOON)
        assert await enqueue_all(session, [second, first], now=NOON) == [second.id]
        assert await count(session) == 2


@pytest.mark.parametrize("fields", [{"customer_id": None}, {"channels": ()}])
async def test_a_message_without_a_recipient_or_channel_is_a_mistake_of_its_sender(fields):
    with pytest.raises(ValueError, match="message"):
        make_message(**fields)
