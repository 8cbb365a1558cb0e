"""Rules that apply until an operator replaces them. Pure.

A key account is not the biggest one, but one whose loss would cost more than its own purchases: others follow it.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from heed_customer.accounts.classification.rules import Aspect

Document = Mapping[str, Any]


def _test(field: str, op: str, value: object) -> Document:
    return {"field": field, "op": op, "value": value}


def _all(*parts: Document) -> Document:
    return {"all": list(parts)}


def _rule(name: str, value: str, when: Document) -> Document:
    return {"name": name, "value": value, "when": when}


BUYER_TYPE = (
    _rule("registered_relationship", "relationship", _test("customer.buyer_type", "eq", "relationship")),
    _rule("registered_transactional", "transactional", _test("customer.buyer_type", "eq", "transactional")),
    _rule(
        "buys_regularly",
        "relationship",
        _all(_test("purchases.days", "ge", 4), _test("purchases.regularity", "ge", "0.5")),
    ),
    _rule("refers_others", "relationship", _all(_test("purchases.count", "ge", 1), _test("referrals.count", "ge", 1))),
    _rule("truly_loyal", "relationship", _test("score.loyalty_class", "eq", "true")),
    _rule("buys_now_and_then", "transactional", _test("purchases.count", "ge", 1)),
)
KEY_ACCOUNT = (
    _rule("refers_many", "key", _test("referrals.count", "ge", 3)),
    _rule("serves_many_customers", "key", _test("relations.customers_served", "ge", 3)),
    _rule("headquarters", "key", _test("relations.branches", "ge", 3)),
    _rule(
        "valuable_and_loyal",
        "key",
        _all(
            _test("score.tier", "eq", "A"),
            _test("score.loyalty_class", "in", ["true", "latent"]),
            _test("purchases.regularity", "ge", "0.5"),
        ),
    ),
    _rule("big_but_not_key", "ordinary", _test("score.tier", "eq", "A")),
    _rule("ordinary", "ordinary", _all()),
)
RELATIONSHIP_LEVEL = (
    _rule("contacted_again_and_again", "proactive", _test("interactions.after_purchase", "ge", 4)),
    _rule("asked_after_the_sale", "accountable", _test("interactions.after_purchase", "ge", 1)),
    _rule(
        "reports",
        "reactive",
        {"any": [_test("interactions.count", "ge", 1), _test("complaints.count", "ge", 1)]},
    ),
    _rule("sold_to", "basic", _test("purchases.count", "ge", 1)),
)
"""Partnership is decided by people only."""

DEFAULT_RULES: Mapping[Aspect, Sequence[Document]] = MappingProxyType(
    {
        Aspect.BUYER_TYPE: BUYER_TYPE,
        Aspect.KEY_ACCOUNT: KEY_ACCOUNT,
        Aspect.RELATIONSHIP_LEVEL: RELATIONSHIP_LEVEL,
    }
)
