"""Limits of remedies on one complaint, and who may authorise more. Pure: no clock, no tables."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from heed_common.contracts.complaint import RemedyKind
from heed_common.currencies import round_to_minor_unit
from heed_complaint.resolution.playbooks.rules import Limits

ZERO = Decimal(0)
STORED_PRECISION = Decimal("0.0001")
SUPERUSER_SCOPE = "settings:write"


class GrantedRemedy(NamedTuple):
    """A remedy that the customer receives."""

    id: UUID
    kind: str
    amount: Decimal
    currency: str


class RemedyState(StrEnum):
    GRANTED = "granted"
    PENDING = "pending"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class RemedyRequest:
    """A remedy as requested; without a currency it is in that of the complaint."""

    kind: RemedyKind
    amount: Decimal
    currency: str | None
    cost: Decimal | None
    note: str | None
    request_approval: bool


@dataclass(frozen=True, slots=True)
class RemedyAmount:
    """Amount of one remedy that counts towards the limits: its value to the customer or its cost, whichever is more.

    Without the cost a replacement "worth nothing" could cost anything.
    """

    kind: RemedyKind
    amount: Decimal
    cost: Decimal | None
    currency: str

    @property
    def worth(self) -> Decimal:
        return max(self.amount, self.cost or ZERO)


@dataclass(frozen=True, slots=True)
class ExchangeRates:
    """The organisation's currency, and the value of one unit of other currencies in it."""

    currency: str
    rates: Mapping[str, Decimal]

    def convert(self, amount: Decimal, source: str, target: str) -> Decimal | None:
        """Return the amount in the target currency, None without a rate; zero needs no rate."""
        if source == target or amount == ZERO:
            return amount
        source_rate, target_rate = self._rate(source), self._rate(target)
        return None if source_rate is None or target_rate is None else amount * source_rate / target_rate

    def _rate(self, currency: str) -> Decimal | None:
        return Decimal(1) if currency == self.currency else self.rates.get(currency)


@dataclass(frozen=True, slots=True)
class LimitExceeded:
    """The limit that a remedy exceeds, and how much was granted before."""

    reason: str
    limit: Decimal | None
    given: Decimal
    currency: str

    @property
    def rounded_given(self) -> Decimal:
        return round_to_minor_unit(self.given, self.currency)


def check_limits(
    amount: RemedyAmount, *, given: Iterable[RemedyAmount], limits: Limits, exchange_rates: ExchangeRates
) -> LimitExceeded | None:
    """Return the limit that the amount would exceed on this complaint, of its kind or in total, or None.

    All that was granted before counts, no matter who decided. A remedy that costs nothing exceeds no limit.
    """
    if amount.worth == ZERO:
        return None
    currency = limits.currency or exchange_rates.currency
    permitted = limits.kinds or {}
    granted = list(given)
    of_kind = _total((other for other in granted if other.kind == amount.kind), exchange_rates, currency)
    in_total = _total(granted, exchange_rates, currency)
    worth = exchange_rates.convert(amount.worth, amount.currency, currency)
    if amount.kind not in permitted:
        return LimitExceeded(
            "Remedies of this kind are not given here without approval.", ZERO, of_kind or ZERO, currency
        )
    limit = permitted[amount.kind]
    if worth is None or of_kind is None or in_total is None:
        return LimitExceeded("There is no rate between this currency and that of the limits.", limit, ZERO, currency)
    if limit is not None and of_kind + worth > limit:
        return LimitExceeded("On one complaint no more than this is given of this kind.", limit, of_kind, currency)
    if limits.total is not None and in_total + worth > limits.total:
        return LimitExceeded("On one complaint no more than this is given in all.", limits.total, in_total, currency)
    return None


def quantize(amount: Decimal) -> Decimal:
    """Return the amount with all stored digits, so that it looks the same after it is loaded."""
    return amount.quantize(STORED_PRECISION)


def can_authorise(limits: Limits, *, by: str, scopes: Collection[str]) -> bool:
    """Return whether the caller may approve remedies above the limit."""
    return SUPERUSER_SCOPE in scopes or by in limits.agents or not limits.scopes.isdisjoint(scopes)


def merge_limits(own: Limits | None, general: Limits) -> Limits:
    """Return a playbook's limits; a limit that it leaves open falls back to the general one of the same currency."""
    if own is None:
        return general
    scopes, agents = own.scopes | general.scopes, own.agents | general.agents
    if own.kinds is None:
        return replace(general, scopes=scopes, agents=agents, playbook=own.playbook)
    if own.currency != general.currency:
        return replace(own, scopes=scopes, agents=agents)
    fallback = general.kinds or {}
    kinds = {kind: fallback.get(kind) if limit is None else limit for kind, limit in own.kinds.items()}
    total = general.total if own.total is None else own.total
    return replace(own, kinds=kinds, total=total, scopes=scopes, agents=agents)


def _total(amounts: Iterable[RemedyAmount], exchange_rates: ExchangeRates, currency: str) -> Decimal | None:
    """Return the total, or None if one of the amounts is in a currency without a rate."""
    total = ZERO
    for amount in amounts:
        worth = exchange_rates.convert(amount.worth, amount.currency, currency)
        if worth is None:
            return None
        total += worth
    return total
