"""Customers are classified by rules with evidence; people may decide otherwise, with a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from heed_common.condition_values import Shape
from heed_customer.accounts.classification import rules
from heed_customer.accounts.classification.defaults import DEFAULT_RULES
from heed_customer.accounts.classification.rules import FIELDS, VALUES, Aspect, derive, parse_rules
from tests.conftest import NOON
from tests.customer.factories import buy, make_interaction, merge, register
from tests.entity_tags import revision_of

INSERT_SCORE = text("""
    INSERT INTO customer_score (
        customer_id, version, tier, value, currency, churn_probability, churn_band, value_at_risk, loyalty_class,
        scored_at
    ) VALUES (:id, 1, :tier, 5000, 'USD', 0.1, 'low', 500, :loyalty, :now)
""")
FACTS = st.fixed_dictionaries(
    {
        name: st.one_of(st.none(), st.sampled_from(kind.choices))
        if kind.choices
        else st.one_of(st.none(), st.integers(0, 20))
        for name, kind in FIELDS.items()
        if kind.choices or kind.shape is Shape.NUMBER
    }
)


@given(FACTS)
def test_the_default_rules_give_only_values_of_their_aspect_and_evidence_that_they_read(facts):
    for aspect in Aspect:
        derived = derive(parse_rules(aspect, DEFAULT_RULES[aspect]), facts)
        assert derived.value is None or derived.value in VALUES[aspect]
        assert all(facts.get(name) == value for name, value in derived.evidence.items())


@given(FACTS)
def test_a_customer_is_a_key_account_not_for_its_tier_alone(facts):
    small = facts | {"score.tier": "D"}
    parsed = parse_rules(Aspect.KEY_ACCOUNT, DEFAULT_RULES[Aspect.KEY_ACCOUNT])
    alone = {"score.tier": "A"}
    assert derive(parsed, alone).value == "ordinary"
    assert derive(parsed, small).value in VALUES[Aspect.KEY_ACCOUNT]
    if derive(parsed, small).value == "key":
        assert derive(parsed, facts | {"score.tier": "A"}).value == "key"


def test_an_unknown_aspect_and_value_are_refused():
    with pytest.raises(rules.AspectUnknown):
        rules.parse_aspect("colour")
    with pytest.raises(rules.ValueUnknown):
        rules.check_value(Aspect.KEY_ACCOUNT, "big", pointer="/value")


async def classification(client, customer_id):
    response = await client.get(f"/v1/customers/{customer_id}/classification")
    assert response.status_code == 200, response.text
    return response.json()


async def score(database, customer_id, *, tier, loyalty):
    async with database.transaction() as session:
        params = {"id": customer_id, "tier": tier, "loyalty": loyalty, "now": NOON}
        await session.execute(INSERT_SCORE, params)


async def buy_monthly(client, customer_id, months):
    for month in range(months):
        await buy(client, customer_id=str(customer_id), occurred_at=f"2025-{9 + month % 4:02}-15T10:00:00Z")


@pytest.mark.asyncio
async def test_a_customer_without_facts_has_no_buyer_type_and_is_ordinary(client):
    found = await classification(client, await register(client))
    assert (found["buyer_type"]["value"], found["key_account"]["value"]) == (None, "ordinary")
    assert found["relationship_level"]["value"] is None
    assert found["facts"]["purchases.count"] == 0
    assert found["facts"]["purchases.regularity"] is None
    assert found["facts"].keys() == FIELDS.keys()


@pytest.mark.asyncio
async def test_regular_purchases_make_a_relationship_buyer_with_the_evidence(client):
    customer_id = await register(client)
    await buy_monthly(client, customer_id, 1)
    assert (await classification(client, customer_id))["buyer_type"]["value"] == "transactional"
    await buy_monthly(client, customer_id, 4)
    found = (await classification(client, customer_id))["buyer_type"]
    assert (found["value"], found["rule"]) == ("relationship", "buys_regularly")
    assert found["evidence"]["purchases.days"] == 4
    assert 0.9 < float(found["evidence"]["purchases.regularity"]) <= 1


@pytest.mark.asyncio
async def test_a_big_customer_is_a_key_account_only_if_others_follow_it(client, customer_database):
    big = await register(client)
    await score(customer_database, big, tier="A", loyalty="none")
    found = (await classification(client, big))["key_account"]
    assert (found["value"], found["rule"], found["evidence"]) == ("ordinary", "big_but_not_key", {"score.tier": "A"})
    small = await register(client)
    for _ in range(3):
        body = {"customer_id": str(small), "referred_customer_id": str(await register(client)),
                "occurred_at": "2026-03-01T10:00:00Z"}  # fmt: skip
        assert (await client.post("/v1/referrals", json=body)).status_code == 201
    found = (await classification(client, small))["key_account"]
    assert (found["value"], found["rule"], found["evidence"]) == ("key", "refers_many", {"referrals.count": 3})


@pytest.mark.asyncio
async def test_contacts_after_the_sale_raise_the_relationship_level(client):
    customer_id = await register(client)
    await buy(client, customer_id=str(customer_id))
    levels = [(await classification(client, customer_id))["relationship_level"]["value"]]
    for _ in range(4):
        body = make_interaction(customer_id=str(customer_id), currency="USD")
        assert (await client.post("/v1/interactions", json=body)).status_code == 201
        levels.append((await classification(client, customer_id))["relationship_level"]["value"])
    assert levels == ["basic", "accountable", "accountable", "accountable", "proactive"]


@pytest.mark.asyncio
async def test_the_facts_of_a_duplicate_count_for_the_survivor(client):
    survivor, duplicate = await register(client), await register(client)
    await buy_monthly(client, survivor, 2)
    await buy(client, customer_id=str(duplicate))
    await client.put(f"/v1/customers/{duplicate}/tags/fleet")
    await merge(client, duplicate, into=survivor)
    for one in (survivor, duplicate):
        found = await classification(client, one)
        assert found["customer_id"] == str(survivor)
        assert (found["facts"]["purchases.count"], found["facts"]["customer.tags"]) == (3, ["fleet"])


@pytest.mark.asyncio
async def test_a_person_decides_with_a_reason_and_lets_the_rules_decide_again(client):
    customer_id = await register(client)
    path = f"/v1/customers/{customer_id}/classification"
    decided = await client.put(f"{path}/key_account", json={"value": "key", "reason": "Opens the region for us."})
    found = decided.json()["key_account"]
    assert (found["value"], found["derived"]) == ("key", "ordinary")
    assert found["override"]["reason"] == "Opens the region for us."
    assert found["override"]["decided_by"].startswith("key:")
    assert (await client.delete(f"{path}/key_account")).status_code == 204
    assert (await classification(client, customer_id))["key_account"]["override"] is None
    assert (await client.delete(f"{path}/key_account")).json()["code"] == "override_not_found"
    history = (await client.get(f"{path}/overrides")).json()["items"]
    assert [item["value"] for item in history] == [None, "key"]
    for aspect, body, status, code in (
        ("key_account", {"value": "big", "reason": "x"}, 422, "value_unknown"),
        ("key_account", {"value": "key"}, 422, "validation_failed"),
        ("colour", {"value": "key", "reason": "x"}, 404, "aspect_unknown"),
    ):
        refused = await client.put(f"{path}/{aspect}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (status, code)


@pytest.mark.asyncio
async def test_a_merged_customer_is_not_decided_on(client):
    survivor, duplicate = await register(client), await register(client)
    await merge(client, duplicate, into=survivor)
    refused = await client.put(
        f"/v1/customers/{duplicate}/classification/key_account", json={"value": "key", "reason": "x"}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "customer_merged")


@pytest.mark.asyncio
async def test_an_operator_replaces_the_rules_after_a_dry_run(client):
    customer_id = await register(client)
    path = "/v1/customers/classification-rules/key_account"
    before = await client.get(path)
    assert revision_of(before) == 0
    assert len(before.json()["rules"]) == len(DEFAULT_RULES[Aspect.KEY_ACCOUNT])
    when = {"field": "customer.kind", "op": "eq", "value": "individual"}
    body = {"rules": [{"name": "all_people", "value": "key", "when": when}]}
    tried = (await client.put(path, params={"dry_run": True}, json=body)).json()
    assert (tried["examined"], tried["values"]) == (1, {"key": 1})
    change = {"customer_id": str(customer_id), "before": "ordinary", "after": "key", "rule": "all_people"}
    assert tried["changes"] == [change]
    assert (await classification(client, customer_id))["key_account"]["value"] == "ordinary"
    assert (await client.put(path, json=body)).status_code == 428
    stored = await client.put(path, json=body, headers={"If-Match": '"0"'})
    assert (stored.status_code, stored.headers["etag"]) == (200, '"1"')
    assert (await client.put(path, json=body, headers={"If-Match": '"0"'})).status_code == 412
    found = (await classification(client, customer_id))["key_account"]
    assert (found["value"], found["rule"], found["evidence"]) == ("key", "all_people", {"customer.kind": "individual"})


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"value": "big"}, "value_unknown", "/rules/1/value"),
        ({"name": "first"}, "rule_twice", "/rules/1/name"),
        ({"when": {"field": "moon", "op": "eq", "value": 1}}, "condition_invalid", "/rules/1/when/field"),
        ({"when": {"field": "purchases.count", "op": "ge", "value": "x"}}, "condition_invalid", "/rules/1/when/value"),
    ],
)
async def test_an_invalid_rule_is_refused_with_a_pointer(client, change, code, pointer):
    rule = {"name": "second", "value": "key", "when": {"all": []}}
    body = {"rules": [rule | {"name": "first"}, rule | change]}
    path = "/v1/customers/classification-rules/key_account"
    refused = await client.put(path, json=body, headers={"If-Match": '"0"'})
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert revision_of(await client.get(path)) == 0
