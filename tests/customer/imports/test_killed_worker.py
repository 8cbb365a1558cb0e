import asyncio
import random
import sys

import pytest
from sqlalchemy import text

from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_customer.app import create_app
from heed_customer.settings import Settings
from tests.common.sample_app import make_client, make_token
from tests.customer.factories import make_customer, staged
from tests.customer.imports.files import CSV, NDJSON, counts, make_row, ndjson, progress, table, upload

pytestmark = [pytest.mark.asyncio, pytest.mark.slow, pytest.mark.alone]

LEFT = text("""
    SELECT (SELECT count(*) FROM import_chunk), (SELECT count(*) FROM import_row),
        (SELECT count(*) FROM import_scattered_key), (SELECT count(*) FROM import_dependency)
""")


async def run_worker(url: str, *, chunks: int | None, delay: float = 0) -> None:
    """Run a worker and kill it shortly after a number of chunks, or let it finish."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.customer.imports.worker_process", url, stdout=asyncio.subprocess.PIPE
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


async def test_an_import_killed_at_any_moment_loses_and_repeats_nothing(
    databases, customer_database, clock, repetitions
):
    """Return a file of customers and one of their purchases, whose two rows each are far apart."""
    count = repetitions(quick=1100, full=2500)
    settings = Settings(database_url="postgresql://nobody@127.0.0.1:1/nothing")
    app = create_app(settings, Resources(customer_database, clock, Metrics("customer")))
    token = await make_token(customer_database, now=clock.now())
    async with make_client(app, token) as client:
        customers = [make_customer(external_id=f"c-{number}") for number in range(count)]
        rows = [
            make_row(external_id=f"p-{number}", customer_external_id=f"c-{number}", sku=sku)
            for sku in ("first", "second")
            for number in range(count)
        ]
        locations = [
            await upload(client, "customers", ndjson(customers), NDJSON),
            await upload(client, "purchases", table(rows), CSV),
        ]
        url = databases.url(str(customer_database.url.database))
        chance = random.Random(7)
        for _ in range(repetitions(quick=2, full=6)):
            await run_worker(url, chunks=chance.choice([0, 1]), delay=chance.uniform(0, 0.4))
        await run_worker(url, chunks=None)
        done = [await progress(client, location) for location in locations]
    assert [(each["state"], each["lines"]) for each in done] == [("done", counts(count)), ("done", counts(2 * count))]
    events = await staged(customer_database, "heed.purchase")
    assert len({event.subject for event in events}) == len(events) == count
    assert {len(event.data["products"]) for event in events} == {2}
    async with customer_database.transaction() as session:
        assert (await session.execute(LEFT)).one() == (0, 0, 0, 0)
