"""Repurchase ladder."""

from uuid import uuid4

import pytest

from tests.complaint.reporting.reports.cases import ACCEPT, CALL_BACK, COMPLETE, DECLINE, REOPEN, WITHDRAW, ago

pytestmark = pytest.mark.asyncio
QUICKLY = (ACCEPT, 0), (COMPLETE, 1)
LATE = (ACCEPT, 0), (COMPLETE, 24 * 9)
HORIZON = 30


async def ladder(report, **params):
    result = await report("repurchase-ladder", horizon_days=HORIZON, **params)
    return result | {item["rung"]: (item["again"]["count"], item["again"]["of"]) for item in result["items"]}


async def test_each_step_counts_customers_who_bought_again_within_the_horizon(past, report):
    at = ago(days=60)
    for steps, later in (
        (QUICKLY, 20), (QUICKLY, 20), (QUICKLY, 50),
        (LATE, 20), (LATE, 50),
        (((DECLINE, 1),), 50),
        ((*QUICKLY, (CALL_BACK, 2, {"solved": False, "pleasant": False})), 20),
    ):  # fmt: skip
        customer = await past.customer()
        await past.bought(customer, ago(days=70), ago(days=60 - later))
        await past.complaint(*steps, at=at, customer_id=customer)
    found = await ladder(report)
    assert found["resolved_quickly"] == (2, 3)
    assert found["resolved"] == (1, 2)
    assert found["unresolved"] == (1, 2)
    assert [item["tarp"] for item in found["items"]] == [0.09, 0.19, 0.54, 0.82]
    assert found["finding"] == "Quickly resolved or not: no difference beyond chance (2 of 3 and 1 of 2 buy again)"
    minor = await ladder(report, severity="minor")
    assert [item["tarp"] for item in minor["items"]] == [0.37, 0.46, 0.7, 0.95]


async def test_only_customers_whose_horizon_is_over_count(past, report):
    for days in (29, 31):
        customer = await past.customer()
        await past.bought(customer, ago(days=50), ago(days=1))
        await past.complaint((ACCEPT, 0), (COMPLETE, 1), at=ago(days=days), customer_id=customer)
    found = await ladder(report)
    assert found["resolved_quickly"] == (1, 1)
    assert next(item for item in found["items"] if item["rung"] == "resolved_quickly")["running"] == 1


async def test_a_customer_counts_once_and_by_the_first_complaint(past, report):
    customer = await past.customer()
    await past.bought(customer, ago(days=90))
    await past.complaint(*QUICKLY, at=ago(days=80), customer_id=customer)
    await past.complaint((DECLINE, 1), at=ago(days=70), customer_id=customer)
    found = await ladder(report)
    assert (found["resolved_quickly"], found["unresolved"]) == ((0, 1), (0, 0))


async def test_undecided_customers_and_those_without_purchases_are_on_no_step(past, report):
    await past.complaint(*QUICKLY, at=ago(days=60), customer_id=uuid4())
    for steps in (((ACCEPT, 0),), ((ACCEPT, 0), (WITHDRAW, 1)), (*QUICKLY, (REOPEN, 2))):
        customer = await past.customer()
        await past.bought(customer, ago(days=70))
        await past.complaint(*steps, at=ago(days=60), customer_id=customer)
    found = await ladder(report)
    assert (found["never_bought"], found["undecided"]) == (1, 3)
    assert all(item["again"]["of"] == 0 for item in found["items"])


async def test_silent_customers_start_as_long_after_a_purchase_as_complaining_ones(past, report):
    spoke = await past.customer()
    await past.bought(spoke, ago(days=70))
    await past.complaint(*QUICKLY, at=ago(days=60), customer_id=spoke)
    again, gone, quicker, later = [await past.customer() for _ in range(4)]
    await past.bought(again, ago(days=80), ago(days=50))
    await past.bought(gone, ago(days=80), ago(days=20))
    await past.bought(quicker, ago(days=80), ago(days=76))
    await past.bought(later, ago(days=20))
    found = await ladder(report)
    # Ten days and an hour after a purchase without another one: `quicker` from the second on, `later` not over yet.
    assert found["delay_days"] == pytest.approx(10 + 1 / 24, abs=0.001)
    assert found["not_complained"] == (1, 3)
    assert next(item for item in found["items"] if item["rung"] == "not_complained")["running"] == 1


async def test_customers_who_complain_within_the_horizon_are_not_silent(past, report):
    customer = await past.customer()
    await past.bought(customer, ago(days=60))
    assert (await ladder(report))["not_complained"] == (0, 1)
    await past.complaint((ACCEPT, 0), at=ago(days=40), customer_id=customer, confidential=True)
    assert (await ladder(report))["not_complained"] == (0, 0)


async def test_wholly_returned_purchases_do_not_count(past, report):
    customer = await past.customer()
    await past.bought(customer, ago(days=70))
    await past.bought(customer, ago(days=55), returned=1)
    await past.complaint(*QUICKLY, at=ago(days=60), customer_id=customer)
    assert (await ladder(report))["resolved_quickly"] == (0, 1)


async def test_merged_customers_are_one(past, report):
    survivor, member = await past.customer(), await past.customer()
    await past.merge(member, survivor)
    await past.bought(member, ago(days=70))
    await past.complaint(*QUICKLY, at=ago(days=60), customer_id=member)
    await past.bought(survivor, ago(days=50))
    found = await ladder(report)
    assert (found["resolved_quickly"], found["not_complained"]) == ((1, 1), (0, 0))
