"""Guarantees: to whom they apply, when they are broken and how much they pay. Pure: no clock, no tables."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from heed_common.conditions import Condition, Facts, parse
from heed_common.contracts.complaint import GuaranteeScope, RemedyKind
from heed_common.currencies import is_currency, round_to_minor_unit
from heed_complaint.core import condition_fields
from heed_complaint.resolution.guarantees.errors import GuaranteeInvalid
from heed_complaint.resolution.payable import check_payable

PROMISE = "promise"
"""A promise to this customer, beside the milestones."""
ON_CUSTOMER_REQUEST = frozenset({GuaranteeScope.UNCONDITIONAL_SATISFACTION, GuaranteeScope.COMBINED})
"""Scopes that a customer can claim without a recorded breach."""
ATTRIBUTE_COUNTS = {
    GuaranteeScope.SINGLE_ATTRIBUTE: (1, 1, "A single attribute is exactly one."),
    GuaranteeScope.SEVERAL_ATTRIBUTES: (2, 99, "Several attributes are two at least."),
    GuaranteeScope.UNCONDITIONAL_SATISFACTION: (0, 0, "Unconditional means that no attribute is named."),
    GuaranteeScope.COMBINED: (1, 99, "Beside satisfaction it names one attribute at least."),
}
"""Minimum and maximum number of attributes by scope, with the message of the rule."""
AMOUNT_MISSING = "A share needs the amount that is paid while the amount at stake is not known."
Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Payout:
    """Pay-out of a guarantee: an amount, or a share of the money at stake."""

    kind: RemedyKind
    amount: Decimal
    currency: str
    share: Decimal | None
    at_most: Decimal | None


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A parsed guarantee."""

    name: str
    id: UUID
    scope: GuaranteeScope
    attributes: frozenset[str]
    requires_all: bool
    when: Condition
    payout: Payout | None
    valid_from: datetime
    valid_until: datetime | None

    @property
    def is_on_customer_request(self) -> bool:
        """Return whether a customer can claim it without a recorded breach."""
        return self.scope in ON_CUSTOMER_REQUEST

    def applies(self, *, received_at: datetime, facts: Facts) -> bool:
        """Return whether it was valid when the complaint was received, and its condition matches."""
        is_valid = self.valid_from <= received_at and (self.valid_until is None or received_at < self.valid_until)
        return is_valid and self.when.matches(facts)

    def is_broken(self, *, newly: Collection[str], broken: Collection[str]) -> bool:
        """Return whether the newly broken attributes break it, together with those broken before."""
        if self.attributes.isdisjoint(newly):
            return False
        return not self.requires_all or self.attributes <= set(broken)


def parse_guarantee(
    name: str, guarantee_id: UUID, content: Content, *, valid_from: datetime, valid_until: datetime | None
) -> Guarantee:
    """Parse a guarantee. Raises `GuaranteeInvalid` or `ConditionError` with a pointer to the invalid field."""
    scope = GuaranteeScope(content["scope"])
    attributes = frozenset(content["attributes"])
    minimum, maximum, rule = ATTRIBUTE_COUNTS[scope]
    if not minimum <= len(attributes) <= maximum or len(attributes) < len(content["attributes"]):
        raise GuaranteeInvalid(rule, pointer="/attributes")
    if valid_until is not None and valid_until <= valid_from:
        raise GuaranteeInvalid("It ends after it has begun.", pointer="/valid_until")
    if (content["reach"] == "internal") is not (content["payout"] is None):
        raise GuaranteeInvalid("What is promised to customers, and only that, is paid to them.", pointer="/payout")
    return Guarantee(
        name,
        guarantee_id,
        scope,
        attributes,
        content["broken"] == "all",
        parse(content["when"], condition_fields.FIELDS, pointer="/when"),
        _parse_payout(content["payout"]),
        valid_from,
        valid_until,
    )


def check_payout(payout: Payout) -> None:
    """Raise `NotPayable` for an amount that is not a multiple of the smallest coin."""
    check_payable(payout.amount, payout.currency, pointer="/payout/amount", currency_pointer="/payout/currency")
    check_payable(payout.at_most or Decimal(0), payout.currency, pointer="/payout/at_most")


def payout_amount(payout: Payout, *, at_stake: Decimal | None, currency: str) -> tuple[Decimal, str]:
    """Return amount and currency of the pay-out on a complaint with so much at stake.

    The share is paid in the currency of what is at stake. If no amount at stake is known, or the bound is in another
    currency, or that currency has been withdrawn, the amount is paid. It is rounded, because a guarantee of an
    earlier release may promise less than the smallest coin.
    """
    fixed_amount = round_to_minor_unit(payout.amount, payout.currency), payout.currency
    if payout.share is None or at_stake is None or not is_currency(currency):
        return fixed_amount
    share = payout.share * at_stake
    if payout.at_most is None:
        return round_to_minor_unit(share, currency), currency
    if currency != payout.currency:
        return fixed_amount
    return round_to_minor_unit(min(share, payout.at_most), currency), currency


def _parse_payout(content: Content | None) -> Payout | None:
    if content is None:
        return None
    amount, share = _decimal(content["amount"]), _decimal(content["share"])
    if share is not None and amount is None:
        raise GuaranteeInvalid(AMOUNT_MISSING, pointer="/payout/amount")
    if share is None and content["at_most"] is not None:
        raise GuaranteeInvalid("Only a share has a bound.", pointer="/payout/at_most")
    kind, currency = RemedyKind(content["kind"]), content["currency"]
    return Payout(kind, amount or Decimal(0), currency, share, _decimal(content["at_most"]))


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
