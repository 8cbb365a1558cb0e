"""A restore of one service, on PostgreSQL and both brokers: its positions, its epoch, its end at any step."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text

from heed.backups import dump, restore
from heed.backups.archive import BackupRefused
from heed.backups.databases import DatabaseInUse
from heed.settings import Settings
from heed_common import outbox
from heed_common.auth import api_keys, tokens
from heed_common.auth.api_keys import Token
from heed_common.broker.protocols import Message
from heed_common.clock import SystemClock
from heed_common.contracts.customer import CustomerKind, CustomerRegistered
from heed_common.contracts.event import Event
from heed_common.database import Database
from heed_common.resources import Resources
from heed_complaint import settings as complaint_settings
from heed_complaint.worker import GROUP, create_worker
from tests.common.broker.brokers import publish
from tests.complaint.factories.complaints import open_complaint
from tests.faults.test_exactly_once import line, on_both_brokers

pytestmark = [pytest.mark.asyncio, pytest.mark.slow, pytest.mark.alone]
__all__ = ["line"]
PATIENCE = 60.0
KILLED = """
import os, signal, sys
from pathlib import Path
from heed.backups import restore
from heed.settings import load
from heed_common.clock import SystemClock
nth, settings = int(sys.argv[1]), load()
def count(event, arguments):
    global nth
    if event in ("socket.connect", "subprocess.Popen"):
        nth -= 1
        if nth == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(count)
restore.restore(settings, Path(sys.argv[2]), now=SystemClock().now())
"""
"""Ends as if the power had gone where it turns to a database or a program for the nth time."""


def _now():
    return SystemClock().now()


@pytest.fixture
def place(complaint_database, line, monkeypatch):
    """Where commands find the service: its database's address, and the settings that name broker and log."""
    url = complaint_database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("HEED_COMPLAINT_DATABASE_URL", url)
    monkeypatch.setenv("HEED_BUS", line.address)
    monkeypatch.setenv("HEED_LOG_DATABASE_URL", line.log_url)
    return url


@asynccontextmanager
async def working(url: str, line) -> AsyncIterator[Database]:
    """The service's worker, as long as this lasts."""
    settings = complaint_settings.Settings.load(database_url=url)
    resources = Resources.open(settings)
    worker = create_worker(settings, resources, line.bus)
    running = asyncio.create_task(worker.run())
    try:
        yield resources.database
    finally:
        worker.stop()
        await running
        await resources.close()


async def _opened(database: Database, external_id: str, customer_id: UUID) -> UUID:
    async with database.transaction() as session:
        case = await open_complaint(session, now=_now(), external_id=external_id, customer_id=customer_id)
        return case.complaint.id


async def _registered(line, customer_id: UUID) -> None:
    state = {"kind": CustomerKind.INDIVIDUAL, "region": "north"}
    event = CustomerRegistered(occurred_at=_now(), customer_id=customer_id, **state)
    await publish(line.bus, [_message(event)])


def _message(event: Event) -> Message:
    written = outbox._serialize(outbox.StagedEvent(event, 1), None)
    payload = outbox._payload(outbox._envelope_prefix(type(event), now=_now()), written, epoch=0)
    return Message(event.topic, str(event.key).encode(), payload.encode())


async def _until(database: Database, query: str, expected: object, **values: object) -> None:
    async with asyncio.timeout(PATIENCE):
        while await _one(database, query, **values) != expected:
            await asyncio.sleep(0.05)


async def _one(database: Database, query: str, **values: object) -> object:
    async with database.transaction() as session:
        return (await session.execute(text(query), values)).scalar_one()


UNSENT = "SELECT count(*) FROM outbox"
KNOWN = "SELECT count(*) FROM customer WHERE id = :id AND region = 'north'"


@on_both_brokers
async def test_positions_go_back_the_epoch_goes_up_and_what_was_opened_since_is_reported(line, place, tmp_path, capsys):
    settings, early, late = Settings.load(bus=line.address, database_url=line.log_url), uuid4(), uuid4()
    folder = tmp_path / "backup"
    async with working(place, line) as database:
        first = await _opened(database, "c-1", early)
        await _registered(line, early)
        await _until(database, KNOWN, 1, id=early)
        await _until(database, UNSENT, 0)
        async with asyncio.timeout(PATIENCE):
            while not (
                recorded := await line.bus.committed_offsets(GROUP, ["heed.customer"])
            ):  # committed after the rows
                await asyncio.sleep(0.05)
        await asyncio.to_thread(dump.back_up, settings, "complaint", folder, now=_now())
        second = await _opened(database, "c-2", late)
        revoked = Token.new()
        async with database.transaction() as session:
            await api_keys.add_key(session, revoked, name="x", scopes=(), now=_now())
        await tokens.revoke({"complaint": database}, revoked.id, now=_now())
        await _registered(line, late)
        await _until(database, KNOWN, 1, id=late)
        await _until(database, UNSENT, 0)
        async with asyncio.timeout(PATIENCE):
            while await line.bus.committed_offsets(GROUP, ["heed.customer"]) == recorded:
                await asyncio.sleep(0.05)
        with pytest.raises((DatabaseInUse, BackupRefused)):
            await asyncio.to_thread(restore.restore, settings, folder, now=_now())
    capsys.readouterr()
    await asyncio.to_thread(restore.restore, settings, folder, now=_now())

    output = capsys.readouterr().out
    assert f"lost  complaint {second}" in output
    assert str(first) not in output
    back = await line.bus.committed_offsets(GROUP, ["heed.customer"])
    assert {at: offset for at, offset in back.items() if offset} == recorded
    async with working(place, line) as database:
        await _until(database, KNOWN, 1, id=late)
        await _until(database, UNSENT, 0)
        assert await _one(database, "SELECT epoch FROM outbox_epoch") == 1
        assert await _one(database, "SELECT count(*) FROM complaint") == 2
        assert await _one(database, "SELECT count(*) FROM api_key WHERE revoked_at IS NOT NULL") == 1
        third = await _opened(database, "c-3", late)
        await _until(database, UNSENT, 0)

    # A second restore of the same backup is above everything that was published after the first one.
    await asyncio.to_thread(restore.restore, settings, folder, now=_now())
    output = capsys.readouterr().out
    assert f"lost  complaint {second}" in output
    assert f"lost  complaint {third}" in output
    assert "epoch 2" in output


@pytest.mark.repeated
@pytest.mark.parametrize("line", ["embedded"], indirect=True)
async def test_a_restore_killed_at_any_point_can_be_repeated(line, place, tmp_path):
    settings, folder = Settings.load(bus=line.address, database_url=line.log_url), tmp_path / "backup"
    async with working(place, line) as database:
        await _opened(database, "c-1", uuid4())
        await _until(database, UNSENT, 0)
        await asyncio.to_thread(dump.back_up, settings, "complaint", folder, now=_now())
        await _opened(database, "c-2", uuid4())
        await _until(database, UNSENT, 0)
    plain, nth, killed = place.replace("+asyncpg", ""), 1, True
    while killed:
        command = [sys.executable, "-c", KILLED, str(nth), str(folder)]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
        killed = done.returncode == -signal.SIGKILL
        assert killed or done.returncode == 0, done.stderr
        # Whole, whichever it is: the one of before, or the restored one with all that was recovered.
        connection = await asyncpg.connect(plain)
        assert await connection.fetchval("SELECT count(*) FROM complaint") == 2
        assert await connection.fetchval("SELECT epoch FROM outbox_epoch") == (0 if killed else 1)
        await connection.close()
        nth += 2
    assert nth > 8
    connection = await asyncpg.connect(plain)
    # Nothing of the attempts was published: the events wait in the outbox of the one that succeeded.
    assert await connection.fetchval("SELECT count(DISTINCT aggregateid) FROM outbox WHERE aggversion >> 32 = 1") == 1
    await connection.close()


@pytest.mark.parametrize("line", ["embedded"], indirect=True)
async def test_what_had_not_left_the_outbox_of_a_readable_database_is_not_lost(line, place, tmp_path, capsys):
    settings, folder = Settings.load(bus=line.address, database_url=line.log_url), tmp_path / "backup"
    async with working(place, line) as database:
        await _opened(database, "c-1", uuid4())
        await _until(database, UNSENT, 0)
        await asyncio.to_thread(dump.back_up, settings, "complaint", folder, now=_now())
    database = Database(place)
    unsent = await _opened(database, "c-2", uuid4())
    await database.close()

    await asyncio.to_thread(restore.restore, settings, folder, now=_now())

    assert f"lost  complaint {unsent}" in capsys.readouterr().out
    async with working(place, line) as database:
        await _until(database, UNSENT, 0)
        assert await _one(database, "SELECT count(*) FROM complaint WHERE id = :id", id=unsent) == 1
