"""Contacts and consents as columns of customer files."""

import pytest
from sqlalchemy import text

from tests.customer.factories import make_customer, register, staged
from tests.customer.imports.files import CSV, NDJSON, ndjson, process_all, progress

pytestmark = pytest.mark.asyncio
LINE = {
    "phone": "138 0013 8000",
    "mail": "Li <Li@Example.com>",
    "consent_marketing_mail": "yes",
    "consent_source": "shop",
}


async def imported(client, import_job, lines, query=""):
    response = await client.post(f"/v1/imports/customers{query}", content=ndjson(lines), headers=NDJSON)
    assert response.status_code == 202, response.text
    await process_all(import_job)
    return await progress(client, response.headers["location"])


async def id_of(client, external_id):
    (customer,) = (await client.get("/v1/customers", params={"q": external_id})).json()["items"]
    return customer["id"]


async def contacts_of(client, external_id):
    items = (await client.get(f"/v1/customers/{await id_of(client, external_id)}/contacts")).json()["items"]
    return [(item["kind"], item["value"]) for item in items]


async def consent_of(client, external_id, purpose="marketing", channel="mail"):
    items = (await client.get(f"/v1/customers/{await id_of(client, external_id)}/consents")).json()["items"]
    return next(item for item in items if (item["purpose"], item["channel"]) == (purpose, channel))


async def test_new_customers_come_with_contacts_and_consents(client, customer_database, import_job):
    report = await imported(client, import_job, [make_customer(external_id="n-1", **LINE), make_customer()])
    assert report["results"]["created"] == 2
    assert await contacts_of(client, "n-1") == [("phone", "+8613800138000"), ("mail", "li@example.com")]
    consent = await consent_of(client, "n-1")
    assert (consent["allowed"], consent["source"]) == (True, "shop")
    types = [event.type for event in await staged(customer_database)]
    assert sorted(types) == sorted(
        ["heed.customer.registered.v1"] * 2 + ["heed.contact.changed.v1"] * 2 + ["heed.consent.changed.v1"]
    )


async def test_the_same_file_again_changes_nothing(client, customer_database, import_job):
    lines = [make_customer(external_id="s-1", **LINE)]
    await imported(client, import_job, lines)
    before = await staged(customer_database)
    assert (await imported(client, import_job, lines))["results"]["unchanged"] == 1
    assert await staged(customer_database) == before


async def test_existing_customers_get_contacts_and_consents_that_they_lack(client, import_job):
    await register(client, external_id="e-1", name="Li Wei")
    line = make_customer(external_id="e-1", name="Li Wei", **LINE)
    assert (await imported(client, import_job, [line]))["results"]["updated"] == 1
    assert len(await contacts_of(client, "e-1")) == 2
    assert (await consent_of(client, "e-1"))["allowed"] is True


@pytest.mark.parametrize(
    ("on_conflict", "result", "allowed"),
    [("reject", "rejected", False), ("keep", "unchanged", False), ("update", "updated", True)],
)
async def test_an_opt_out_is_only_replaced_on_request(client, import_job, on_conflict, result, allowed):
    line = make_customer(external_id="o-1", consent_marketing_mail="yes")
    await imported(client, import_job, [line])
    path = f"/v1/customers/{await id_of(client, 'o-1')}/consents/marketing/mail"
    assert (await client.put(path, json={"granted": False, "source": "call"})).status_code == 200
    line = line | {"mail": "new@example.com"} if on_conflict == "reject" else line
    report = await imported(client, import_job, [line], f"?on_conflict={on_conflict}")
    assert report["results"][result] == 1
    assert (await consent_of(client, "o-1"))["allowed"] is allowed
    if on_conflict == "reject":
        assert [(error["code"], error["column"]) for error in report["errors"]] == [
            ("consent_conflict", "consent_marketing_mail")
        ]
        assert await contacts_of(client, "o-1") == []


async def test_a_second_line_of_a_new_customer_adds_what_it_has(client, import_job):
    first, second = make_customer(external_id="t-1", phone="13800138000"), make_customer(external_id="t-1")
    report = await imported(client, import_job, [first, second | {"name": first["name"], "mail": "t@example.com"}])
    assert (report["results"]["created"], report["results"]["updated"]) == (1, 1)
    assert len(await contacts_of(client, "t-1")) == 2


async def test_a_number_that_cannot_be_read_is_stored_as_written(client, import_job):
    await imported(client, import_job, [make_customer(external_id="r-1", phone="ask the porter")])
    assert await contacts_of(client, "r-1") == [("phone", None)]


async def test_columns_of_a_table_are_yes_and_no_in_several_languages(client, import_job):
    rows = ["external_id,kind,name,Phone,Consent Marketing Mail,Consent-Survey-SMS"]
    rows += ["y-1,individual,Ana,13800138000,是,No", "y-2,individual,Bo,,,TRUE", "y-3,individual,Cem,,maybe,"]
    response = await client.post("/v1/imports/customers", content="\n".join(rows).encode(), headers=CSV)
    await process_all(import_job)
    report = await progress(client, response.headers["location"])
    assert [(error["line"], error["column"]) for error in report["errors"]] == [(4, "consent_marketing_mail")]
    assert (await consent_of(client, "y-1"))["allowed"] is True
    assert (await consent_of(client, "y-1", "survey", "sms"))["status"] == "refused"
    assert (await consent_of(client, "y-2", "survey", "sms"))["allowed"] is True


async def test_a_dry_run_stores_no_contact(client, customer_database, import_job):
    report = await imported(client, import_job, [make_customer(external_id="d-1", **LINE)], "?dry_run=true")
    assert report["results"]["created"] == 1
    async with customer_database.transaction() as session:
        counted = text("SELECT (SELECT count(*) FROM contact) + (SELECT count(*) FROM consent_decision)")
        assert await session.scalar(counted) == 0
