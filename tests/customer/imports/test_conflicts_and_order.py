"""Conflicts with stored content, the order of files, and purchases with scattered rows."""

import asyncio
import random
from datetime import timedelta

import pytest
from sqlalchemy import text

from heed_customer.imports.formats import chunks
from heed_customer.imports.processing import gathering
from tests.customer.factories import buy, make_customer, make_line, make_purchase, make_return, register, staged
from tests.customer.imports.files import CSV, NDJSON, make_row, ndjson, process_all, progress, table, upload
from tests.examples import seeds

pytestmark = pytest.mark.asyncio


@pytest.fixture
def short_chunks(monkeypatch):
    """Chunks of ten lines, so that few lines make a long file."""
    for module in (chunks, gathering):
        monkeypatch.setattr(module, "CHUNK_LINES", 10)


def results(**given: int) -> dict[str, int]:
    return {"created": 0, "updated": 0, "unchanged": 0, "kept": 0, "rejected": 0} | given


async def change(client, external_id: str, **fields: object) -> None:
    """Change a customer as a clerk does."""
    (customer,) = (await client.get("/v1/customers", params={"q": external_id})).json()["items"]
    response = await client.patch(f"/v1/customers/{customer['id']}", json=fields, headers={"If-Match": "*"})
    assert response.status_code == 200, response.text


async def stored(client, external_id: str) -> dict[str, object]:
    (customer,) = (await client.get("/v1/customers", params={"q": external_id})).json()["items"]
    return {name: value for name, value in customer.items() if value is not None}


async def imported(client, import_job, path: str, content: bytes, headers: dict[str, str], query: str = ""):
    response = await client.post(f"/v1/imports/{path}{query}", content=content, headers=headers)
    assert response.status_code == 202, response.text
    await process_all(import_job)
    return await progress(client, response.headers["location"])


async def test_purchases_uploaded_after_a_long_file_of_their_customers_find_them(client, import_job, short_chunks):
    customers = [make_customer(external_id=f"long-{number}") for number in range(25)]
    first = await upload(client, "customers", ndjson(customers), NDJSON)
    second = await upload(client, "purchases", table([make_row(customer_external_id="long-24")]), CSV)
    await process_all(import_job)
    assert (await progress(client, second))["results"] == results(created=1)
    assert (await progress(client, first))["results"] == results(created=25)


async def test_purchases_wait_only_for_the_part_of_the_file_that_has_their_customers(client, import_job, short_chunks):
    customers = [make_customer(external_id=f"part-{number}") for number in range(25)]
    first = await upload(client, "customers", ndjson(customers), NDJSON)
    second = await upload(client, "purchases", table([make_row(customer_external_id="part-9")]), CSV)
    assert await import_job.process_next_chunk()
    assert await import_job.process_next_chunk()
    assert (await progress(client, second))["state"] == "done"
    assert (await progress(client, first))["lines"]["done"] == 10


async def test_a_small_file_does_not_wait_for_a_long_one_that_has_nothing_to_do_with_it(
    client, import_job, short_chunks
):
    first = await upload(client, "customers", ndjson([make_customer() for _ in range(25)]), NDJSON)
    second = await upload(client, "customers", ndjson([make_customer()]), NDJSON)
    assert await import_job.process_next_chunk()
    assert await import_job.process_next_chunk()
    assert [(await progress(client, each))["state"] for each in (first, second)] == ["running", "done"]


async def test_of_two_files_of_the_same_customers_the_one_accepted_last_wins(client, import_job, short_chunks):
    filler = [make_customer() for _ in range(15)]
    old = [*filler, make_customer(external_id="twice", region="north")]
    new = [make_customer(external_id="twice", region="south")]
    await upload(client, "customers", ndjson(old), NDJSON)
    await imported(client, import_job, "customers", ndjson(new), NDJSON, "?on_conflict=update")
    assert (await stored(client, "twice"))["region"] == "south"


async def test_concurrent_workers_preserve_the_order_of_the_files(client, import_job, short_chunks):
    customers = [make_customer(external_id=f"many-{number}") for number in range(15)]
    await upload(client, "customers", ndjson(customers), NDJSON)
    purchases = [make_purchase(customer_external_id=f"many-{number}") for number in range(15)]
    second = await upload(client, "purchases", ndjson(purchases), NDJSON)
    while (await progress(client, second))["state"] != "done":
        await asyncio.gather(*(import_job.process_next_chunk() for _ in range(3)))
    assert (await progress(client, second))["results"] == results(created=15)


async def test_a_line_that_fails_unexpectedly_holds_back_no_other_file(client, import_job, customer_database):
    async with customer_database.transaction() as session:
        await session.execute(text("ALTER TABLE customer ADD CONSTRAINT luck CHECK (name <> 'Friday')"))
    rows = [make_customer(external_id="fails", name="Friday"), make_customer(external_id="good")]
    await upload(client, "customers", ndjson(rows), NDJSON)
    purchases = [make_purchase(customer_external_id=name) for name in ("good", "fails")]
    second = await upload(client, "purchases", ndjson(purchases), NDJSON)
    await process_all(import_job)
    done = await progress(client, second)
    assert (done["state"], done["results"]) == ("done", results(created=1, rejected=1))


MASTER = [{"external_id": "m-1", "kind": "individual", "name": "Ana", "region": "north"}]
PATCHED = [MASTER[0] | {"region": "south"}]


async def test_the_current_content_is_unchanged_and_earlier_content_is_a_conflict(client, import_job):
    await imported(client, import_job, "customers", table(MASTER), CSV)
    await change(client, "m-1", region="south")
    now = await imported(client, import_job, "customers", table(PATCHED), CSV)
    assert (now["results"], now["errors"]) == (results(unchanged=1), [])
    stale = await imported(client, import_job, "customers", table(MASTER), CSV)
    assert stale["results"] == results(rejected=1)
    (error,) = stale["errors"]
    assert (error["code"], error["line"]) == ("external_id_conflict", 2)
    assert error["reason"].startswith("Heed has another region, which is not replaced.")


async def test_a_nightly_file_updates_what_has_changed_and_publishes_only_that(client, import_job, customer_database):
    rows = [{"external_id": f"n-{number}", "kind": "individual", "name": "Ana", "owner": "lea"} for number in range(3)]
    await imported(client, import_job, "customers", table(rows), CSV)
    changed = [rows[0], rows[1] | {"owner": "tom"}, rows[2] | {"kind": "organization"}]
    done = await imported(client, import_job, "customers", table(changed), CSV, "?on_conflict=update")
    assert (done["on_conflict"], done["results"]) == ("update", results(unchanged=1, updated=2))
    first, second = await staged(customer_database, "heed.customer.updated")
    assert (first.data["changed"], first.data["handed_over"]) == (["owner"], True)
    assert (second.data["changed"], second.aggversion) == (["kind"], 2)
    again = await imported(client, import_job, "customers", table(changed), CSV, "?on_conflict=update")
    assert again["results"] == results(unchanged=3)
    assert len(await staged(customer_database, "heed.customer.updated")) == 2


async def test_a_file_may_skip_conflicts_and_count_them(client, import_job):
    await imported(client, import_job, "customers", table(PATCHED), CSV)
    new = {"external_id": "m-2", "kind": "individual", "name": "Bo", "region": "west"}
    done = await imported(client, import_job, "customers", table([*MASTER, new]), CSV, "?on_conflict=keep")
    assert (done["results"], done["errors"]) == (results(kept=1, created=1), [])
    assert (await stored(client, "m-1"))["region"] == "south"


async def test_columns_that_a_file_does_not_have_and_empty_cells_take_nothing_away(client, import_job):
    await imported(client, import_job, "customers", table(MASTER), CSV)
    await change(client, "m-1", owner="lea")
    few = [{"external_id": "m-1", "kind": "individual", "name": "Anna", "region": ""}]
    done = await imported(client, import_job, "customers", table(few), CSV, "?on_conflict=update")
    assert done["results"] == results(updated=1)
    customer = await stored(client, "m-1")
    assert [customer[name] for name in ("name", "region", "owner")] == ["Anna", "north", "lea"]
    null = ndjson([few[0] | {"region": None}])
    await imported(client, import_job, "customers", null, NDJSON, "?on_conflict=update")
    assert "region" not in await stored(client, "m-1")


async def test_the_same_customer_twice_in_a_file_ends_as_the_last_line_has_it(client, import_job, customer_database):
    rows = [MASTER[0] | {"region": region} for region in ("north", "south", "west")]
    done = await imported(client, import_job, "customers", table(rows), CSV, "?on_conflict=update")
    assert done["results"] == results(created=1, updated=2)
    assert (await stored(client, "m-1"))["region"] == "west"
    events = await staged(customer_database, "heed.customer")
    assert [event.aggversion for event in events] == [1, 2, 3]


async def test_a_file_does_not_update_a_merged_customer(client, import_job):
    await imported(client, import_job, "customers", table(MASTER), CSV)
    duplicate = (await stored(client, "m-1"))["id"]
    survivor = await register(client)
    merge = await client.post(f"/v1/customers/{survivor}/merge", json={"duplicate_id": duplicate})
    assert merge.status_code < 300, merge.text
    done = await imported(client, import_job, "customers", table(PATCHED), CSV, "?on_conflict=update")
    assert [(error["code"], error["column"]) for error in done["errors"]] == [("customer_merged", "external_id")]
    same = await imported(client, import_job, "customers", table(MASTER), CSV, "?on_conflict=update")
    assert same["results"] == results(unchanged=1)


async def test_registering_the_current_content_is_no_conflict(client):
    customer = make_customer(external_id="now", region="north")
    await register(client, **customer)
    await change(client, "now", region="south")
    again = await client.post("/v1/customers", json=customer | {"region": "south"})
    assert (again.status_code, again.json()["region"]) == (200, "south")
    other = await client.post("/v1/customers", json=customer | {"region": "west"})
    assert (other.status_code, other.json()["code"]) == (409, "external_id_conflict")


async def test_purchases_are_never_updated_by_a_file(client):
    response = await client.post("/v1/imports/purchases?on_conflict=update", content=table([make_row()]), headers=CSV)
    assert response.status_code == 422
    assert "on_conflict" in response.text


async def test_existing_purchases_may_be_skipped(client, import_job):
    await register(client, external_id="shop-1")
    await imported(client, import_job, "purchases", table([make_row()]), CSV)
    rows = [make_row(unit_price="1"), make_row(external_id="p-2")]
    done = await imported(client, import_job, "purchases", table(rows), CSV, "?on_conflict=keep")
    assert (done["results"], done["errors"]) == (results(kept=1, created=1), [])


async def test_the_lines_of_a_purchase_may_be_anywhere_in_the_file(client, import_job, short_chunks, customer_database):
    await register(client, external_id="shop-1")
    filler = [make_row(external_id=f"other-{number}") for number in range(12)]
    rows = [make_row(unit_price="10"), *filler, make_row(sku="b", unit_price="90"), *filler[:1]]
    done = await imported(client, import_job, "purchases", table(rows), CSV)
    assert (done["lines"]["total"], done["results"]) == (15, results(created=15))
    totals = {event.data["external_id"]: event.data["gross"] for event in await staged(customer_database, "heed.purch")}
    assert len(totals) == 13
    assert (totals["p-1"], totals["other-0"], totals["other-1"]) == ("100.0000", "19.9800", "9.9900")


async def test_a_scattered_purchase_with_an_invalid_row_is_not_recorded_even_in_part(
    client, import_job, customer_database
):
    await register(client, external_id="shop-1")
    rows = [make_row(), make_row(external_id="p-2"), make_row(sku="b", quantity="many"), make_row(external_id="p-2")]
    done = await imported(client, import_job, "purchases", table(rows), CSV)
    assert done["results"] == results(created=2, rejected=2)
    assert [(error["line"], error["column"]) for error in done["errors"]] == [(4, "quantity")]
    assert [event.data["external_id"] for event in await staged(customer_database, "heed.purchase")] == ["p-2"]


async def test_a_purchase_of_too_many_scattered_lines_is_rejected_completely(client, import_job, customer_database):
    await register(client, external_id="shop-1")
    half = [make_row(external_id="huge")] * 600
    rows = [*half, make_row(), *half]
    done = await imported(client, import_job, "purchases", table(rows), CSV)
    assert (done["state"], done["results"]) == ("done", results(created=1, rejected=1200))
    assert {error["code"] for error in done["errors"]} == {"purchase_too_large"}
    assert len(await staged(customer_database, "heed.purchase")) == 1
    async with customer_database.transaction() as session:
        assert (await session.execute(text("SELECT count(*) FROM import_row"))).scalar_one() == 0


async def test_the_same_order_with_its_lines_in_another_sequence_is_the_same(client, import_job):
    await register(client, external_id="shop-1")
    rows = [make_row(), make_row(sku="b", unit_price="5.00")]
    await imported(client, import_job, "purchases", table(rows), CSV)
    again = await imported(client, import_job, "purchases", table([rows[1] | {"unit_price": "5"}, rows[0]]), CSV)
    assert (again["results"], again["errors"]) == (results(unchanged=2), [])
    other = await imported(client, import_job, "purchases", table([rows[1], rows[1]]), CSV)
    assert other["results"] == results(rejected=2)


async def test_the_same_return_with_its_lines_in_another_sequence_is_the_same(client):
    purchase = await buy(client, lines=[make_line(sku="a"), make_line(sku="b")])
    path = f"/v1/purchases/{purchase['id']}/returns"
    lines = [{"sku": "a", "quantity": "1.0"}, {"sku": "b", "quantity": "2"}]
    sent = make_return(lines=lines)
    responses = [await client.post(path, json=sent | {"lines": each}) for each in (lines, lines[::-1], lines[:1])]
    assert [response.status_code for response in responses] == [201, 200, 409]


async def test_scattered_rows_that_fail_unexpectedly_wait_together(client, import_job, customer_database, clock):
    await register(client, external_id="shop-1")
    async with customer_database.transaction() as session:
        await session.execute(text("ALTER TABLE purchase ADD CONSTRAINT luck CHECK (external_id <> 'p-1')"))
    rows = [make_row(), make_row(external_id="p-2"), make_row(sku="b"), make_row(external_id="p-2", sku="c")]
    waiting = await imported(client, import_job, "purchases", table(rows), CSV)
    assert (waiting["state"], waiting["results"]) == ("running", results(created=2))
    async with customer_database.transaction() as session:
        await session.execute(text("ALTER TABLE purchase DROP CONSTRAINT luck"))
    clock.advance(timedelta(seconds=31))
    await process_all(import_job)
    events = await staged(customer_database, "heed.purchase")
    assert {event.data["external_id"]: len(event.data["products"]) for event in events} == {"p-1": 2, "p-2": 2}


@pytest.mark.parametrize("seed", seeds(8))
async def test_in_any_sequence_of_rows_each_purchase_is_recorded_completely_or_not_at_all(
    client, import_job, customer_database, short_chunks, seed
):
    await register(client, external_id="shop-1")
    chance = random.Random(seed)
    sizes = {f"p-{number}": chance.choice([1, 2, 3, 9]) for number in range(20)}
    bad = set(chance.sample(sorted(sizes), 4))
    rows = [
        make_row(external_id=name, sku=f"s-{number}", quantity="x" if name in bad and number == 0 else "1")
        for name, size in sizes.items()
        for number in range(size)
    ]
    chance.shuffle(rows)
    done = await imported(client, import_job, "purchases", table(rows), CSV)
    refused = sum(sizes[name] for name in bad)
    assert (done["state"], done["results"]) == ("done", results(created=len(rows) - refused, rejected=refused))
    events = await staged(customer_database, "heed.purchase")
    recorded = {event.data["external_id"]: len(event.data["products"]) for event in events}
    assert recorded == {name: size for name, size in sizes.items() if name not in bad}
    assert len(events) == len(recorded)
