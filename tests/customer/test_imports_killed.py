import asyncio
import json
import random
import sys

import pytest
from sqlalchemy import text

from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_customer.app import create_app
from heed_customer.settings import Settings
from tests.common.toys import make_client, make_token
from tests.customer.factories import make_purchase, register, staged

pytestmark = [pytest.mark.asyncio, pytest.mark.slow, pytest.mark.alone]


async def run_worker(url: str, *, chunks: int | None, delay: float = 0) -> None:
    """Ends it the hard way a moment after so many chunks, or lets it finish."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.customer.import_worker", url, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    if chunks is None:
        await process.communicate()
        assert process.returncode == 0
        return
    for _ in range(chunks):
        await process.stdout.readline()
    await asyncio.sleep(delay)
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def test_killed_at_any_moment_an_import_loses_nothing_and_counts_nothing_twice(
    databases, customer_database, clock, repetitions
):
    count = repetitions(quick=2500, full=4500)
    settings = Settings(database_url="postgresql://nobody@127.0.0.1:1/nothing")
    app = create_app(settings, Resources(customer_database, clock, Metrics("customer")))
    token = await make_token(customer_database, now=clock.now())
    async with make_client(app, token) as client:
        await register(client, external_id="shop-1")
        purchases = [make_purchase(customer_external_id="shop-1") for _ in range(count)]
        content = b"".join(json.dumps(purchase).encode() + b"\n" for purchase in purchases)
        headers = {"Content-Type": "application/x-ndjson"}
        location = (await client.post("/v1/imports/purchases", content=content, headers=headers)).headers["location"]
        url = databases.url(str(customer_database.url.database))
        chance = random.Random(7)
        for _ in range(repetitions(quick=2, full=4)):
            await run_worker(url, chunks=chance.choice([0, 1]), delay=chance.uniform(0, 0.4))
        await run_worker(url, chunks=None)
        done = (await client.get(location)).json()
    assert (done["state"], done["lines"]) == (
        "done", {"total": count, "done": count, "ok": count, "failed": 0},
    )  # fmt: skip
    events = await staged(customer_database, "heed.purchase")
    assert len({event.subject for event in events}) == len(events) == count
    async with customer_database.transaction() as session:
        assert (await session.execute(text("SELECT count(*) FROM purchase"))).scalar_one() == count
        assert (await session.execute(text("SELECT count(*) FROM import_chunk"))).scalar_one() == 0
