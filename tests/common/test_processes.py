"""A process from start to end: its output, how it stops, and its exit status."""

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common import migrations
from heed_common.broker import topics
from heed_common.broker.postgres.bus import PostgresBus
from heed_common.database import Database
from tests.forks import run_forked
from tests.kafka_server import free_port

pytestmark = [pytest.mark.asyncio, pytest.mark.slow, pytest.mark.alone]
NEWEST = migrations.head("heed_customer")


@pytest_asyncio.fixture
async def environment(databases):
    """A migrated database, a log with its topics, and free ports."""
    service, log = await databases.clone("heed_customer"), await databases.clone("platform")
    bus = PostgresBus(Database(databases.url(log)))
    await topics.apply(bus, partitions=12)
    await bus.close()
    yield {
        "PATH": os.environ["PATH"],
        "HEED_CUSTOMER_DATABASE_URL": databases.url(service),
        "HEED_LOG_DATABASE_URL": databases.url(log),
        "HEED_PORT": str(free_port()),
        "HEED_HEALTH_PORT": str(free_port()),
        "HEED_DRAIN_SECONDS": "2",
    }
    await databases.drop(service)
    await databases.drop(log)


@asynccontextmanager
async def running(environment, *arguments, module="tests.common.sample_service"):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def ended(environment, *arguments, module="tests.common.sample_service"):
    done = await asyncio.to_thread(run_forked, module, *arguments, environment=environment)
    return done.returncode, done.stdout, done.stderr


async def until_answered(client, process, *statuses):
    """The first response, or the first with one of the statuses."""
    for _ in range(600):
        assert process.returncode is None, (await process.communicate())[1].decode()
        try:
            response = await client.get("/readyz")
            if not statuses or response.status_code in statuses:
                return response
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.05)
    raise AssertionError("never answered")


async def until_ready(client, process):
    await until_answered(client, process, 200)


async def set_revision(database, revision):
    async with database.autocommit() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


async def test_a_stopped_api_reports_not_ready_finishes_its_requests_and_exits_with_0(environment):
    base_url = f"http://127.0.0.1:{environment['HEED_PORT']}"
    async with httpx.AsyncClient(base_url=base_url) as client, running(environment, "api") as process:
        await until_ready(client, process)
        assert (await ended(environment, "health"))[0] == 0
        slow = asyncio.create_task(client.get("/v1/slow"))
        await asyncio.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        while (draining := await client.get("/readyz")).status_code == 200:
            await asyncio.sleep(0.02)
        assert draining.status_code == 503
        assert draining.json()["checks"]["not_draining"] == "draining"
        assert (await slow).json() == {"answered": "slowly"}
        out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    assert err.decode() == ""
    lines = [json.loads(line) for line in out.splitlines()]
    assert any(line.get("route") == "/v1/slow" and line["status"] == 200 for line in lines)
    assert (await ended(environment, "health"))[0] == 1


async def test_a_worker_waits_for_its_migrations_answers_probes_and_ends_with_0(environment):
    base_url = f"http://127.0.0.1:{environment['HEED_HEALTH_PORT']}"
    database = Database(environment["HEED_CUSTOMER_DATABASE_URL"])
    await set_revision(database, "0000")
    async with httpx.AsyncClient(base_url=base_url) as client, running(environment, "worker") as process:
        checks = (await until_answered(client, process)).json()["checks"]
        assert checks["migrations"] == f"at 0000, needs {NEWEST}"
        assert checks["loops"].startswith("waits for")
        await set_revision(database, NEWEST)
        await database.close()
        await until_ready(client, process)
        checks = (await client.get("/readyz")).json()["checks"]
        names = ("database", "writes", "migrations", "failed_work", "consumer", "loops", "restarts", "not_draining")
        assert checks == dict.fromkeys(names, "ok")
        assert b'heed_outbox_depth{service="customer"}' in (await client.get("/metrics")).content
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0


async def test_a_worker_that_finds_another_number_of_partitions_is_refused(environment):
    status, _, err = await ended({**environment, "HEED_PARTITIONS": "6"}, "worker")
    assert status == 2
    assert "12" in err
