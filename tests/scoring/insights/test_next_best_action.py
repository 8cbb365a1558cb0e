"""What to do next: the rules in their order, in both languages, over HTTP."""

from typing import get_args
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from heed_scoring import handlers
from heed_scoring.engine.score import RISING_CLASSES
from heed_scoring.insights.next_best_action import rules, texts
from heed_scoring.insights.next_best_action.rules import ACTIONS, RULES, Bond, LoyaltyClass, Situation, choose
from tests.scoring.factories import (
    as_batch,
    make_complaint,
    make_merge,
    make_purchase,
    make_registration,
    make_response,
)

database_test = pytest.mark.asyncio
CLASSES, BONDS = get_args(LoyaltyClass), get_args(Bond)

situations = st.builds(
    Situation,
    loyalty_class=st.sampled_from(CLASSES),
    band=st.sampled_from(RISING_CLASSES["churn_risk"]),
    reason=st.sampled_from(["price", "product", "service", "own_change", "competitor", "unknown"]),
    tier=st.sampled_from(RISING_CLASSES["value"]),
    stage=st.sampled_from(["exploration", "formation", "stability", "decline"]),
    satisfaction=st.none() | st.floats(0, 1),
    has_bought=st.booleans(),
    has_open_complaint=st.booleans(),
    stopped_category=st.none() | st.just("tea"),
)


def situation(**overrides):
    usual = Situation("true", "low", "unknown", "B", "formation", None, True, False, None)
    return usual._replace(**overrides)


@given(situations)
def test_nothing_is_sold_while_a_complaint_is_open(seen):
    choice = choose(seen._replace(has_open_complaint=True))
    assert (choice.rule, choice.may_sell) == ("open_complaint", False)


@given(situations)
def test_a_hidden_complaint_suspends_selling_too(seen):
    choice = choose(seen._replace(is_held=True, has_open_complaint=False, satisfaction=None))
    assert (choice.rule, choice.may_sell) == ("other", False)


@given(situations)
def test_dissatisfied_customers_are_listened_to_first(seen):
    assert not choose(seen._replace(satisfaction=0.49)).may_sell
    assert choose(seen._replace(satisfaction=0.5, has_open_complaint=False)).rule != "dissatisfied"


@given(situations)
def test_against_a_price_gap_only_structural_bonds_hold(seen):
    free = seen._replace(has_open_complaint=False, is_held=False)
    choice = choose(free._replace(reason="price", has_bought=True, satisfaction=None))
    assert (choice.rule, choice.bond) == ("price_gap", "structural")


@given(situations)
def test_every_customer_gets_an_action_that_has_texts_in_both_languages(seen):
    choice = choose(seen)
    for language in ("en", "zh"):
        assert texts.ACTIONS[choice.action][language]
        assert texts.RULES[choice.rule][language]


@pytest.mark.parametrize(
    ("rule", "action", "overrides"),
    [
        ("reward_the_loyal", "loyalty_reward", {}),
        ("deepen", "partnership", {"tier": "A", "stage": "stability"}),
        ("hold_the_attached", "personal_attention", {"band": "critical"}),
        ("hold_the_attached", "invitation", {"loyalty_class": "latent", "band": "high"}),
        ("encourage_the_wavering", "purchase_incentive", {"loyalty_class": "latent"}),
        ("win_attachment", "closer_relation", {"loyalty_class": "spurious"}),
        ("let_leaving_cost", "switching_cost", {"loyalty_class": "spurious", "band": "high"}),
        ("let_leaving_cost", "term_contract", {"loyalty_class": "none", "band": "critical"}),
        ("win_back", "win_back_offer", {"loyalty_class": "none"}),
        ("get_to_know", "ask_opinion", {"loyalty_class": "unknown", "band": "critical"}),
        ("life_event", "care_offer", {"stopped_category": "nappies"}),
        ("never_bought", "welcome", {"has_bought": False}),
        ("price_gap", "membership", {"loyalty_class": "unknown", "reason": "price"}),
    ],
)
def test_the_rule_and_its_action(rule, action, overrides):
    choice = choose(situation(**overrides))
    assert (choice.rule, choice.action) == (rule, action)


def test_every_code_has_its_texts_and_no_text_is_unused():
    assert set(ACTIONS) == {(name, bond) for name in CLASSES for bond in BONDS}
    assert set(texts.RULES) == {rule.name for rule in RULES}
    assert set(texts.ACTIONS) == {*ACTIONS.values(), *(rule.action for rule in RULES if rule.action)}
    assert (set(texts.CLASSES), set(texts.BONDS)) == (set(CLASSES), set(BONDS))
    for table in (texts.RULES, texts.ACTIONS, texts.CLASSES, texts.BONDS):
        assert all(set(texts) == {"en", "zh"} and texts["en"] != texts["zh"] for texts in table.values())
    assert rules.RULES[-1].holds(situation())


async def take_in(database, clock, *events):
    async with database.transaction() as session:
        await handlers.process_batch(session, as_batch(events), clock=clock)


@database_test
async def test_the_next_action_follows_a_complaint_and_is_in_the_callers_language(client, scoring_database, clock):
    customer_id = uuid4()
    await take_in(scoring_database, clock, *[make_purchase(customer_id, days_ago=ago) for ago in (60, 30)])
    before = (await client.get(f"/v1/scores/{customer_id}/next-action")).json()
    assert (before["rule"], before["may_sell"], before["seen"]["class"]) == ("get_to_know", True, "unknown")
    assert before["bond"] == {"level": "social", "label": "social benefit"}
    await take_in(scoring_database, clock, make_complaint(customer_id))
    answer = await client.get(f"/v1/scores/{customer_id}/next-action", headers={"Accept-Language": "zh"})
    assert answer.headers["content-language"] == "zh"
    after = answer.json()
    assert (after["rule"], after["bond"], after["may_sell"]) == ("open_complaint", None, False)
    assert (after["label"], after["seen"]["class_label"]) == ("先解决投诉，期间不做推销", "未知")
    assert (await client.get(f"/v1/scores/{uuid4()}/next-action")).json()["code"] == "no_score_then"


@database_test
async def test_the_list_has_one_class_most_value_at_risk_first(client, scoring_database, clock):
    loyal = [uuid4() for _ in range(3)]
    events = [make_purchase(one, days_ago=ago) for one in loyal for ago in range(0, 420, 30)]
    answers = [make_response(one, level=5) for one in loyal]
    await take_in(scoring_database, clock, make_registration(uuid4()), *events, *answers)
    seen = (await client.get("/v1/portfolio/next-actions")).json()["items"]
    classes = {item["customer_id"]: item["seen"]["class"] for item in seen}
    chosen = classes[str(loyal[0])]
    assert (len(classes), chosen != "unknown") == (4, True)
    first = (await client.get("/v1/portfolio/next-actions", params={"class": chosen, "limit": 2})).json()
    rest = (
        await client.get("/v1/portfolio/next-actions", params={"class": chosen, "cursor": first["next_cursor"]})
    ).json()
    listed = [item["customer_id"] for item in first["items"] + rest["items"]]
    assert listed == [customer_id for customer_id, found in classes.items() if found == chosen]
    unknown = (await client.get("/v1/portfolio/next-actions", params={"class": "unknown"})).json()["items"]
    assert [item["rule"] for item in unknown] == ["never_bought"]
    for item in first["items"]:
        assert item == (await client.get(f"/v1/scores/{item['customer_id']}/next-action")).json()
    assert (await client.get("/v1/portfolio/next-actions", params={"class": "fan"})).status_code == 422


@database_test
async def test_a_complaint_of_a_merged_customer_stops_the_selling_to_the_survivor(client, scoring_database, clock):
    survivor, duplicate = uuid4(), uuid4()
    await take_in(scoring_database, clock, make_purchase(survivor, days_ago=9), make_complaint(duplicate))
    assert (await client.get(f"/v1/scores/{survivor}/next-action")).json()["may_sell"]
    await take_in(scoring_database, clock, make_merge(duplicate, survivor))
    answer = await client.get(f"/v1/scores/{duplicate}/next-action")
    assert answer.headers["content-location"] == f"/v1/scores/{survivor}/next-action"
    assert (answer.json()["customer_id"], answer.json()["rule"]) == (str(survivor), "open_complaint")
    (listed,) = (await client.get("/v1/portfolio/next-actions")).json()["items"]
    assert listed == answer.json()


@database_test
async def test_a_score_that_cannot_be_shown_is_left_out_of_the_list(client, scoring_database, clock):
    good, bad = uuid4(), uuid4()
    await take_in(scoring_database, clock, make_purchase(good, days_ago=9), make_purchase(bad, days_ago=9))
    async with scoring_database.transaction() as session:
        await session.execute(
            text("UPDATE customer_facts SET published_numbers = '{}' WHERE customer_id = :id"), {"id": bad}
        )
    listed = (await client.get("/v1/portfolio/next-actions")).json()["items"]
    assert [item["customer_id"] for item in listed] == [str(good)]
