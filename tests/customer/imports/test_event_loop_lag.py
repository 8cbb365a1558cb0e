"""Imports do not block other calls: the longest step of the event loop, in processor time."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import thread_time

import pytest

from tests.customer.factories import make_purchase, register
from tests.customer.imports.files import CSV, NDJSON, make_row, ndjson, process_all, progress, table, upload
from tests.pauses import without_burden_of_tests

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]

LIMIT_SECONDS = 0.25
BEAT_SECONDS = 0.001
ROWS_READ = """
import sys
from heed_customer.imports.formats.parsing import Source, parse_customers, parse_purchases

CUSTOMERS = b"individual,Ana,Asia/Shanghai\\n" * 50
PURCHASES = b"p,c,2026-03-01T10:00:00Z,USD,cd-1,music,1,9.99\\n" * 50
HEADER = "external_id,customer_external_id,occurred_at,currency,sku,category,quantity,unit_price".split(",")


def read():
    customers = list(parse_customers(Source(CUSTOMERS, columns=["kind", "name", "time_zone"])))
    return len(customers) + len(list(parse_purchases(Source(PURCHASES, columns=HEADER))))


read()
touched = []
sys.addaudithook(lambda event, _: touched.append(event) if event.startswith(("open", "os.")) else None)
print(read(), touched)
"""


@dataclass
class Heart:
    """Measures every step of the event loop."""

    longest: float = 0.0

    async def beat(self) -> None:
        while True:
            began = thread_time()
            await asyncio.sleep(BEAT_SECONDS)
            self.longest = max(self.longest, thread_time() - began)


@asynccontextmanager
async def beating() -> AsyncIterator[Heart]:
    heart = Heart()
    with without_burden_of_tests():
        task = asyncio.create_task(heart.beat())
        yield heart
        task.cancel()


async def in_pieces(content: bytes) -> AsyncIterator[bytes]:
    """Yield the content in pieces as a socket does."""
    for start in range(0, len(content), 65_536):
        yield content[start : start + 65_536]


def customers(**cells: str) -> bytes:
    row = {"kind": "individual", "name": "Ana", "time_zone": "Asia/Shanghai", "language": "zh-CN"}
    return table([row | {"external_id": f"c-{number}"} | cells for number in range(1000)])


FILES = {
    "customers with a time zone": ("customers", customers(), CSV),
    "customers that are wrong": ("customers", customers(kind="x", name="", time_zone="y", language="z"), CSV),
    "purchases with scattered rows": (
        "purchases",
        table([make_row(external_id=f"p-{number % 500}", sku=f"s-{number}") for number in range(1000)]),
        CSV,
    ),
    "an order of 1000 rows": ("purchases", table([make_row(sku=f"s-{number}") for number in range(1000)]), CSV),
    "orders of 1000 wrong lines": (
        "purchases",
        ndjson([make_purchase(customer_external_id="shop-1", lines=[{}] * 1000) for _ in range(20)]),
        NDJSON,
    ),
    "a mebibyte of lists in a line": ("customers", b'{"name":[' + b"[]," * 300_000 + b"1]}\n", NDJSON),
    "half a million lines in a cell": ("customers", b'kind,name\nindividual,"' + b"a\n" * 500_000 + b'"\n', CSV),
    "a cell that nothing closes": ("customers", b"kind,name\n" + b'"a,' * 300_000, CSV),
}


@pytest.mark.parametrize("name", FILES)
async def test_no_file_holds_others_up(client, import_job, name):
    await register(client, external_id="shop-1")
    path, content, headers = FILES[name]
    async with beating() as heart:
        location = await upload(client, path, in_pieces(content), headers)
        await process_all(import_job)
    assert (await progress(client, location))["state"] == "done"
    assert 0 < heart.longest <= LIMIT_SECONDS


async def test_an_update_of_a_thousand_customers_does_not_block_other_calls(client, import_job):
    await upload(client, "customers", customers(), CSV)
    await process_all(import_job)
    content = in_pieces(customers(region="north"))
    async with beating() as heart:
        response = await client.post("/v1/imports/customers?on_conflict=update", content=content, headers=CSV)
        await process_all(import_job)
    assert (await progress(client, response.headers["location"]))["results"]["updated"] == 1000
    assert 0 < heart.longest <= LIMIT_SECONDS


async def test_no_row_costs_a_look_at_the_disk():
    """Data such as the list of time zones may be read from disk once, but not for each row."""
    run = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", ROWS_READ], capture_output=True, text=True, check=True
    )
    assert run.stdout == "51 []\n"
