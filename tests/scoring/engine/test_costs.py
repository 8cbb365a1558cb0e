"""What a customer costs is taken from what the customer is worth: each cost a line of the explanation."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from uuid import UUID

import pytest

from heed_common.contracts.complaint import ComplaintAmended, RemedyGranted
from heed_common.settings import SettingsError
from heed_scoring.engine.features.costs import costs
from heed_scoring.engine.features.features import features
from heed_scoring.engine.model import prior
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import score
from heed_scoring.handlers import ledger_rows
from heed_scoring.ledger.facts import fold
from heed_scoring.settings import Settings
from tests.scoring.factories import (
    NOON,
    make_complaint,
    make_interaction,
    make_purchase,
    make_registration,
    make_remedy,
    received,
)

CUSTOMER, OTHER = UUID(int=1), UUID(int=2)
COSTLY = Money(fixed_marketing_cost="36.50", complaint_cost="15")


def rows(*events, of=CUSTOMER):
    ledger = [ledger_rows(received(event, aggversion=place + 1)) for place, event in enumerate(events)]
    return [row for some in ledger for row in some if row.customer_id == of]


def lines(*events, money=None):
    """The value of the customer, and what it is made of."""
    money = money or Money()
    result = score([features(fold(rows(*events)), day=NOON.date(), money=money)], prior(money))[0]
    parts = {part.factor: part for part in result.explanation().factors() if part.score == "value"}
    return result.value, parts


def amounts(*events, money=None):
    return {name: part.contribution for name, part in lines(*events, money=money)[1].items()}


def test_a_contact_is_marketing_unless_it_serves_and_a_campaign_always_is():
    contacts = [
        make_interaction(CUSTOMER, kind=kind, cost=Decimal(cost), campaign=campaign)
        for kind, cost, campaign in (("call", "5", None), ("repair", "20", None), ("repair", "3", "spring"))
    ]
    made_of = amounts(make_purchase(CUSTOMER), *contacts)
    assert made_of["variable_marketing_cost"] == "-8.00"
    assert made_of["service_cost"] == "-20.00"


def test_current_value_is_what_was_paid_less_every_cost_of_the_last_365_days():
    complaint = make_complaint(CUSTOMER)
    remedy = make_remedy(CUSTOMER, complaint_id=complaint.complaint_id, amount=Decimal("12.34"))
    value, parts = lines(
        make_registration(CUSTOMER, occurred_at=NOON - timedelta(days=900)),
        make_purchase(CUSTOMER, gross="100"),
        make_interaction(CUSTOMER, cost=Decimal(5)),
        make_interaction(CUSTOMER, cost=Decimal(99), occurred_at=NOON - timedelta(days=365)),
        complaint,
        remedy,
        money=COSTLY,
    )
    made_of = {name: part.contribution for name, part in parts.items() if not name.startswith("indicator_")}
    assert made_of == {
        "paid": "100.00",
        "production_cost": "-60.00",
        "variable_marketing_cost": "-5.00",
        "fixed_marketing_cost": "-36.50",
        "service_cost": "-15.00",
        "remedies": "-12.34",
    }
    assert Decimal(value.current) == sum(map(Decimal, made_of.values()))
    assert all(parts[name].evidence for name in made_of if name != "fixed_marketing_cost")


@pytest.mark.parametrize(("days", "cost"), [(0, None), (10, "-1.00"), (365, "-36.50"), (3650, "-36.50")])
def test_fixed_cost_counts_for_the_days_of_the_year_that_the_customer_has_been_known(days, cost):
    known = make_registration(CUSTOMER, occurred_at=NOON - timedelta(days=days))
    assert amounts(known, money=COSTLY).get("fixed_marketing_cost") == cost


def test_a_customer_who_bought_before_being_registered_is_known_since_the_purchase():
    known, bought = make_registration(CUSTOMER), make_purchase(CUSTOMER, days_ago=20)
    assert amounts(known, bought, money=COSTLY)["fixed_marketing_cost"] == "-2.00"


def test_the_days_since_the_first_event_are_counted_where_nothing_was_spent():
    seen = features(fold(rows(make_purchase(CUSTOMER, days_ago=40))), day=NOON.date(), money=Money())
    assert seen.costs.days == 40


def test_what_a_remedy_costs_the_firm_counts_where_that_is_not_its_amount():
    assert amounts(make_remedy(CUSTOMER, amount=Decimal(50), cost=Decimal(8)))["remedies"] == "-8.00"
    assert "remedies" not in amounts(make_remedy(CUSTOMER, kind="apology", amount=Decimal(0)))


def test_a_remedy_counts_once_in_whatever_order_and_however_often_it_arrives():
    complaint = make_complaint(CUSTOMER)
    remedy = make_remedy(CUSTOMER, complaint_id=complaint.complaint_id, amount=Decimal(10))
    corrected = remedy.model_copy(update={"amount": Decimal(7)})
    ledger = rows(complaint, remedy, remedy, corrected)
    for order in permutations(ledger):
        facts = fold(order)
        assert facts.remedies == fold(ledger).remedies
        assert facts.complaints == fold(ledger).complaints
    assert amounts(complaint, remedy, remedy, corrected)["remedies"] == "-7.00"


def test_a_remedy_carries_the_state_of_its_complaint_too():
    remedy = make_remedy(CUSTOMER, severity="critical")
    (complaint,) = features(fold(rows(remedy)), day=NOON.date(), money=Money()).complaints
    assert complaint.severity == "critical"


def test_a_complaint_corrected_to_another_customer_costs_the_first_nothing():
    opened = make_complaint(CUSTOMER)
    remedy = make_remedy(CUSTOMER, complaint_id=opened.complaint_id, amount=Decimal(10))
    moved = make_complaint(
        OTHER, ComplaintAmended, complaint_id=opened.complaint_id, former_customer_ids=(CUSTOMER,), changed=()
    )
    again = remedy.model_copy(update={"customer_id": OTHER, "former_customer_ids": (CUSTOMER,)})
    events = (opened, remedy, moved, again)
    of = {
        customer: costs(
            fold(rows(*events, of=customer)), year_ago="2025-03-02", day=NOON.date(), first_purchase=None, money=COSTLY
        )
        for customer in (CUSTOMER, OTHER)
    }
    assert (of[CUSTOMER].service, of[CUSTOMER].remedies) == (0, 0)
    assert (of[OTHER].service, of[OTHER].remedies) == (150_000, 100_000)


def test_costs_in_a_currency_without_a_rate_are_left_out_and_named():
    contact = make_interaction(CUSTOMER, cost=Decimal(5), currency="EUR")
    seen = features(fold(rows(contact)), day=NOON.date(), money=Money())
    assert seen.costs.marketing == 0
    assert seen.unknown_currencies == ("EUR",)
    assert features(fold(rows(contact)), day=NOON.date(), money=Money("USD", {"EUR": "2"})).costs.marketing == 100_000


def test_costs_without_events_are_settings_of_the_operator_and_make_another_model():
    given = {"database_url": "postgresql://nobody@127.0.0.1:1/nothing"}
    assert Settings.load(**given).money == Money()
    changed = Settings.load(**given, fixed_marketing_cost="36.50", complaint_cost="15.00").money
    assert prior(changed).version == prior(Money(fixed_marketing_cost="36.5", complaint_cost="15")).version
    assert prior(changed).version != "prior-1"
    for wrong in ("-1", "0.00001", "much"):
        with pytest.raises(SettingsError, match="HEED_COMPLAINT_COST"):
            Settings.load(**given, complaint_cost=wrong)


def test_a_remedy_is_a_complaint_event_of_its_own_type():
    assert RemedyGranted.full_type() == "heed.remedy.granted.v1"
