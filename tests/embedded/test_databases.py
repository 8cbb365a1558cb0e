"""Databases and network access of tests."""

import socket

import pytest
from sqlalchemy import text

from tests.sockets import SocketBlocked


@pytest.mark.asyncio
@pytest.mark.parametrize("run", [1, 2])
async def test_each_test_has_a_separate_empty_database(platform_database, run):
    async with platform_database.transaction() as session:
        assert (await session.execute(text("SELECT count(*) FROM erased"))).scalar_one() == 0
        assert (await session.execute(text("SELECT epoch FROM outbox_epoch"))).scalar_one() == 0
        await session.execute(text("INSERT INTO erased VALUES (gen_random_uuid(), now())"))


def test_a_test_cannot_connect_to_the_outside():
    with socket.socket() as connection, pytest.raises(SocketBlocked):
        connection.connect(("192.0.2.1", 80))
    with pytest.raises(SocketBlocked):
        socket.create_connection(("example.com", 80))
