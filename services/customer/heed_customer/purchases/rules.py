"""What a purchase is worth. Pure: no clock, no tables."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from heed_common.contracts.customer import PurchaseKind
from heed_common.text import comparison_key

CENT_OF_A_CENT = Decimal("0.0001")
THOUSANDTH = Decimal("0.001")
NOTHING = Decimal(0)
MOST_PRODUCTS = 80
"""So many travel in an event: with the longest names and 200 categories beside them it stays under 128 KiB."""


@dataclass(frozen=True, slots=True)
class Line:
    """One article as the caller told it."""

    sku: str
    category: str
    quantity: Decimal
    unit_price: Decimal
    unit_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class NewPurchase:
    """A purchase as the caller told it; the customer is named by one of two ids."""

    external_id: str
    occurred_at: datetime
    currency: str
    lines: tuple[Line, ...]
    kind: PurchaseKind = PurchaseKind.GOODS
    service_point_id: str | None = None
    customer_id: UUID | None = None
    customer_external_id: str | None = None


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with its worth, fixed when it was recorded: a later return gives back parts of exactly this."""

    sku: str
    category: str
    quantity: Decimal
    unit_price: Decimal
    unit_cost: Decimal | None
    gross: Decimal
    margin: Decimal


@dataclass(frozen=True, slots=True)
class Draft:
    """A purchase with its worth, before it is known whose it is and whether it is new."""

    id: UUID
    event_id: UUID
    told: NewPurchase
    lines: tuple[PricedLine, ...]
    units: Decimal
    gross: Decimal
    margin: Decimal
    margin_estimated: bool
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class RecordedPurchase:
    """A purchase as it is kept."""

    id: UUID
    event_id: UUID
    external_id: str
    customer_id: UUID
    kind: PurchaseKind
    occurred_at: datetime
    currency: str
    lines: tuple[PricedLine, ...]
    units: Decimal
    gross: Decimal
    margin: Decimal
    margin_estimated: bool
    service_point_id: str | None
    fingerprint: bytes
    recorded_at: datetime


def draft(told: NewPurchase, *, default_margin: Decimal, purchase_id: UUID, event_id: UUID) -> Draft:
    """What the purchase is worth: the sums of its lines."""
    lines = tuple(price(line, default_margin=default_margin) for line in told.lines)
    return Draft(
        id=purchase_id,
        event_id=event_id,
        told=told,
        lines=lines,
        units=sum((line.quantity for line in lines), NOTHING).quantize(THOUSANDTH),
        gross=sum((line.gross for line in lines), NOTHING),
        margin=sum((line.margin for line in lines), NOTHING),
        margin_estimated=any(line.unit_cost is None for line in lines),
        fingerprint=content_of(told),
    )


def recorded(draft: Draft, *, customer_id: UUID, now: datetime) -> RecordedPurchase:
    """The draft, taken for this customer."""
    return RecordedPurchase(
        id=draft.id,
        event_id=draft.event_id,
        external_id=draft.told.external_id,
        customer_id=customer_id,
        kind=draft.told.kind,
        occurred_at=draft.told.occurred_at,
        currency=draft.told.currency,
        lines=draft.lines,
        units=draft.units,
        gross=draft.gross,
        margin=draft.margin,
        margin_estimated=draft.margin_estimated,
        service_point_id=draft.told.service_point_id,
        fingerprint=draft.fingerprint,
        recorded_at=now,
    )


def price(line: Line, *, default_margin: Decimal) -> PricedLine:
    """Price times quantity, rounded half-even to four decimals; without a cost the default margin stands in."""
    gross = _rounded(line.unit_price * line.quantity)
    margin = gross * default_margin if line.unit_cost is None else gross - _rounded(line.unit_cost * line.quantity)
    return PricedLine(line.sku, line.category, line.quantity, line.unit_price, line.unit_cost, gross, _rounded(margin))


def categories(lines: Sequence[PricedLine]) -> tuple[str, ...]:
    """Each category once, in the order of the lines, as it is written first."""
    return _distinct(line.category for line in lines)


def products(lines: Sequence[PricedLine]) -> tuple[str, ...]:
    """Each article once, in the order of the lines; those beyond the first 80 stay with the purchase."""
    return _distinct(line.sku for line in lines)[:MOST_PRODUCTS]


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(comparison_key(name), name)
    return tuple(found.values())


def content_of(told: NewPurchase) -> bytes:
    """The fingerprint of everything but the customer, who may be named in two ways.

    Written out here because it is made for each row of a batch; NUL parts the words, for no text may hold it.
    """
    words = [
        told.occurred_at.astimezone(UTC).isoformat(),
        told.currency,
        told.kind.value,
        told.service_point_id or "",
    ]
    for line in told.lines:
        words += (line.sku, line.category, _word(line.quantity), _word(line.unit_price), _word(line.unit_cost))
    return hashlib.sha256("\0".join(words).encode()).digest()


def is_same(stored: RecordedPurchase, draft: Draft) -> bool:
    """Return whether both have the same content; the lines of a purchase may stand in any order."""
    if stored.fingerprint == draft.fingerprint:
        return True
    told = draft.told
    heads = [(each.occurred_at, each.currency, each.kind, each.service_point_id or "") for each in (stored, told)]
    return heads[0] == heads[1] and _sorted_lines(stored.lines) == _sorted_lines(told.lines)


def _sorted_lines(lines: Sequence[Line | PricedLine]) -> list[tuple[str, ...]]:
    return sorted(
        (line.sku, line.category, _word(line.quantity), _word(line.unit_price), _word(line.unit_cost)) for line in lines
    )


def _word(amount: Decimal | None) -> str:
    """1.50 is 1.5, and a cost of nothing is not the same as no cost."""
    return "" if amount is None else str(amount.normalize())


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT_OF_A_CENT, rounding=ROUND_HALF_EVEN)
