"""What would become of a score if something happened, and that nothing of it happens by asking."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.complaint import ComplaintCompleted
from heed_scoring import handlers
from heed_scoring.handlers import ledger_rows
from heed_scoring.insights.what_if import rules
from heed_scoring.insights.what_if.rules import Hypothesis
from heed_scoring.ledger.facts import fold, to_json
from tests.common.sample_app import make_client, make_token
from tests.examples import examples
from tests.scoring.factories import NOON, as_batch, make_complaint, make_purchase, received
from tests.scoring.ledger.test_facts import CUSTOMER, ledgers


async def take_in(resources, *events):
    async with resources.database.transaction() as session:
        await handlers.process_batch(session, as_batch(events), clock=resources.clock)


async def suppose(client, customer_id, **supposed):
    return await client.post(f"/v1/scores/{customer_id}:what-if", json=supposed)


async def with_complaint(resources, **overrides):
    customer_id = uuid4()
    complaint = make_complaint(customer_id, **overrides)
    bought = [make_purchase(customer_id, days_ago=ago) for ago in (200, 100)]
    await take_in(resources, *bought, complaint)
    return customer_id, complaint


def open_one(severity="major", **state):
    return ledger_rows(received(make_complaint(CUSTOMER, severity=severity, **state)))[0].detail


@pytest.mark.asyncio
async def test_resolving_within_the_target_is_the_forecast_of_a_quick_resolution(client, resources):
    customer_id, complaint = await with_complaint(resources)
    answer = (await suppose(client, customer_id, resolve_complaint_within="PT4H")).json()
    (outlook,) = answer["now"]["complaints"]
    assert answer["complaint_id"] == outlook["complaint_id"] == str(complaint.complaint_id)
    assert answer["then"]["churn_risk"]["probability"] == outlook["risk_if_resolved_quickly"]
    late = (await suppose(client, customer_id, resolve_complaint_within="P3D")).json()
    left = (await suppose(client, customer_id, leave_unresolved=True)).json()
    assert left["then"]["churn_risk"]["probability"] == outlook["risk_if_unresolved"]
    risks = [one["then"]["churn_risk"]["probability"] for one in (answer, late, left)]
    assert risks == sorted(set(risks))
    assert late["then"]["complaints"] == []
    assert "association" in answer["note"]


@pytest.mark.asyncio
async def test_asking_changes_nothing(client, resources):
    customer_id, _ = await with_complaint(resources)
    before = (await client.get(f"/v1/scores/{customer_id}")).json()
    history = (await client.get(f"/v1/scores/{customer_id}/history")).json()
    answer = await suppose(
        client, customer_id, resolve_complaint_within="PT1H", buy_today={"gross": "50", "margin": "20"}
    )
    assert answer.status_code == 200
    assert "Heed-Event" not in answer.headers
    assert answer.json()["now"] == before == (await client.get(f"/v1/scores/{customer_id}")).json()
    assert history == (await client.get(f"/v1/scores/{customer_id}/history")).json()


@pytest.mark.asyncio
async def test_the_differences_of_the_lines_add_up_to_the_difference_of_the_score(client, resources):
    customer_id, _ = await with_complaint(resources)
    supposed = {"leave_unresolved": True, "no_purchase_for": "P10D"}
    supposed["buy_today"] = {"gross": "50.00", "margin": "20.00"}
    answer = (await suppose(client, customer_id, **supposed)).json()
    for score in ("value", "loyalty", "churn_risk"):
        parts = [Decimal(str(line["difference"])) for line in answer["factors"] if line["score"] == score]
        assert sum(parts, Decimal(0)) == Decimal(str(answer["difference"][score]))
    assert Decimal(answer["difference"]["value"]) > 0
    assert answer["then"]["as_of"] == "2026-03-12T12:00:00.000000Z"
    assert answer["then"]["caused_by"] == {"type": "what_if", "event_id": None}


@pytest.mark.asyncio
async def test_buying_today_lowers_the_risk_and_waiting_raises_it(client, resources):
    customer_id = uuid4()
    await take_in(resources, *(make_purchase(customer_id, days_ago=ago) for ago in (200, 100)))
    bought = (await suppose(client, customer_id, buy_today={"gross": "100", "margin": "40"})).json()
    waited = (await suppose(client, customer_id, no_purchase_for="P30D")).json()
    assert bought["difference"]["churn_risk"] < 0 < waited["difference"]["churn_risk"]


@pytest.mark.asyncio
async def test_of_several_open_complaints_the_heaviest_is_meant_or_the_one_that_is_named(client, resources):
    customer_id, heavy = await with_complaint(resources, severity="critical")
    light = make_complaint(customer_id, severity="minor")
    await take_in(resources, light)
    answer = (await suppose(client, customer_id, leave_unresolved=True)).json()
    assert answer["complaint_id"] == str(heavy.complaint_id)
    answer = (await suppose(client, customer_id, leave_unresolved=True, complaint_id=str(light.complaint_id))).json()
    assert answer["complaint_id"] == str(light.complaint_id)
    assert answer["difference"]["churn_risk"] == 0


@pytest.mark.asyncio
async def test_without_an_open_complaint_there_is_none_to_resolve(client, resources):
    customer_id, complaint = await with_complaint(resources)
    other = await suppose(client, customer_id, leave_unresolved=True, complaint_id=str(uuid4()))
    assert (other.status_code, other.json()["code"]) == (409, "no_open_complaint")
    done = {"complaint_id": complaint.complaint_id, "state": "completed", "completed_at": NOON}
    async with resources.database.transaction() as session:
        resolved = received(make_complaint(customer_id, ComplaintCompleted, **done), aggversion=2)
        await handlers.process_batch(session, [resolved], clock=resources.clock)
    answer = await suppose(client, customer_id, resolve_complaint_within="PT4H")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_open_complaint")


@pytest.mark.asyncio
async def test_there_is_no_scenario_for_an_unknown_customer(client):
    answer = await suppose(client, uuid4(), no_purchase_for="P30D")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_score_then")


@pytest.mark.parametrize(
    ("supposed", "pointer"),
    [
        ({}, ""),
        ({"resolve_complaint_within": "PT4H", "leave_unresolved": True}, ""),
        ({"complaint_id": str(uuid4())}, ""),
        ({"complaint_id": str(uuid4()), "no_purchase_for": "P1D"}, ""),
        ({"resolve_complaint_within": "4 hours"}, "/resolve_complaint_within"),
        ({"resolve_complaint_within": "PT"}, "/resolve_complaint_within"),
        ({"resolve_complaint_within": "PT0S"}, "/resolve_complaint_within"),
        ({"resolve_complaint_within": 14400}, "/resolve_complaint_within"),
        ({"resolve_complaint_within": "-PT4H"}, "/resolve_complaint_within"),
        ({"no_purchase_for": "P9999D"}, "/no_purchase_for"),
        ({"no_purchase_for": "PT4H"}, ""),
        ({"leave_unresolved": False}, "/leave_unresolved"),
        ({"buy_today": {"gross": "10", "margin": "11"}}, "/buy_today"),
        ({"buy_today": {"gross": "-1", "margin": "0"}}, "/buy_today/gross"),
        ({"buy_today": {"gross": "10"}}, "/buy_today/margin"),
        ({"win_the_lottery": True}, "/win_the_lottery"),
    ],
)
@pytest.mark.asyncio
async def test_a_scenario_that_makes_no_sense_is_refused_with_a_pointer(client, supposed, pointer):
    answer = await suppose(client, uuid4(), **supposed)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.asyncio
async def test_who_may_read_scores_may_suppose(app, resources, clock):
    for scope, status in (("scores:read", 404), ("scores:write", 403)):
        token = await make_token(resources.database, scopes=[scope], now=clock.now())
        async with make_client(app, token) as client:
            assert (await suppose(client, uuid4(), no_purchase_for="P1D")).status_code == status


@given(ledgers(), st.booleans())
@examples(40)
def test_supposing_leaves_the_facts_as_they_are(rows, unresolved):
    facts = fold([*rows, ledger_rows(received(make_complaint(CUSTOMER, complaint_id=UUID(int=99))))[0]])
    before = to_json(facts)
    end = {"leave_unresolved": True} if unresolved else {"resolve_within": timedelta(hours=1)}
    supposed = rules.apply_hypothesis(
        facts, Hypothesis(gross=10, **end), complaint_id=str(UUID(int=99)), currency="USD", today=NOON.date(), now=NOON
    )
    assert to_json(facts) == before != to_json(supposed)


@pytest.mark.parametrize(
    ("severity", "hours", "quick"),
    [
        ("critical", 24, True),
        ("critical", 25, False),
        ("major", 48, True),
        ("major", 49, False),
        ("minor", 120, True),
        ("minor", 121, False),
    ],
)
def test_quick_is_what_comes_within_the_default_target_from_receipt(severity, hours, quick):
    assert rules.is_quick(open_one(severity), timedelta(hours=hours), now=NOON) is quick
    earlier = open_one(severity, received_at=NOON - timedelta(hours=3))
    assert rules.is_quick(earlier, timedelta(hours=hours - 3), now=NOON) is quick


def test_a_target_that_was_missed_stays_missed():
    assert not rules.is_quick(open_one(within_target=False), timedelta(minutes=1), now=NOON)
