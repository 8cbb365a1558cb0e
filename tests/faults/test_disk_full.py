"""A full disk and a read-only database: writes are refused in words, reads go on, and nothing is half written."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.database import Database
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_customer.app import create_app
from heed_customer.settings import Settings
from tests.common.sample_app import make_client, make_token
from tests.full_disk import small_disk

pytestmark = [pytest.mark.asyncio, pytest.mark.slow, pytest.mark.alone]

MOST_WRITES = 3000
WRITTEN = text("SELECT (SELECT count(*) FROM customer), (SELECT count(*) FROM outbox)")
CUSTOMER = {"kind": "individual", "name": "Li Wei" * 30}


@asynccontextmanager
async def service(url, clock):
    """The customer service on this database; each call of it has probes that have seen nothing yet."""
    database = Database(url, pool_size=4)
    app = create_app(Settings(database_url=url), Resources(database, clock, Metrics("customer")))
    async with make_client(app, await make_token(database, now=clock.now())) as client:
        yield client, database
    await database.close()


async def probe(url, clock):
    """Return the first response to a new process."""
    database = Database(url, pool_size=2)
    app = create_app(Settings(database_url=url), Resources(database, clock, Metrics("customer")))
    async with make_client(app) as client:
        answer = await client.get("/readyz")
    await database.close()
    return answer


async def write_until_refused(client):
    """How many were taken, and the first answer that was another one."""
    for taken in range(MOST_WRITES):
        answer = await client.post("/v1/customers", json=CUSTOMER)
        if answer.status_code != 201:
            return taken, answer
    raise AssertionError("the disk never was full")


def assert_refused_in_words(answer):
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable"), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) >= 1


async def test_with_a_full_disk_writes_are_refused_reads_go_on_and_nothing_is_half_written(clock):
    with small_disk(megabytes=160) as disk, Cluster(disk.directory / "cluster", durable=False) as cluster:
        await asyncio.to_thread(cluster.create_database, "customer")
        url = cluster.url("customer")
        await migrations.upgrade(url, "heed_customer")
        async with service(url, clock) as (client, database):
            assert (await client.post("/v1/customers", json=CUSTOMER)).status_code == 201
            assert (await probe(url, clock)).json()["status"] == "ok"
            async with database.autocommit() as connection:
                # A log segment is there already, so that the tables are what has no room.
                await connection.execute(text("SELECT pg_switch_wal()"))
                await connection.execute(text("CHECKPOINT"))
            disk.fill()
            taken, refused = await write_until_refused(client)
            assert_refused_in_words(refused)
            degraded = await probe(url, clock)
            assert (degraded.status_code, degraded.json()["status"]) == (200, "degraded")
            assert degraded.json()["checks"]["writes"] == "the disk of the database is full"
            assert degraded.json()["checks"]["database"] == "ok"
            assert (await client.get("/v1/customers")).status_code == 200
            async with database.transaction() as session:
                assert (await session.execute(WRITTEN)).one() == (taken + 1, taken + 1)
            disk.empty()
            assert (await client.post("/v1/customers", json=CUSTOMER)).status_code == 201
            assert (await probe(url, clock)).json()["status"] == "ok"


async def test_a_read_only_database_serves_reads_and_defers_writes(databases, clock):
    name = await databases.clone("heed_customer")
    url = databases.url(name)
    async with service(url, clock) as (client, database):
        async with database.autocommit() as connection:
            await connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
        await database.engine.dispose()
        assert_refused_in_words(await client.post("/v1/customers", json=CUSTOMER))
        assert (await client.get("/v1/customers")).status_code == 200
        degraded = await probe(url, clock)
        assert (degraded.status_code, degraded.json()["status"]) == (200, "degraded")
        assert degraded.json()["checks"]["writes"] == "the database is read-only"
        async with database.autocommit() as connection:
            await connection.execute(text("SET default_transaction_read_only = off"))
            await connection.execute(text(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'))
        await database.engine.dispose()
        assert (await client.post("/v1/customers", json=CUSTOMER)).status_code == 201
    await databases.drop(name)
