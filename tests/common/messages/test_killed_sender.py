"""Senders and the mail server are killed: no message is lost, and none comes twice whose answer had arrived."""

import asyncio
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import text

from heed_common.clock import SystemClock
from heed_common.messages.queue import enqueue_all
from tests.common.messages.conftest import Queue
from tests.common.messages.factories import make_message
from tests.common.messages.mail_server import MailServer, running

PATIENCE = 120
OPTED_OUT = text("CREATE TABLE opted_out (customer_id uuid PRIMARY KEY)")
OPT_OUT = text("INSERT INTO opted_out SELECT unnest(CAST(:ids AS uuid[]))")
IN_TRANSIT = text("SELECT id FROM outgoing_message WHERE in_transit")
STATES = text("SELECT id, customer_id, state FROM outgoing_message")
LEFT = text("SELECT count(*) FROM outgoing_message WHERE state = 'queued'")
EVENTS = text("SELECT aggregateid, count(*) FROM outbox GROUP BY aggregateid")


@contextmanager
def sender(queue: Queue, port: int) -> Iterator[subprocess.Popen[bytes]]:
    url = queue.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.common.messages.sender_process", url, str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def received(server: MailServer, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(server.received) < count:
            await asyncio.sleep(0.005)


async def select(queue: Queue, statement, **values):
    async with queue.database.transaction() as session:
        return list(await session.execute(statement, values))


def id_of(message_id: str) -> UUID:
    return UUID(message_id.removeprefix("<heed.").partition("@")[0])


@pytest.mark.alone
@pytest.mark.asyncio
async def test_nothing_is_lost_and_only_what_had_no_answer_comes_twice(queue, repetitions):
    count, kills = repetitions(quick=60, full=2000), repetitions(quick=3, full=10)
    messages = [make_message() for _ in range(count)]
    await select_nothing(queue, OPTED_OUT)
    async with queue.database.transaction() as session:
        await enqueue_all(session, messages, now=SystemClock().now())
    server, uncertain, opted_out, chance = MailServer(), set(), set(), random.Random(7)
    for kill in range(kills):
        async with running(server):
            with sender(queue, server.port) as process:
                await received(server, len(server.received) + max(count // (kills + 2), 1))
                if kill % 2:  # The server first, while the sender is in the middle of its mails.
                    server.drop_all()
                process.send_signal(signal.SIGKILL)
                process.wait()
        uncertain |= {row.id for row in await select(queue, IN_TRANSIT)}
        handed_over = {id_of(mail.message_id) for mail in server.received} | uncertain
        waiting = {message.customer_id for message in messages if message.id not in handed_over} - opted_out
        chosen = chance.sample(sorted(waiting), min(3, len(waiting)))
        await select_nothing(queue, OPT_OUT, ids=chosen)
        opted_out |= set(chosen)
    async with running(server):
        with sender(queue, server.port) as process:
            async with asyncio.timeout(PATIENCE):
                while (await select(queue, LEFT))[0][0]:
                    await asyncio.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.wait, PATIENCE)
            assert process.returncode == 0

    arrived = {id_of(message_id): times for message_id, times in server.counts().items()}
    expected = {message.id for message in messages if message.customer_id not in opted_out}
    repeated = {message_id for message_id, times in arrived.items() if times > 1}
    print(
        f"{count} messages, {kills} kills: {len(arrived)} arrived, {len(repeated)} of them more than once; "
        f"{len(uncertain)} were in transit at a kill, {len(server.unanswered)} without an answer; "
        f"{len(opted_out)} opted out"
    )
    assert opted_out
    assert arrived.keys() == expected
    assert repeated <= uncertain | {id_of(message_id) for message_id in server.unanswered}
    states = {row.id: row.state for row in await select(queue, STATES)}
    assert states == {message.id: "sent" if message.id in expected else "suppressed" for message in messages}
    assert dict(map(tuple, await select(queue, EVENTS))) == {str(message.id): 1 for message in messages}


async def select_nothing(queue: Queue, statement, **values) -> None:
    async with queue.database.transaction() as session:
        await session.execute(statement, values)
