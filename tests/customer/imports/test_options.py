"""Options of imports: dry runs, mapping of columns, the file of errors and the remaining time."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from heed_common.imports.options import parse_mapping, remaining_seconds
from heed_common.problems import Invalid
from heed_customer.imports.formats.headers import COLUMNS
from heed_customer.imports.formats.kinds import ImportKind
from tests.customer.factories import make_customer, make_purchase, register, staged
from tests.customer.imports.files import CSV, NDJSON, make_row, ndjson, process_all, progress, table

pytestmark = pytest.mark.asyncio

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def with_mapping(headers, mapping):
    return headers | {"Heed-Import-Options": json.dumps({"mapping": mapping})}


async def imported(client, import_job, path, content, headers):
    response = await client.post(f"/v1/imports/{path}", content=content, headers=headers)
    assert response.status_code == 202, response.text
    await process_all(import_job)
    return await progress(client, response.headers["location"])


async def test_a_dry_run_reports_what_the_import_would_do_and_changes_nothing(client, customer_database, import_job):
    await register(client, external_id="d-1", name="Li Wei", region="north")
    before = await staged(customer_database)
    lines = [
        make_customer(external_id="d-1", region="south"),
        make_customer(external_id="d-2"),
        {"kind": "robot", "name": "R2"},
    ]
    report = await imported(client, import_job, "customers?dry_run=true&on_conflict=update", ndjson(lines), NDJSON)
    assert report["dry_run"] is True
    assert report["results"] == {"created": 1, "updated": 1, "unchanged": 0, "kept": 0, "rejected": 1}
    assert [(error["line"], error["column"]) for error in report["errors"]] == [(3, "kind")]
    assert await staged(customer_database) == before
    (customer,) = (await client.get("/v1/customers")).json()["items"]
    assert customer["region"] == "north"
    real = await imported(client, import_job, "customers?on_conflict=update", ndjson(lines), NDJSON)
    assert (real["dry_run"], real["results"]) == (False, report["results"])
    assert (await client.get("/v1/customers?q=d-1")).json()["items"][0]["region"] == "south"


async def test_a_dry_run_of_purchases_with_scattered_rows_records_none(client, customer_database, import_job):
    await register(client, external_id="shop-1")
    rows = [make_row(external_id="a"), make_row(external_id="b"), make_row(external_id="a", sku="cd-2")]
    report = await imported(client, import_job, "purchases?dry_run=true", table(rows), CSV)
    assert (report["state"], report["results"]["created"]) == ("done", 3)
    assert [event.type for event in await staged(customer_database)] == ["heed.customer.registered.v1"]
    assert (await imported(client, import_job, "purchases", table(rows), CSV))["results"]["created"] == 3


async def test_an_import_does_not_wait_for_a_dry_run(client, import_job):
    await client.post(
        "/v1/imports/customers?dry_run=true", content=ndjson([make_customer(external_id="w")]), headers=NDJSON
    )
    purchase = make_purchase(customer_external_id="w")
    report = await imported(client, import_job, "purchases", ndjson([purchase]), NDJSON)
    assert [error["code"] for error in report["errors"]] == ["customer_unknown"]


@pytest.mark.parametrize("delimiter", [",", ";"])
async def test_columns_of_another_system_are_mapped_and_ignored(client, import_job, delimiter):
    text = (
        delimiter.join(["Kunden-Nr.", "Typ", "姓名", "Remarks"])
        + "\n"
        + delimiter.join(["k-1", "individual", "李伟", "x"])
    )
    mapping = {"kunden-nr.": "external_id", "Typ": "kind", "姓名": "name", "remarks": None}
    report = await imported(client, import_job, "customers", text.encode(), with_mapping(CSV, mapping))
    assert (report["results"]["created"], report["format"]["delimiter"]) == (1, delimiter)
    (customer,) = (await client.get("/v1/customers")).json()["items"]
    assert (customer["external_id"], customer["name"]) == ("k-1", "李伟")


async def test_members_of_ndjson_lines_are_mapped_too_and_files_of_one_customer_wait_for_each_other(client, import_job):
    mapped = [{"No": "m-1", "kind": "individual", "name": "Ana", "secret": 1}]
    headers = with_mapping(NDJSON, {"No": "external_id", "secret": None})
    await client.post("/v1/imports/customers", content=ndjson(mapped), headers=headers)
    report = await imported(
        client, import_job, "purchases", ndjson([make_purchase(customer_external_id="m-1")]), NDJSON
    )
    assert report["results"]["created"] == 1


async def test_a_mapping_of_a_column_that_the_file_lacks_is_refused(client):
    headers = with_mapping(CSV, {"Number": "external_id"})
    response = await client.post("/v1/imports/customers", content=b"kind,name\nindividual,Ana\n", headers=headers)
    assert (response.status_code, response.json()["code"]) == (422, "header_refused")


@pytest.mark.parametrize(
    ("header", "pointer"),
    [
        ("no json", ""),
        ("[1]", ""),
        ('{"maping": {}}', "/maping"),
        ('{"mapping": 7}', "/mapping"),
        ('{"mapping": {"a": "shoe_size"}}', "/mapping/a"),
        ('{"mapping": {"a": 7}}', "/mapping/a"),
        ('{"mapping": {"A b": "name", "a-B": "kind"}}', "/mapping/a-B"),
        ("{" + " " * 9000 + "}", ""),
    ],
)
async def test_options_that_cannot_be_read_are_refused_with_a_pointer(client, header, pointer):
    with pytest.raises(Invalid) as refused:
        parse_mapping(header, allowed=COLUMNS[ImportKind.CUSTOMERS].allowed)
    assert refused.value.errors[0]["pointer"] == pointer
    headers = CSV | {"Heed-Import-Options": header}
    response = await client.post("/v1/imports/customers", content=b"kind,name\nindividual,Ana\n", headers=headers)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_names_in_utf_8_arrive_in_a_header():
    header = json.dumps({"mapping": {"姓名": "name"}}, ensure_ascii=False).encode().decode("latin-1")
    assert parse_mapping(header, allowed=COLUMNS[ImportKind.CUSTOMERS].allowed) == {"姓名": "name"}


async def test_the_errors_of_an_import_are_a_file_without_the_content_of_its_lines(client, import_job):
    lines = [{"kind": "robot", "name": "=secret"}, make_customer(), {"name": "Ana"}]
    report = await imported(client, import_job, "customers", ndjson(lines), NDJSON)
    response = await client.get(f"/v1/imports/customers/{report['id']}/errors.csv")
    rows = list(csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff"))))
    assert [(row["line"], row["column"], row["code"]) for row in rows] == [
        ("1", "kind", "validation_failed"),
        ("3", "kind", "validation_failed"),
    ]
    assert "secret" not in response.text
    unknown = await client.get(f"/v1/imports/purchases/{report['id']}/errors.csv")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "import_not_found")


async def test_the_remaining_time_follows_from_the_speed_so_far(client, import_job):
    assert remaining_seconds(started_at=START, done=250, total=1000, now=START + timedelta(seconds=10)) == 30
    assert remaining_seconds(started_at=START, done=0, total=1000, now=START) is None
    assert remaining_seconds(started_at=None, done=0, total=1000, now=START) is None
    report = await imported(client, import_job, "customers", ndjson([make_customer()]), NDJSON)
    assert report["started_at"] is not None
    assert report["remaining_seconds"] is None
