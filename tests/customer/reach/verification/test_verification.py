"""A contact is verified by a code that was sent to it."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from heed_common.messages import templates
from heed_common.messages.contents import PENDING
from heed_customer.reach.verification import rules
from heed_customer.reach.verification.texts import TEMPLATE, TEMPLATES
from tests.conftest import NOON
from tests.customer.factories import register, staged
from tests.customer.reach.contacts.test_contacts import create

MESSAGES = text("""
    SELECT message.*, content.pending, content.secret
    FROM outgoing_message AS message JOIN outgoing_message_content AS content ON content.message_id = message.id
    ORDER BY message.created_at, message.id
""")


async def messages(database):
    async with database.transaction() as session:
        rows = (await session.execute(MESSAGES)).mappings().all()
    return [dict(row) | PENDING.decrypt(row["pending"], key=row["id"], cipher=database.cipher) for row in rows]


async def make_path(client, **overrides):
    customer_id = await register(client, region="CN")
    contact = await create(client, customer_id, **overrides)
    return f"/v1/customers/{customer_id}/contacts/{contact['id']}"


async def send(client, path):
    return await client.post(f"{path}:send-code")


async def verify(client, path, code):
    return await client.post(f"{path}:verify", json={"code": code})


def other_than(code):
    return f"{(int(code) + 1) % 1_000_000:06}"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("contact", "channel"), [({}, "sms"), ({"kind": "mail", "value": "Ana <ana@example.com>"}, "mail")]
)
async def test_who_repeats_the_code_has_the_contact(client, customer_database, contact, channel):
    path = await make_path(client, **contact)
    sent = await send(client, path)
    assert (sent.status_code, sent.json()) == (202, {"expires_at": "2026-03-02T12:10:00.000000Z"})
    (message,) = await messages(customer_database)
    assert (message["channels"], message["template"], message["secret"]) == ([channel], TEMPLATE, True)
    assert str(message["only_contact_id"]) == path.rpartition("/")[2]
    assert message["address"] is None
    verified = await verify(client, path, message["params"]["code"])
    assert (verified.status_code, verified.json()["state"]) == (200, "verified")
    assert verified.json()["verified_at"] == "2026-03-02T12:00:00.000000Z"
    changes = [event.data["change"] for event in await staged(customer_database, "heed.contact")]
    assert changes == ["created", "verified"]
    assert (await verify(client, path, message["params"]["code"])).json()["code"] == "no_code_sent"


@pytest.mark.asyncio
async def test_a_wrong_code_is_counted_and_after_five_even_the_right_one_is_refused(client, customer_database):
    path = await make_path(client)
    await send(client, path)
    code = (await messages(customer_database))[0]["params"]["code"]
    for _ in range(rules.MAX_ATTEMPTS):
        response = await verify(client, path, other_than(code))
        assert (response.status_code, response.json()["code"]) == (422, "wrong_code")
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["errors"][0]["pointer"] == "/code"
    refused = await verify(client, path, code)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_code_sent")
    assert (await client.get(path)).json()["state"] == "unverified"


@pytest.mark.asyncio
async def test_a_code_expires(client, customer_database, clock):
    path = await make_path(client)
    await send(client, path)
    code = (await messages(customer_database))[0]["params"]["code"]
    clock.advance(rules.LIFETIME)
    assert (await verify(client, path, code)).json()["code"] == "no_code_sent"


@pytest.mark.asyncio
async def test_a_code_verifies_no_value_but_the_one_it_was_sent_to(client, customer_database):
    path = await make_path(client)
    await send(client, path)
    code = (await messages(customer_database))[0]["params"]["code"]
    await client.patch(path, json={"value": "13900139000"}, headers={"If-Match": '"1"'})
    assert (await verify(client, path, code)).json()["code"] == "wrong_code"


@pytest.mark.asyncio
async def test_codes_are_sent_once_a_minute_and_five_times_a_day(client, customer_database, clock):
    path = await make_path(client)
    assert (await send(client, path)).status_code == 202
    hasty = await send(client, path)
    assert (hasty.status_code, hasty.json()["code"], hasty.headers["retry-after"]) == (429, "too_many_codes", "60")
    for _ in range(rules.MAX_CODES - 1):
        clock.advance(rules.MIN_PAUSE)
        assert (await send(client, path)).status_code == 202
    clock.advance(timedelta(hours=1))
    assert (await send(client, path)).status_code == 429
    clock.advance(rules.WINDOW)
    assert (await send(client, path)).status_code == 202
    assert len(await messages(customer_database)) == rules.MAX_CODES + 1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "contact",
    [
        {"kind": "post", "value": "1 Main Street"},
        {"kind": "mail", "value": "not an address"},
        {"value": "010-12345678转8001"},
    ],
)
async def test_a_code_is_sent_only_where_it_can_be_read(client, contact):
    response = await send(client, await make_path(client, **contact))
    assert (response.status_code, response.json()["code"]) == (409, "contact_not_verifiable")


@pytest.mark.asyncio
@pytest.mark.parametrize("wrong", ["12345", "1234567", "12345a", 123456, None])
async def test_a_code_has_six_digits(client, wrong):
    path = await make_path(client)
    response = await verify(client, path, wrong)
    assert (response.status_code, response.json()["code"]) == (422, "validation_failed")


def test_a_code_has_six_digits_even_if_it_begins_with_zeros():
    assert all(len(rules.new_code()) == 6 for _ in range(1000))
    assert (
        rules.wait_before_next(sent_at=NOON, window_started_at=NOON, sent_in_window=1, now=NOON + rules.MIN_PAUSE)
        is None
    )


def test_the_template_can_be_sent_in_both_languages():
    texts = TEMPLATES[TEMPLATE].texts
    assert texts.keys() == {"en", "zh"}
    for template in texts.values():
        mail, short = templates.preview(TEMPLATES, name=TEMPLATE, text=template)
        assert ("013579" in mail.text, "013579" in short.text) == (True, True)
