"""Planted numbers and addresses are in no event, log, metric or problem, and in the database as ciphertext only."""

import logging

import pytest
from sqlalchemy import text

from heed_common.metrics import render
from tests.customer.factories import register, staged

pytestmark = pytest.mark.asyncio
PLANTED = ("13912345678", "1391234", "345678", "zaphod", "beeblebrox", "trillian", "magrathea", "betelgeuse")
PHONE = {"kind": "phone", "value": "139-1234-5678", "label": "Magrathea", "person": {"name": "Trillian"}}
MAIL = {"kind": "mail", "value": "Zaphod <zaphod@beeblebrox.example>"}
POST = {"kind": "post", "value": "1 Betelgeuse Road"}
UNREADABLE = {"kind": "phone", "value": "ask Trillian for 13912345678"}
TABLES = text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")


async def dump(database) -> str:
    """Return every row of every table as PostgreSQL's programs would write it, and the bytes of each as text."""
    rows = []
    async with database.transaction() as session:
        for table in (await session.scalars(TABLES)).all():
            rows += (await session.scalars(text(f'SELECT CAST(t AS text) FROM "{table}" AS t'))).all()  # noqa: S608
    assert len(rows) > 10
    return "\n".join(rows).lower()


def found_in(content: str) -> list[str]:
    content = content.lower()
    return [planted for planted in PLANTED if planted in content or planted.encode().hex() in content]


async def use_everything(client, customer_id) -> list[str]:
    """Create, change, look up, verify and delete contacts. Return the texts of all problems."""
    path, problems = f"/v1/customers/{customer_id}/contacts", []

    async def call(method, url, body, **headers):
        response = await client.request(method, url, json=body, headers=headers)
        if response.status_code >= 400:
            problems.append(response.text + str(response.headers))
        return response

    phone = (await call("POST", path, PHONE, **{"Idempotency-Key": "one"})).json()
    await call("POST", path, PHONE, **{"Idempotency-Key": "one"})
    await call("POST", path, PHONE | {"value": "13912345679"}, **{"Idempotency-Key": "one"})
    for contact in (MAIL, POST, UNREADABLE):
        assert (await call("POST", path, contact)).status_code == 201
    for wrong in (
        PHONE | {"label": "Betelgeuse"},
        PHONE | {"kind": "zaphod"},
        PHONE | {"Trillian, 13912345678": 1},
        MAIL | {"value": f"zaphod{'x' * 500}@beeblebrox.example"},
        MAIL | {"hours": {"mon": [["magrathea", "12:00"]]}},
    ):
        assert (await call("POST", path, wrong)).status_code in {409, 422}
    for looked_up in (
        {"phone": "13912345678"},
        {"mail": "zaphod@beeblebrox.example"},
        {"phone": "1", "mail": "zaphod"},
    ):
        await call("POST", "/v1/customers:lookup", looked_up)
    await call("PATCH", f"{path}/{phone['id']}", {"label": "Betelgeuse"}, **{"If-Match": '"9"'})
    await call("PATCH", f"{path}/{phone['id']}", {"label": "Betelgeuse"}, **{"If-Match": '"1"'})
    await call("POST", f"{path}/{phone['id']}:send-code", None)
    await call("POST", f"{path}/{phone['id']}:verify", {"code": "zaphod"})
    assert len(problems) >= 8
    return problems


async def test_planted_contacts_leave_the_service_in_responses_alone(app, client, customer_database, caplog):
    caplog.set_level(logging.DEBUG)
    customer_id = await register(client, region="CN")
    problems = await use_everything(client, customer_id)
    assert found_in("\n".join(problems)) == []
    events = await staged(customer_database)
    assert len(events) >= 5
    assert found_in("\n".join(event.model_dump_json() for event in events)) == []
    assert caplog.records
    assert found_in("\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)) == []
    assert found_in(render([app.state.resources.metrics]).decode()) == []
    assert found_in(await dump(customer_database)) == []
    shown = (await client.get(f"/v1/customers/{customer_id}/contacts")).text
    assert len(found_in(shown.replace("-", ""))) >= 6


async def test_a_ciphertext_that_is_copied_to_another_contact_is_not_decrypted(client, customer_database):
    customer_id = await register(client, region="CN")
    path = f"/v1/customers/{customer_id}/contacts"
    for contact in (PHONE, MAIL):
        await client.post(path, json=contact)
    swap = text("UPDATE contact SET content = (SELECT content FROM contact WHERE kind = 'phone') WHERE kind = 'mail'")
    async with customer_database.transaction() as session:
        await session.execute(swap)
    listed = (await client.get(path)).json()["items"]
    assert [contact["kind"] for contact in listed] == ["phone"]
