from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common.contracts.customer import ConsentChannel, ConsentPurpose
from heed_common.encryption import FieldCipher, new_key, parse_keys
from heed_customer.reach.consents import service
from heed_customer.reach.consents.rotation import ROTATION
from tests.common.sample_app import make_client, make_token
from tests.conftest import NOON
from tests.customer.factories import merge, post_merge, put_consent, register, staged

pytestmark = pytest.mark.asyncio
GRANT = {"granted": True, "source": "form"}
REFUSAL = {"granted": False, "source": "call"}


async def consents(client, customer_id) -> dict[tuple[str, str], dict]:
    response = await client.get(f"/v1/customers/{customer_id}/consents")
    assert response.status_code == 200, response.text
    return {(item["purpose"], item["channel"]): item for item in response.json()["items"]}


async def allowed(client, customer_id, purpose: str, channel: str = "mail") -> bool:
    return (await consents(client, customer_id))[purpose, channel]["allowed"]


async def test_service_is_allowed_until_refused_and_everything_else_not_until_granted(client):
    customer_id = await register(client)
    found = await consents(client, customer_id)
    assert set(found) == {(purpose, channel) for purpose in ConsentPurpose for channel in ConsentChannel}
    assert {purpose for (purpose, _), item in found.items() if item["allowed"]} == {"service"}
    await put_consent(client, customer_id, "service", "mail", granted=False)
    await put_consent(client, customer_id, "marketing", "mail")
    found = await consents(client, customer_id)
    assert not found["service", "mail"]["allowed"]
    assert found["service", "sms"]["allowed"]
    assert found["marketing", "mail"]["allowed"]
    assert not found["marketing", "sms"]["allowed"]


async def test_a_decision_is_published_without_its_source_and_proof(client, customer_database):
    customer_id = await register(client)
    response = await put_consent(
        client, customer_id, "marketing", "sms", source="Call with Li Wei", proof="Recording of 13800138000"
    )
    event = (await staged(customer_database))[-1]
    assert (event.type, event.aggversion) == ("heed.consent.changed.v1", 2)
    assert event.subject == event.partitionkey == str(customer_id)
    assert response.headers["heed-event"] == str(event.id)
    assert event.data == {
        "occurred_at": "2026-03-02T12:00:00Z", "customer_id": str(customer_id), "purpose": "marketing",
        "channel": "sms", "granted": True, "valid_from": "2026-03-02T12:00:00Z", "valid_to": None,
        "by_guardian": False, "replaces_of": [],
    }  # fmt: skip


async def test_evidence_is_stored_encrypted(client, customer_database):
    customer_id = await register(client)
    await put_consent(client, customer_id, "marketing", "sms", source="Call with Li Wei", proof="13800138000")
    async with customer_database.transaction() as session:
        rows = [str(row) for row in await session.execute(text("SELECT * FROM consent_decision, consent_evidence"))]
    assert len(rows) == 1
    assert not any(personal in rows[0] for personal in ("Li Wei", "13800138000"))


async def test_evidence_is_readable_after_a_rotation_and_decisions_count_even_if_it_is_lost(
    app, client, customer_database
):
    customer_id = await register(client)
    await put_consent(client, customer_id, "marketing", "mail", proof="Form 7")
    path, first = f"/v1/customers/{customer_id}/consents/history", app.state.cipher
    newer, newest = parse_keys(new_key()), parse_keys(new_key())
    app.state.cipher = FieldCipher(newer)
    assert [item["proof"] for item in (await client.get(path)).json()["items"]] == [None]
    assert await allowed(client, customer_id, "marketing")
    await put_consent(client, customer_id, "survey", "mail", proof="Form 8")
    app.state.cipher = rotated = FieldCipher(newest + newer)
    async with customer_database.transaction() as session:
        report = await ROTATION.rotate_batch(session, rotated, None, 10)
        assert (report.rotated, report.undecryptable) == (1, 1)
        assert await ROTATION.count_old(session, FieldCipher(newest)) == 1
    app.state.cipher = FieldCipher(newest)
    assert [item["proof"] for item in (await client.get(path)).json()["items"]] == ["Form 8", None]
    app.state.cipher = first


async def test_the_history_has_every_decision_and_none_twice(client, customer_database, clock):
    customer_id = await register(client)
    first = await put_consent(client, customer_id, "survey", "mail", proof="Form 7")
    clock.advance(timedelta(hours=1))
    repeated = await put_consent(client, customer_id, "survey", "mail", proof="Form 7")
    assert (repeated.json(), repeated.headers["etag"]) == (first.json(), first.headers["etag"])
    assert repeated.headers["heed-event"] == first.headers["heed-event"]
    await put_consent(client, customer_id, "survey", "mail", granted=False, source="call")
    await put_consent(client, customer_id, "survey", "mail", proof="Form 7")
    url, seen = f"/v1/customers/{customer_id}/consents/history?limit=2", []
    while url:
        page = (await client.get(url)).json()
        seen += [(item["granted"], item["source"], item["proof"]) for item in page["items"]]
        url = page["next_cursor"] and f"/v1/customers/{customer_id}/consents/history?cursor={page['next_cursor']}"
    assert seen == [(True, "form", "Form 7"), (False, "call", None), (True, "form", "Form 7")]
    assert len(await staged(customer_database, "heed.consent.changed")) == 3


async def test_a_decision_for_later_leaves_the_present_one_in_force(client, clock):
    customer_id = await register(client)
    await put_consent(client, customer_id, "marketing", "mail")
    tomorrow = (NOON + timedelta(days=1)).isoformat()
    await put_consent(client, customer_id, "marketing", "mail", granted=False, valid_from=tomorrow)
    assert await allowed(client, customer_id, "marketing")
    clock.advance(timedelta(days=1))
    assert not await allowed(client, customer_id, "marketing")


async def test_of_merged_customers_the_most_restrictive_decision_counts(client):
    survivor, duplicate = await register(client), await register(client)
    await put_consent(client, survivor, "marketing", "mail")
    await put_consent(client, duplicate, "marketing", "mail", granted=False)
    await put_consent(client, duplicate, "survey", "mail")
    await merge(client, duplicate, into=survivor)
    for member in (survivor, duplicate):
        assert not await allowed(client, member, "marketing")
        assert await allowed(client, member, "survey")
    await post_merge(client, "unmerge", survivor, duplicate)
    assert await allowed(client, survivor, "marketing")
    assert not await allowed(client, survivor, "survey")


async def test_a_decision_after_a_merge_replaces_those_of_all_members(client, clock):
    survivor, duplicate = await register(client), await register(client)
    await put_consent(client, duplicate, "marketing", "mail", granted=False)
    await merge(client, duplicate, into=survivor)
    clock.advance(timedelta(minutes=1))
    await put_consent(client, survivor, "marketing", "mail")
    assert await allowed(client, survivor, "marketing")
    await post_merge(client, "unmerge", survivor, duplicate)
    assert not await allowed(client, duplicate, "marketing")


async def test_repeating_a_grant_after_a_merge_replaces_the_refusal_of_the_other(client, clock):
    survivor, duplicate = await register(client), await register(client)
    await put_consent(client, survivor, "marketing", "mail")
    await put_consent(client, duplicate, "marketing", "mail", granted=False)
    await merge(client, duplicate, into=survivor)
    clock.advance(timedelta(minutes=1))
    await put_consent(client, survivor, "marketing", "mail")
    assert await allowed(client, duplicate, "marketing")


async def test_a_child_needs_a_guardian_for_profiling(client, customer_database):
    customer_id = await register(client)
    async with customer_database.transaction() as session:
        await service.set_birth_date(session, customer_id=customer_id, birth_date=date(2012, 3, 3), now=NOON)
    path = f"/v1/customers/{customer_id}/consents/profiling/mail"
    response = await client.put(path, json=GRANT)
    assert (response.status_code, response.json()["code"]) == (422, "guardian_needed")
    assert response.json()["errors"][0]["pointer"] == "/by_guardian"
    await put_consent(client, customer_id, "profiling", "mail", by_guardian=True)
    async with customer_database.transaction() as session:
        assert await service.may_profile(session, customer_id, NOON)
        await service.set_birth_date(session, customer_id=customer_id, birth_date=date(2012, 3, 2), now=NOON)
        assert not (await session.execute(text("SELECT * FROM consent_minor"))).all()


async def test_sensitive_fields_need_a_consent_of_their_own(client, customer_database):
    customer_id = await register(client)

    async def has_consent() -> bool:
        async with customer_database.transaction() as session:
            return await service.has_sensitive_consent(session, customer_id, NOON)

    await put_consent(client, customer_id, "profiling", "mail")
    assert not await has_consent()
    await put_consent(client, customer_id, "sensitive", "mail")
    assert await has_consent()
    await put_consent(client, customer_id, "sensitive", "phone", granted=False)
    assert not await has_consent()


async def test_if_match_is_checked_when_it_is_sent(client):
    customer_id = await register(client)
    path = f"/v1/customers/{customer_id}/consents/marketing/mail"
    first = await client.put(path, json=GRANT)
    stale = await client.put(path, json=REFUSAL, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    current = await client.put(path, json=REFUSAL, headers={"If-Match": first.headers["etag"]})
    assert (current.status_code, current.json()["granted"]) == (200, False)


INVALID = [
    ("gossip/mail", GRANT, "/purpose"),
    ("marketing/fax", GRANT, "/channel"),
    ("marketing/mail", {"source": "form"}, "/granted"),
    ("marketing/mail", {"granted": True}, "/source"),
    ("marketing/mail", {"granted": "maybe", "source": "form"}, "/granted"),
    ("marketing/mail", GRANT | {"source": " "}, "/source"),
    ("marketing/mail", GRANT | {"proof": "nul\u0000"}, "/proof"),
    ("marketing/mail", GRANT | {"valid_from": "2026-03-02T12:00:00"}, "/valid_from"),
    ("marketing/mail", GRANT | {"valid_to": "2026-03-02T11:59:59Z"}, "/valid_to"),
    ("marketing/mail", GRANT | {"valid_from": "2026-05-01T00:00:00Z", "valid_to": "2026-04-01T00:00:00Z"}, "/valid_to"),
    ("marketing/mail", GRANT | {"comment": "x"}, "/comment"),
]


@pytest.mark.parametrize(("path", "body", "pointer"), INVALID)
async def test_an_invalid_decision_is_a_problem_with_a_pointer_and_nothing_is_stored(
    client, customer_database, path, body, pointer
):
    customer_id = await register(client)
    response = await client.put(f"/v1/customers/{customer_id}/consents/{path}", json=body)
    assert response.status_code == 422, response.text
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert not await staged(customer_database, "heed.consent")


async def test_an_unknown_customer_has_no_consents(client):
    path = f"/v1/customers/{uuid4()}/consents"
    responses = [
        await client.get(path),
        await client.get(f"{path}/history"),
        await client.put(f"{path}/marketing/mail", json=GRANT),
    ]
    assert [(response.status_code, response.json()["code"]) for response in responses] == [
        (404, "customer_not_found")
    ] * 3


async def test_without_the_scope_of_contacts_no_evidence_is_shown_and_nothing_recorded(app, client, customer_database):
    customer_id = await register(client)
    await put_consent(client, customer_id, "marketing", "mail", source="Call with Li Wei")
    token = await make_token(customer_database, now=NOON, scopes={"customers:read", "customers:write"})
    async with make_client(app, token) as clerk:
        path = f"/v1/customers/{customer_id}/consents"
        shown = await consents(clerk, customer_id)
        assert (shown["marketing", "mail"]["allowed"], shown["marketing", "mail"]["source"]) == (True, None)
        assert (await clerk.get(f"{path}/history")).status_code == 403
        assert (await clerk.put(f"{path}/marketing/mail", json=GRANT)).status_code == 403
