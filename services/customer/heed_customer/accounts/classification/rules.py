"""Aspects by which customers are classified, and the rules that derive them. Pure: no clock, no tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from heed_common import conditions
from heed_common.condition_values import FREE_TEXT, NUMBER, TEXT, TEXTS, FieldType, choice, ordered_choice
from heed_common.conditions import Condition, Facts
from heed_common.contracts.customer import BuyerType, CustomerKind, CustomerRole
from heed_customer.accounts.classification.errors import AspectUnknown, DuplicateRule, ValueUnknown

FIELDS: Mapping[str, FieldType] = MappingProxyType(
    {
        "customer.kind": choice(*CustomerKind),
        "customer.role": choice(*CustomerRole),
        "customer.buyer_type": choice(*BuyerType),
        "customer.region": FREE_TEXT,
        "customer.language": TEXT,
        "customer.days": NUMBER,
        "customer.tags": TEXTS,
        "purchases.count": NUMBER,
        "purchases.days": NUMBER,
        "purchases.days_since_last": NUMBER,
        "purchases.regularity": NUMBER,
        "returns.count": NUMBER,
        "referrals.count": NUMBER,
        "interactions.count": NUMBER,
        "interactions.after_purchase": NUMBER,
        "complaints.count": NUMBER,
        "complaints.open": NUMBER,
        "relations.branches": NUMBER,
        "relations.contact_persons": NUMBER,
        "relations.customers_served": NUMBER,
        "score.tier": ordered_choice("D", "C", "B", "A"),
        "score.value": NUMBER,
        "score.churn_band": ordered_choice("low", "elevated", "high", "critical"),
        "score.loyalty_class": choice("none", "spurious", "latent", "true"),
    }
)
"""Facts of a customer with its duplicates. Purchases, returns, interactions: of the last 365 days."""


class Aspect(StrEnum):
    BUYER_TYPE = "buyer_type"
    KEY_ACCOUNT = "key_account"
    RELATIONSHIP_LEVEL = "relationship_level"


VALUES: Mapping[Aspect, tuple[str, ...]] = MappingProxyType(
    {
        Aspect.BUYER_TYPE: tuple(BuyerType),
        Aspect.KEY_ACCOUNT: ("key", "ordinary"),
        Aspect.RELATIONSHIP_LEVEL: ("basic", "reactive", "accountable", "proactive", "partnership"),
    }
)


@dataclass(frozen=True, slots=True)
class ClassificationRule:
    name: str
    value: str
    when: Condition


@dataclass(frozen=True, slots=True)
class Derivation:
    """What the rules derive, by which rule, and the facts that the rule read."""

    value: str | None
    rule: str | None
    evidence: Mapping[str, object]


NOT_DERIVED = Derivation(None, None, MappingProxyType({}))
"""No rule matches."""


def parse_aspect(name: str) -> Aspect:
    """Return the aspect. Raises `AspectUnknown`."""
    try:
        return Aspect(name)
    except ValueError:
        raise AspectUnknown from None


def check_value(aspect: Aspect, value: str, *, pointer: str) -> None:
    """Raise `ValueUnknown` for a value that the aspect does not have."""
    if value not in VALUES[aspect]:
        raise ValueUnknown(f"This must be one of {', '.join(VALUES[aspect])}.", pointer=pointer)


def parse_rules(aspect: Aspect, documents: Sequence[Mapping[str, Any]]) -> list[ClassificationRule]:
    """Parse the rules in their order. Raises `ConditionError`, `DuplicateRule`, `ValueUnknown` with pointers."""
    parsed: dict[str, ClassificationRule] = {}
    for index, document in enumerate(documents):
        name, at = document["name"], f"/rules/{index}"
        if name in parsed:
            raise DuplicateRule(pointer=f"{at}/name")
        check_value(aspect, document["value"], pointer=f"{at}/value")
        condition = conditions.parse(document["when"], FIELDS, pointer=f"{at}/when")
        parsed[name] = ClassificationRule(name, document["value"], condition)
    return list(parsed.values())


def derive(rules: Sequence[ClassificationRule], facts: Facts) -> Derivation:
    """Return what the first matching rule derives."""
    for rule in rules:
        if rule.when.matches(facts):
            evidence = {name: facts.get(name) for name in sorted(rule.when.required_fields())}
            return Derivation(rule.value, rule.name, evidence)
    return NOT_DERIVED
