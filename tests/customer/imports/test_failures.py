"""Lines of an import that fail unexpectedly are set aside; the others are imported."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from heed_common.failed_work.service import drop, list_failed_work
from tests.customer.factories import make_customer, register, staged
from tests.customer.imports.files import CSV, NDJSON, counts, make_row, ndjson, process_all, progress, table, upload

pytestmark = pytest.mark.asyncio


async def poisoned(database, *, name="Friday"):
    """Make the database reject customers of that name, like an error that was not foreseen."""
    async with database.transaction() as session:
        await session.execute(text(f"ALTER TABLE customer ADD CONSTRAINT luck CHECK (name <> '{name}')"))


async def mended(database):
    async with database.transaction() as session:
        await session.execute(text("ALTER TABLE customer DROP CONSTRAINT luck"))


async def failed(database):
    async with database.transaction() as session:
        return [(row.key, row.attempts) for row in await list_failed_work(session, job="imports")]


async def test_a_line_that_fails_unexpectedly_waits_and_the_others_are_imported(
    client, import_job, customer_database, clock
):
    lines = [make_customer(name=name) for name in ("Monday", "Friday", "Sunday", "", "Monday")]
    bad = await upload(client, "customers", ndjson(lines), NDJSON)
    await poisoned(customer_database)
    other = await upload(client, "customers", ndjson([make_customer()]), NDJSON)
    assert await process_all(import_job) == 2
    assert (await progress(client, other))["state"] == "done"
    waiting = await progress(client, bad)
    assert (waiting["state"], waiting["lines"]) == ("running", {"total": 5, "done": 4, "ok": 3, "failed": 1})
    key = f"{waiting['id']}:-2"
    assert await failed(customer_database) == [(key, 1)]
    clock.advance(timedelta(seconds=31))
    assert await process_all(import_job) == 1
    assert await failed(customer_database) == [(key, 2)]
    await mended(customer_database)
    clock.advance(timedelta(seconds=61))
    assert await process_all(import_job) == 1
    done = await progress(client, bad)
    assert (done["state"], done["lines"]) == ("done", counts(5, failed=1))
    assert await failed(customer_database) == []
    assert len(await staged(customer_database, "heed.customer.registered")) == 5


async def test_a_dropped_line_is_listed_in_the_import(client, import_job, customer_database, clock):
    lines = [make_customer(name=name) for name in ("Monday", "Friday")]
    bad = await upload(client, "customers", ndjson(lines), NDJSON)
    await poisoned(customer_database)
    await process_all(import_job)
    async with customer_database.transaction() as session:
        await drop(session, job="imports", key=None, now=clock.now())
    await process_all(import_job)
    done = await progress(client, bad)
    assert (done["state"], done["lines"]) == ("done", counts(2, failed=1))
    assert [(error["line"], error["code"]) for error in done["errors"]] == [(2, "lines_given_up")]
    assert await failed(customer_database) == []


async def test_the_rows_of_a_purchase_that_fails_unforeseen_wait_together(client, import_job, customer_database, clock):
    await register(client, external_id="shop-1")
    rows = [
        make_row(),
        make_row(external_id="p-2", sku="luck"),
        make_row(external_id="p-2"),
        make_row(external_id="p-3"),
    ]
    location = await upload(client, "purchases", table(rows), CSV)
    async with customer_database.transaction() as session:
        await session.execute(text("ALTER TABLE purchase ADD CONSTRAINT luck CHECK (external_id <> 'p-2')"))
    await process_all(import_job)
    assert (await progress(client, location))["lines"] == {"total": 4, "done": 2, "ok": 2, "failed": 0}
    async with customer_database.transaction() as session:
        await session.execute(text("ALTER TABLE purchase DROP CONSTRAINT luck"))
    clock.advance(timedelta(seconds=31))
    await process_all(import_job)
    assert (await progress(client, location))["lines"] == counts(4)
    recorded = await staged(customer_database, "heed.purchase.recorded")
    assert sorted(len(event.data["products"]) for event in recorded) == [1, 1, 2]
