"""Fields of a complaint that conditions can use."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

from heed_common.conditions import parse
from heed_complaint.core.condition_fields import FIELDS, facts_of
from heed_complaint.core.customers.tables import Customer
from heed_complaint.core.rules import Channel
from heed_complaint.core.tables import Complaint

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def make_complaint(**overrides):
    given = {
        "id": uuid4(),
        "customer_id": uuid4(),
        "category": "delivery.late",
        "severity": "major",
        "repeat_number": 1,
    }
    return Complaint(**(given | overrides))


def holds(field, op, value, *, customer=None, **overrides):
    condition = parse({"field": field, "op": op, "value": value}, FIELDS)
    return condition.matches(facts_of(make_complaint(**overrides), customer))


def test_every_condition_field_is_a_fact():
    assert facts_of(make_complaint(), Customer(id=uuid4())).keys() == FIELDS.keys()


def test_conditions_know_every_channel():
    assert FIELDS["complaint.channel"].choices == tuple(Channel)


def test_a_category_is_found_by_its_first_level():
    assert holds("complaint.category_level1", "eq", "delivery")
    assert holds("complaint.category_level1", "eq", "delivery", category="delivery")
    assert not holds("complaint.category", "eq", "delivery")


def test_severities_have_an_order():
    assert holds("complaint.severity", "ge", "major")
    assert not holds("complaint.severity", "ge", "critical")


def test_a_complaint_that_a_call_centre_dispatched_is_known_as_such():
    assert holds("complaint.dispatched", "eq", True, dispatch_received_at=NOON)
    assert holds("complaint.dispatched", "eq", False)


def test_a_customer_who_is_not_replicated_yet_is_known_but_has_no_tier():
    assert holds("customer.known", "eq", True)
    assert not holds("customer.tier", "known", True)
    assert holds("customer.tier", "eq", "A", customer=Customer(id=uuid4(), tier="A", churn_risk=Decimal("0.31")))


def test_a_complaint_without_a_customer_has_no_known_customer():
    stranger = uuid4()
    assert holds("customer.known", "eq", False, id=stranger, customer_id=stranger)
