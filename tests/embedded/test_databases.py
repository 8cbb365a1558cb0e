"""The databases that tests are given."""

import socket

import pytest
from sqlalchemy import text

from tests.sockets import SocketBlocked


@pytest.mark.asyncio
@pytest.mark.parametrize("run", [1, 2])
async def test_each_test_has_an_empty_database_of_its_own(platform_database, run):
    async with platform_database.transaction() as session:
        assert (await session.execute(text("SELECT count(*) FROM erased"))).scalar_one() == 0
        assert (await session.execute(text("SELECT epoch FROM outbox_epoch"))).scalar_one() == 0
        await session.execute(text("INSERT INTO erased VALUES (gen_random_uuid(), now())"))


def test_a_test_that_asks_the_world_outside_is_stopped():
    with socket.socket() as connection, pytest.raises(SocketBlocked):
        connection.connect(("192.0.2.1", 80))
    with pytest.raises(SocketBlocked):
        socket.create_connection(("example.com", 80))
