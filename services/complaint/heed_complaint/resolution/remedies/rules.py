"""How much may be given on one complaint, and who decides on more. Pure: no clock, no tables."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from heed_common.contracts.complaint import RemedyKind
from heed_common.currencies import round_to_minor_unit
from heed_complaint.resolution.playbooks.rules import Limits

ZERO = Decimal(0)
STORED_PRECISION = Decimal("0.0001")
SUPERUSER_SCOPE = "settings:write"


class RemedyState(StrEnum):
    GRANTED = "granted"
    PENDING = "pending"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class RemedyRequest:
    """What somebody wants to give; the currency is the complaint's where none is named."""

    kind: RemedyKind
    amount: Decimal
    currency: str | None
    cost: Decimal | None
    note: str | None
    request_approval: bool


@dataclass(frozen=True, slots=True)
class RemedyAmount:
    """What one remedy weighs against the limits: what it is worth to the customer or costs the firm, if that is more.

    Without that a replacement "worth nothing" could cost anything.
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
    """The currency of the house and what the others are worth in it."""

    currency: str
    rates: Mapping[str, Decimal]

    def convert(self, amount: Decimal, source: str, target: str) -> Decimal | None:
        """None where there is no rate; nothing is nothing in every currency."""
        if source == target or amount == ZERO:
            return amount
        one, other = self._rate(source), self._rate(target)
        return None if one is None or other is None else amount * one / other

    def _rate(self, currency: str) -> Decimal | None:
        return Decimal(1) if currency == self.currency else self.rates.get(currency)


@dataclass(frozen=True, slots=True)
class LimitExceeded:
    """Why it is too much."""

    why: str
    limit: Decimal | None
    given: Decimal
    currency: str

    @property
    def given_in_print(self) -> Decimal:
        return round_to_minor_unit(self.given, self.currency)


def check_limits(
    gift: RemedyAmount, *, given: Iterable[RemedyAmount], limits: Limits, exchange_rates: ExchangeRates
) -> LimitExceeded | None:
    """Whether with this the complaint would have cost more than may be given: of its kind, or in all.

    Whatever the customer got already counts, whoever decided on it. What costs nothing is never too much.
    """
    if gift.worth == ZERO:
        return None
    currency = limits.currency or exchange_rates.currency
    permitted = limits.kinds or {}
    got = list(given)
    of_kind = _total((one for one in got if one.kind == gift.kind), exchange_rates, currency)
    in_all = _total(got, exchange_rates, currency)
    worth = exchange_rates.convert(gift.worth, gift.currency, currency)
    if gift.kind not in permitted:
        return LimitExceeded(
            "Remedies of this kind are not given here without approval.", ZERO, of_kind or ZERO, currency
        )
    limit = permitted[gift.kind]
    if worth is None or of_kind is None or in_all is None:
        return LimitExceeded("There is no rate between this currency and that of the limits.", limit, ZERO, currency)
    if limit is not None and of_kind + worth > limit:
        return LimitExceeded("On one complaint no more than this is given of this kind.", limit, of_kind, currency)
    if limits.total is not None and in_all + worth > limits.total:
        return LimitExceeded("On one complaint no more than this is given in all.", limits.total, in_all, currency)
    return None


def quantize(amount: Decimal) -> Decimal:
    """With all the digits that are kept, so that it looks the same when it is read again."""
    return amount.quantize(STORED_PRECISION)


def can_authorise(limits: Limits, *, by: str, scopes: Collection[str]) -> bool:
    """Whether the caller is somebody who decides on more than the limit."""
    return SUPERUSER_SCOPE in scopes or by in limits.agents or not limits.scopes.isdisjoint(scopes)


def merge_limits(own: Limits | None, general: Limits) -> Limits:
    """A playbook's limits; where it leaves one open, the general one of the same currency holds."""
    if own is None:
        return general
    scopes, agents = own.scopes | general.scopes, own.agents | general.agents
    if own.kinds is None:
        return replace(general, scopes=scopes, agents=agents, playbook=own.playbook)
    if own.currency != general.currency:
        return replace(own, scopes=scopes, agents=agents)
    known = general.kinds or {}
    kinds = {kind: known.get(kind) if limit is None else limit for kind, limit in own.kinds.items()}
    total = general.total if own.total is None else own.total
    return replace(own, kinds=kinds, total=total, scopes=scopes, agents=agents)


def _total(gifts: Iterable[RemedyAmount], exchange_rates: ExchangeRates, currency: str) -> Decimal | None:
    """None where one of them is in a currency without a rate."""
    total = ZERO
    for gift in gifts:
        worth = exchange_rates.convert(gift.worth, gift.currency, currency)
        if worth is None:
            return None
        total += worth
    return total
