"""Contacts over HTTP: normal forms, duplicates, masks, revisions, merged customers."""

import pytest

from tests.common.sample_app import make_client, make_token
from tests.customer.factories import merge, register, staged

pytestmark = pytest.mark.asyncio
PHONE = {"kind": "phone", "value": "138 0013 8000"}


async def create(client, customer_id, **overrides):
    response = await client.post(f"/v1/customers/{customer_id}/contacts", json=PHONE | overrides)
    assert response.status_code == 201, response.text
    return response.json()


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("phone", "138 0013 8000", "+8613800138000"),
        ("phone", "１３８００１３８０００", "+8613800138000"),
        ("phone", "010-12345678转8001", "+861012345678;ext=8001"),
        ("phone", "+1 (212) 555-0123", "+12125550123"),
        ("phone", "call my wife", None),
        ("mail", "Ana <Ana@Example.com>", "ana@example.com"),
        ("mail", "mailto:ana@münchen.de", "ana@xn--mnchen-3ya.de"),
        ("mail", "ana..lima@example.com", None),
        ("mail", "ana at example.com", None),
        ("wecom", " zhang-san ", "zhang-san"),
        ("post", "上海市南京路1号", "上海市南京路1号"),
        ("other", "Telegram: @ana", "Telegram: @ana"),
    ],
)
async def test_a_contact_has_its_normal_form_and_the_text_as_it_was_written(client, kind, raw, value):
    customer_id = await register(client, region="CN-SH")
    contact = await create(client, customer_id, kind=kind, value=raw)
    assert (contact["value"], contact["raw"], contact["state"]) == (value, raw.strip(), "unverified")
    listed = (await client.get(f"/v1/customers/{customer_id}/contacts")).json()
    assert listed == {"items": [contact], "next_cursor": None}


async def test_a_contact_is_published_without_its_value(client, customer_database):
    customer_id = await register(client, region="CN")
    contact = await create(client, customer_id, label="Work", person={"name": "Wang", "role": "purchasing"})
    path = f"/v1/customers/{customer_id}/contacts/{contact['id']}"
    await client.patch(path, json={"verified": True}, headers={"If-Match": '"1"'})
    await client.patch(path, json={"label": "Home"}, headers={"If-Match": '"2"'})
    await client.delete(path)
    events = await staged(customer_database, "heed.contact.changed")
    assert [(event.aggversion, event.data["change"], event.data["state"]) for event in events] == [
        (1, "created", "unverified"),
        (2, "verified", "verified"),
        (3, "updated", "verified"),
        (4, "deleted", "verified"),
    ]
    assert {(event.subject, event.partitionkey) for event in events} == {(contact["id"], str(customer_id))}
    for event in events:
        text = event.model_dump_json()
        assert not any(personal in text for personal in ("138 ", "0013800", "**", "Work", "Wang", "Home"))
    assert (await client.get(path)).status_code == 404


async def test_the_same_contact_again_is_the_existing_one(client, customer_database):
    customer_id = await register(client, region="CN")
    first = await client.post(f"/v1/customers/{customer_id}/contacts", json=PHONE)
    again = await client.post(f"/v1/customers/{customer_id}/contacts", json=PHONE | {"value": "+8613800138000"})
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["heed-event"] == first.headers["heed-event"]
    other = await client.post(f"/v1/customers/{customer_id}/contacts", json=PHONE | {"label": "Home"})
    assert (other.status_code, other.json()["code"]) == (409, "contact_exists")
    assert other.json()["contact_id"] == first.json()["id"]
    assert len(await staged(customer_database, "heed.contact")) == 1


async def test_two_persons_of_an_organization_may_share_a_number(client):
    customer_id = await register(client, kind="organization", region="CN")
    first = await create(client, customer_id, person={"name": "Wang", "role": "purchasing"})
    second = await create(client, customer_id, person={"name": "Li"})
    assert first["id"] != second["id"]
    assert (first["person"], second["person"]) == (
        {"name": "Wang", "role": "purchasing"},
        {"name": "Li", "role": None},
    )


async def test_a_customer_has_one_preferred_contact(client):
    customer_id = await register(client, region="CN")
    phone = await create(client, customer_id, preferred=True)
    mail = await create(client, customer_id, kind="mail", value="ana@example.com", preferred=True)
    read = (await client.get(f"/v1/customers/{customer_id}/contacts")).json()["items"]
    assert [(contact["id"], contact["preferred"]) for contact in read] == [(phone["id"], False), (mail["id"], True)]
    stale = await client.patch(
        f"/v1/customers/{customer_id}/contacts/{phone['id']}", json={"preferred": True}, headers={"If-Match": '"1"'}
    )
    assert stale.status_code == 412


async def test_without_the_scope_every_response_is_masked(app, client, customer_database, clock):
    customer_id = await register(client, region="CN")
    contact = await create(client, customer_id)
    await create(client, customer_id, kind="mail", value="Ana <ana@example.com>")
    await create(client, customer_id, kind="phone", value="after 6 call 555")
    scopes = frozenset({"customers:read", "contacts:write"})
    token = await make_token(customer_database, now=clock.now(), scopes=scopes)
    path = f"/v1/customers/{customer_id}/contacts"
    async with make_client(app, token) as other:
        listed = (await other.get(path)).json()["items"]
        assert [item["value"] for item in listed] == ["+86 138 **** 8000", "a***@example.com", None]
        assert [item["raw"] for item in listed] == ["+86 138 **** 8000", "a***@example.com", "***"]
        assert [item["masked"] for item in listed] == [True] * 3
        responses = [
            await other.get(f"{path}/{contact['id']}"),
            await other.post(path, json=PHONE | {"value": "13900139000"}),
            await other.patch(f"{path}/{contact['id']}", json={"value": "13700137000"}, headers={"If-Match": '"1"'}),
        ]
    assert [response.json()["value"] for response in responses] == [
        "+86 138 **** 8000",
        "+86 139 **** 9000",
        "+86 137 **** 7000",
    ]


async def test_a_new_value_is_unverified_and_the_old_one_is_found_no_more(client):
    customer_id = await register(client, region="CN")
    contact = await create(client, customer_id, verified=True)
    assert contact["state"] == "verified"
    path = f"/v1/customers/{customer_id}/contacts/{contact['id']}"
    changed = await client.patch(path, json={"value": "13900139000"}, headers={"If-Match": '"1"'})
    assert (changed.json()["state"], changed.json()["value"]) == ("unverified", "+8613900139000")
    assert changed.headers["etag"] == '"2"'
    same = await client.patch(path, json={"value": "139-0013-9000"}, headers={"If-Match": '"2"'})
    assert same.headers["etag"] == '"3"'
    nothing = await client.patch(path, json={"label": None}, headers={"If-Match": '"3"'})
    assert (nothing.headers["etag"], "heed-event" in nothing.headers) == ('"3"', False)


async def test_an_update_needs_the_revision_that_was_read(client):
    customer_id = await register(client)
    contact = await create(client, customer_id)
    path = f"/v1/customers/{customer_id}/contacts/{contact['id']}"
    assert (await client.patch(path, json={"label": "x"})).status_code == 428
    assert (await client.patch(path, json={"label": "x"}, headers={"If-Match": '"2"'})).status_code == 412
    assert (await client.delete(path, headers={"If-Match": '"2"'})).status_code == 412
    assert (await client.delete(path, headers={"If-Match": '"1"'})).status_code == 204


async def test_contacts_of_merged_customers_are_read_together_and_stay_with_their_own(client):
    survivor, duplicate = await register(client, region="CN"), await register(client, region="CN")
    own = await create(client, survivor)
    theirs = await create(client, duplicate, value="13900139000")
    await merge(client, duplicate, into=survivor)
    response = await client.get(f"/v1/customers/{duplicate}/contacts")
    assert response.headers["content-location"] == f"/v1/customers/{survivor}/contacts"
    assert [contact["id"] for contact in response.json()["items"]] == [own["id"], theirs["id"]]
    path = f"/v1/customers/{survivor}/contacts/{theirs['id']}"
    changed = await client.patch(path, json={"label": "Home"}, headers={"If-Match": '"1"'})
    assert changed.json()["customer_id"] == str(duplicate)


async def test_a_contact_belongs_to_no_other_customer(client):
    contact = await create(client, await register(client))
    path = f"/v1/customers/{await register(client)}/contacts/{contact['id']}"
    responses = [
        await client.get(path),
        await client.patch(path, json={"label": "x"}, headers={"If-Match": '"1"'}),
        await client.delete(path),
    ]
    assert [response.json()["code"] for response in responses] == ["contact_not_found"] * 3


async def test_a_customer_has_at_most_fifty_contacts(client):
    customer_id = await register(client, region="CN")
    for number in range(50):
        await create(client, customer_id, value=f"138001380{number:02}")
    response = await client.post(f"/v1/customers/{customer_id}/contacts", json=PHONE | {"value": "13900139000"})
    assert (response.status_code, response.json()["code"]) == (409, "too_many_contacts")


async def test_contacts_are_listed_page_by_page(client):
    customer_id = await register(client, region="CN")
    created = [await create(client, customer_id, value=f"138001380{number:02}") for number in range(5)]
    found, cursor = [], None
    for _ in range(3):
        parameters = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(f"/v1/customers/{customer_id}/contacts", params=parameters)).json()
        found, cursor = found + page["items"], page["next_cursor"]
    assert (found, cursor) == (created, None)


HOURS = {"mon": [["09:00", "12:00"], ["13:30", "24:00"]]}


async def test_preferred_hours_are_intervals_within_a_day(client):
    customer_id = await register(client)
    assert (await create(client, customer_id, hours=HOURS))["hours"] == HOURS


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "fax"},
        {"value": " "},
        {"value": "x" * 501},
        {"value": "nul\u0000"},
        {"value": None},
        {"hours": {}},
        {"hours": {"mon": [["12:00", "09:00"]]}},
        {"hours": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}},
        {"hours": {"mon": [["09:00"]]}},
        {"hours": {"monday": []}},
        {"hours": {"mon": [["9:00", "12:00"]]}},
        {"person": {"role": "purchasing"}},
        {"state": "verified"},
    ],
)
async def test_an_invalid_contact_is_rejected_without_repeating_it(client, customer_database, wrong):
    customer_id = await register(client)
    response = await client.post(f"/v1/customers/{customer_id}/contacts", json=PHONE | wrong)
    assert (response.status_code, response.json()["code"]) == (422, "validation_failed")
    assert response.json()["errors"]
    assert await staged(customer_database, "heed.contact") == []
