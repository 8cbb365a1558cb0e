"""How much may be given on one complaint, and who decides on more. Pure: no clock, no tables."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from heed_common.contracts.complaint import RemedyKind
from heed_common.currencies import round_to_minor_unit
from heed_complaint.playbooks.rules import Limits

ZERO = Decimal(0)
DECIDES_ON_ALL = "settings:write"


class RemedyState(StrEnum):
    GRANTED = "granted"
    PENDING = "pending"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to give; the currency is the complaint's where none is named."""

    kind: RemedyKind
    amount: Decimal
    currency: str | None
    cost: Decimal | None
    note: str | None
    request_approval: bool


@dataclass(frozen=True, slots=True)
class Gift:
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
class House:
    """The currency of the house and what the others are worth in it."""

    currency: str
    rates: Mapping[str, Decimal]

    def convert(self, amount: Decimal, source: str, target: str) -> Decimal | None:
        """None where there is no rate."""
        if source == target:
            return amount
        one, other = self._rate(source), self._rate(target)
        return None if one is None or other is None else amount * one / other

    def _rate(self, currency: str) -> Decimal | None:
        return Decimal(1) if currency == self.currency else self.rates.get(currency)


@dataclass(frozen=True, slots=True)
class Excess:
    """Why it is too much."""

    why: str
    limit: Decimal | None
    given: Decimal
    currency: str

    @property
    def given_in_print(self) -> Decimal:
        return round_to_minor_unit(self.given, self.currency)


def excess(gift: Gift, *, given: Iterable[Gift], limits: Limits, house: House) -> Excess | None:
    """Whether with this the complaint would have cost more than may be given: of its kind, or in all.

    Whatever the customer got already counts, whoever decided on it. What costs nothing is never too much.
    """
    if gift.worth == ZERO:
        return None
    currency = limits.currency or house.currency
    worth = house.convert(gift.worth, gift.currency, currency)
    before = {kind: _sum(given_of, house, currency) for kind, given_of in _by_kind(given).items()}
    of_kind = before.get(gift.kind, ZERO)
    if gift.kind not in limits.kinds:
        return Excess("Remedies of this kind are not given here without approval.", ZERO, of_kind or ZERO, currency)
    in_all = _total(before.values())
    if worth is None or in_all is None or of_kind is None:
        why = "There is no rate between this currency and that of the limits."
        return Excess(why, limits.kinds[gift.kind] or limits.total, ZERO, currency)
    limit = limits.kinds[gift.kind]
    if limit is not None and of_kind + worth > limit:
        return Excess("On one complaint no more than this is given of this kind.", limit, of_kind, currency)
    if limits.total is not None and in_all + worth > limits.total:
        return Excess("On one complaint no more than this is given in all.", limits.total, in_all, currency)
    return None


def may_decide(limits: Limits, *, by: str, scopes: Collection[str]) -> bool:
    """Whether the caller is somebody who decides on more than the limit."""
    return DECIDES_ON_ALL in scopes or by in limits.agents or not limits.scopes.isdisjoint(scopes)


def combined(own: Limits | None, general: Limits) -> Limits:
    """A playbook's limits; where it leaves one open, the general one of the same currency holds."""
    if own is None:
        return general
    if own.currency != general.currency:
        return own
    kinds = {kind: general.kinds.get(kind) if limit is None else limit for kind, limit in own.kinds.items()}
    total = general.total if own.total is None else own.total
    return Limits(kinds, total, own.currency, own.scopes | general.scopes, own.agents | general.agents, own.playbook)


def _by_kind(gifts: Iterable[Gift]) -> dict[RemedyKind, list[Gift]]:
    kinds: dict[RemedyKind, list[Gift]] = {}
    for gift in gifts:
        kinds.setdefault(gift.kind, []).append(gift)
    return kinds


def _sum(gifts: Iterable[Gift], house: House, currency: str) -> Decimal | None:
    return _total(house.convert(gift.worth, gift.currency, currency) for gift in gifts)


def _total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """None where one of them is not known."""
    total = ZERO
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total
