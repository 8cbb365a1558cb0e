"""Fields of a complaint and of its customer that conditions may use. Pure; shared by all rules of operators."""

from collections.abc import Callable, Collection
from datetime import datetime
from operator import attrgetter
from typing import Any, Protocol

from heed_common.condition_values import BOOLEAN, FREE_TEXT, MOMENT, NUMBER, TEXT, FieldType, choice, ordered_choice
from heed_common.contracts.complaint import CaseKind, Severity
from heed_common.contracts.customer import BuyerType, CustomerKind, CustomerRole

COMPLAINT: dict[str, FieldType] = {
    "severity": ordered_choice(*Severity),
    "category": TEXT,
    "category_level1": TEXT,
    "channel": choice("phone", "visit", "web", "mail", "letter", "chat", "social", "call_centre", "other"),
    "kind": choice(*CaseKind),
    "product": FREE_TEXT,
    "service_point_id": TEXT,
    "amount_at_stake": NUMBER,
    "currency": TEXT,
    "dispatched": BOOLEAN,
    "regulator": BOOLEAN,
    "confidential": BOOLEAN,
    "nth": NUMBER,
    "quality_side": TEXT,
    "cause": TEXT,
    "responsibility": TEXT,
    "responsible_unit": FREE_TEXT,
    "occurred_at": MOMENT,
    "received_at": MOMENT,
}
CUSTOMER: dict[str, FieldType] = {
    "known": BOOLEAN,
    "kind": choice(*CustomerKind),
    "role": choice(*CustomerRole),
    "buyer_type": choice(*BuyerType),
    "region": FREE_TEXT,
    "language": TEXT,
    "tier": ordered_choice("D", "C", "B", "A"),
    "loyalty_class": choice("none", "spurious", "latent", "true"),
    "churn_risk": NUMBER,
    "churn_band": ordered_choice("low", "elevated", "high", "critical"),
    "value_at_risk": NUMBER,
    "potential_value": NUMBER,
}
FIELDS = {f"complaint.{name}": kind for name, kind in COMPLAINT.items()} | {
    f"customer.{name}": kind for name, kind in CUSTOMER.items()
}
COLUMN_BY_FIELD = {name: name for name in COMPLAINT if name not in ("category_level1", "dispatched")} | {
    "nth": "repeat_number"
}
"""The columns of a complaint by the field that reads them."""
OF_CUSTOMER = tuple(name for name in CUSTOMER if name != "known")

Reader = Callable[[Any], object]
BY_COMPLAINT: dict[str, Reader] = {
    f"complaint.{name}": attrgetter(column) for name, column in COLUMN_BY_FIELD.items()
} | {
    "complaint.category_level1": lambda complaint: complaint.category.partition(".")[0],
    "complaint.dispatched": lambda complaint: complaint.dispatch_received_at is not None,
    "customer.known": attrgetter("customer_is_known"),
}
BY_CUSTOMER: dict[str, Reader] = {f"customer.{name}": attrgetter(name) for name in OF_CUSTOMER}


class HasFacts(Protocol):
    """A complaint as it is stored, or one that is about to be."""

    @property
    def category(self) -> str: ...

    @property
    def dispatch_received_at(self) -> datetime | None: ...

    @property
    def customer_is_known(self) -> bool: ...


def facts_of(
    complaint: HasFacts, customer: object | None, *, fields: Collection[str] = FIELDS.keys()
) -> dict[str, object]:
    """Return the values of the fields; of a customer who is not replicated yet only `customer.known`."""
    facts = {name: BY_COMPLAINT[name](complaint) for name in fields if name in BY_COMPLAINT}
    if customer is not None:
        facts |= {name: BY_CUSTOMER[name](customer) for name in fields if name in BY_CUSTOMER}
    return facts
