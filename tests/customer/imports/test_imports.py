import asyncio
import json
import resource
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from heed_common import outbox
from heed_common.files.line_splitter import MAX_LINE_BYTES
from heed_common.identifiers import new_id
from tests.customer.factories import make_customer, make_purchase, register, staged
from tests.customer.imports.files import CSV, NDJSON, counts, make_row, ndjson, process_all, progress, table, upload

pytestmark = pytest.mark.asyncio


async def test_a_file_of_customers_is_accepted_and_then_processed(client, import_job, customer_database):
    location = await upload(client, "customers", ndjson([make_customer() for _ in range(2500)]), NDJSON)
    waiting = await progress(client, location)
    assert (waiting["state"], waiting["lines"]) == ("waiting", {"total": 2500, "done": 0, "ok": 0, "failed": 0})
    assert await import_job.process_next_chunk()
    running = await progress(client, location)
    assert (running["state"], running["lines"]["done"]) == ("running", 1000)
    await process_all(import_job)
    done = await progress(client, location)
    assert (done["state"], done["lines"], done["errors"]) == ("done", counts(2500), [])
    assert done["finished_at"] is not None
    assert len(await staged(customer_database, "heed.customer.registered")) == 2500


async def test_a_table_of_customers_needs_only_the_fields_there_are(client, import_job):
    rows = [{"name": "Müller, Söhne", "kind": "organization", "region": "", "external_id": "m"}]
    location = await upload(client, "customers", b"\xef\xbb\xbf" + table(rows), CSV)
    await process_all(import_job)
    assert (await progress(client, location))["lines"] == counts(1)
    (customer,) = (await client.get("/v1/customers", params={"q": "müller"})).json()["items"]
    assert (customer["name"], customer["region"]) == ("Müller, Söhne", None)


async def test_rows_of_one_purchase_become_its_lines(client, import_job, customer_database):
    await register(client, external_id="shop-1")
    rows = [make_row(), make_row(sku="book", unit_price="5", unit_cost="4"), make_row(external_id="p-2")]
    location = await upload(client, "purchases", table(rows), CSV)
    await process_all(import_job)
    assert (await progress(client, location))["lines"] == counts(3)
    first, second = await staged(customer_database, "heed.purchase")
    assert (first.data["gross"], first.data["margin"], first.data["margin_estimated"]) == ("14.9900", "3.9970", True)
    assert second.data["gross"] == "9.9900"


async def test_every_rejected_line_is_listed_without_its_content(client, import_job, customer_database):
    await register(client, external_id="shop-1")
    good = make_purchase(customer_external_id="shop-1")
    lines = [
        json.dumps(good).encode(),
        b'{"external_id": "Secret Name", ',
        b"no JSON",
        b"",
        json.dumps(make_purchase(customer_external_id="Secret Name")).encode(),
        json.dumps({**good, "currency": "EUR"}).encode(),
        json.dumps(make_purchase(customer_external_id="shop-1", lines=[{"sku": "Secret Name"}])).encode(),
        b'{"padding": "' + b"x" * MAX_LINE_BYTES + b'"}',
        b'"Secret Name"',
        json.dumps(good).encode(),
    ]
    location = await upload(client, "purchases", b"\n".join(lines), NDJSON)
    await process_all(import_job)
    done = await progress(client, location)
    assert (done["state"], done["lines"]) == ("done", counts(9, failed=7))
    assert [(error["line"], error["column"], error["code"]) for error in done["errors"]] == [
        (2, None, "line_malformed"),
        (3, None, "line_malformed"),
        (5, "customer_external_id", "customer_unknown"),
        (6, "external_id", "external_id_conflict"),
        (7, "lines.0.category", "validation_failed"),
        (7, "lines.0.quantity", "validation_failed"),
        (7, "lines.0.unit_price", "validation_failed"),
        (8, None, "line_too_long"),
        (9, None, "validation_failed"),
    ]
    assert "Secret" not in json.dumps(done)
    assert len(await staged(customer_database, "heed.purchase")) == 1


async def test_a_wrong_cell_is_named_by_row_and_column(client, import_job):
    await register(client, external_id="shop-1")
    rows = [make_row(), make_row(sku="b", quantity="-1"), make_row(external_id="p-2", currency="EURO")]
    location = await upload(client, "purchases", table(rows), CSV)
    await process_all(import_job)
    errors = (await progress(client, location))["errors"]
    assert [(error["line"], error["column"]) for error in errors] == [(3, "quantity"), (4, "currency")]


async def test_errors_come_in_pages(client, import_job):
    location = await upload(client, "customers", b"{}\n" * 300, NDJSON)
    await process_all(import_job)
    lines, cursor = [], {}
    while True:
        page = (await client.get(location, params={"limit": 200} | cursor)).json()
        lines += [error["line"] for error in page["errors"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert lines == [line for number in range(1, 301) for line in (number, number)]


async def test_the_same_file_again_changes_nothing(client, import_job, customer_database):
    await register(client, external_id="shop-1")
    content = ndjson([make_purchase(customer_external_id="shop-1") for _ in range(50)])
    for _ in range(2):
        location = await upload(client, "purchases", content, NDJSON)
        await process_all(import_job)
        assert (await progress(client, location))["lines"] == counts(50)
    assert len(await staged(customer_database, "heed.purchase")) == 50


@pytest.mark.slow
async def test_a_worker_killed_within_a_chunk_loses_and_repeats_nothing(client, import_job, customer_database):
    await register(client, external_id="shop-1")
    content = ndjson([make_purchase(customer_external_id="shop-1") for _ in range(3000)])
    location = await upload(client, "purchases", content, NDJSON)
    assert await import_job.process_next_chunk()
    killed = await _chunk_in_hand(import_job, customer_database)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    assert (await progress(client, location))["lines"]["done"] == 1000
    await process_all(import_job)
    assert (await progress(client, location))["lines"] == counts(3000)
    assert len(await staged(customer_database, "heed.purchase")) == 3000


async def _done(client, location: str) -> None:
    while (await progress(client, location))["state"] != "done":
        await asyncio.sleep(0.01)


async def _chunk_in_hand(import_job, database) -> "asyncio.Task[bool]":
    """Wait for a worker that has locked an import. The check locks the row briefly, too, and may deter a worker."""
    free = text('SELECT count(*) FROM (SELECT 1 FROM "import" FOR UPDATE SKIP LOCKED) AS free')
    working = asyncio.create_task(import_job.process_next_chunk())
    while True:
        async with database.transaction() as session:
            if (await session.execute(free)).scalar_one() == 0:
                return working
        if working.done():
            working = asyncio.create_task(import_job.process_next_chunk())
        await asyncio.sleep(0.005)


@pytest.mark.slow
async def test_two_workers_share_the_imports_and_not_the_chunks(client, import_job, customer_database):
    locations = [
        await upload(client, "customers", ndjson([make_customer() for _ in range(2000)]), NDJSON) for _ in range(2)
    ]
    await asyncio.gather(process_all(import_job), process_all(import_job))
    await process_all(import_job)
    assert [(await progress(client, location))["lines"] for location in locations] == [counts(2000)] * 2
    assert len(await staged(customer_database)) == 4000


async def test_imports_wait_while_the_way_out_is_full(client, import_job, monkeypatch, customer_database):
    monkeypatch.setattr(outbox, "BACKLOG_LIMIT", 10)
    location = await upload(client, "customers", ndjson([make_customer() for _ in range(1500)]), NDJSON)
    assert await import_job.process_next_chunk()
    assert not await import_job.process_next_chunk()
    assert (await progress(client, location))["lines"]["done"] == 1000
    async with customer_database.transaction() as session:
        await session.execute(text("DELETE FROM outbox"))
    assert await import_job.process_next_chunk()
    assert (await progress(client, location))["state"] == "done"


async def test_the_job_processes_waiting_imports_and_stops_on_request(client, import_job):
    location = await upload(client, "customers", ndjson([make_customer() for _ in range(10)]), NDJSON)
    running = asyncio.create_task(import_job.run())
    await _done(client, location)
    assert import_job.ready
    import_job.stop()
    await asyncio.wait_for(running, 60)


async def test_a_client_that_goes_away_leaves_nothing(app, client, import_job, customer_database):
    messages = iter(
        [
            {"type": "http.request", "body": ndjson([make_customer() for _ in range(1500)]), "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    request = client.build_request("POST", "http://toys/v1/imports/customers", headers=NDJSON)
    scope = {
        "type": "http", "method": "POST", "path": "/v1/imports/customers", "query_string": b"", "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
    }  # fmt: skip

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        assert message.get("status", 0) != 202

    await app(scope, receive, send)
    await _nothing_is_left(import_job, customer_database)


async def _nothing_is_left(import_job, database) -> None:
    async with database.transaction() as session:
        assert (await session.execute(text('SELECT count(*) FROM "import"'))).scalar_one() == 0
        assert (await session.execute(text("SELECT count(*) FROM import_chunk"))).scalar_one() == 0
    assert not await import_job.process_next_chunk()


async def test_a_file_whose_receiver_died_is_never_worked_off_and_dropped_after_an_hour(
    client, import_job, customer_database, clock
):
    await upload(client, "customers", ndjson([make_customer()]), NDJSON)
    async with customer_database.transaction() as session:
        await session.execute(text("UPDATE \"import\" SET state = 'receiving'"))
    clock.advance(timedelta(minutes=59))
    assert not await import_job.process_next_chunk()
    clock.advance(timedelta(minutes=2))
    await import_job.process_next_chunk()
    await _nothing_is_left(import_job, customer_database)


async def test_an_empty_file_is_done_at_once(client):
    location = await upload(client, "customers", b"\n\n", NDJSON)
    assert (await progress(client, location))["state"] == "done"


async def test_an_upload_with_an_idempotency_key_is_accepted_once(client, customer_database):
    content = ndjson([make_customer()])
    headers = NDJSON | {"Idempotency-Key": "file-1"}
    first, again = [await client.post("/v1/imports/customers", content=content, headers=headers) for _ in range(2)]
    assert (first.json(), first.headers["location"]) == (again.json(), again.headers["location"])
    assert again.headers["idempotent-replayed"] == "true"
    other = await client.post("/v1/imports/customers", content=content * 2, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    async with customer_database.transaction() as session:
        assert (await session.execute(text('SELECT count(*) FROM "import"'))).scalar_one() == 1


async def test_two_uploads_of_one_file_under_one_key_are_one_import(client, import_job, customer_database):
    both_run = asyncio.Barrier(2)

    async def pieces():
        yield ndjson([make_customer(external_id="one")])
        await both_run.wait()
        yield ndjson([make_customer(external_id="two", name="Ana")])

    key = NDJSON | {"Idempotency-Key": "k"}
    responses = await asyncio.gather(
        *(client.post("/v1/imports/customers", content=pieces(), headers=key) for _ in "ab")
    )
    taken = [response for response in responses if response.status_code == 202]
    assert {response.status_code for response in responses} <= {202, 409}
    assert len({response.json()["id"] for response in taken}) == 1
    assert await process_all(import_job) == 1
    assert len(await staged(customer_database, "heed.customer.registered")) == 2


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{}", {"Content-Type": "application/json"}, 415, "media_type_unsupported"),
        (b"{}", {}, 415, "media_type_unsupported"),
        (b"{}", {"Content-Type": "text/csv; charset=koi8-r"}, 415, "media_type_unsupported"),
        (b"kind,secret\n", CSV, 422, "header_refused"),
        (b"", CSV, 422, "header_refused"),
    ],
)
async def test_an_invalid_file_is_rejected_at_once(
    client, import_job, customer_database, content, headers, status, code
):
    response = await client.post("/v1/imports/customers", content=content, headers=headers)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert "secret" not in response.text
    await _nothing_is_left(import_job, customer_database)


async def test_an_import_is_found_under_its_own_kind_only(client):
    location = await upload(client, "customers", b"", NDJSON)
    assert (await client.get(location.replace("customers", "purchases"))).status_code == 404
    missing = await client.get(f"/v1/imports/customers/{new_id()}")
    assert (missing.status_code, missing.json()["code"]) == (404, "import_not_found")


def peak_mebibytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.slow
async def test_more_lines_do_not_grow_memory(client, import_job, customer_database, repetitions):
    many = repetitions(quick=40_000, full=200_000)
    await register(client, external_id="shop-1")

    async def lines(number: int) -> Any:
        for first in range(0, number, 500):
            yield ndjson(
                [make_purchase(external_id=f"n{first + n}", customer_external_id="shop-1") for n in range(500)]
            )

    await upload(client, "purchases", lines(10_000), NDJSON)
    before = peak_mebibytes()
    location = await upload(client, "purchases", lines(many), NDJSON)
    assert peak_mebibytes() - before < 20
    assert (await progress(client, location))["lines"]["total"] == many
    assert await import_job.process_next_chunk()
    assert peak_mebibytes() - before < 60
