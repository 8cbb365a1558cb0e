"""Value of purchases. Pure: no clock, no tables.

Lines and purchases are named tuples, of which an import makes millions: a frozen dataclass takes three times as long.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple
from uuid import UUID

from heed_common.contracts.customer import PurchaseKind
from heed_common.text import comparison_key
from heed_common.time_ranges import ALWAYS, TimeRange
from heed_common.trace import Origin

PRICE_STEP = Decimal("0.0001")
QUANTITY_STEP = Decimal("0.001")
ZERO = Decimal(0)
MAX_PRODUCTS = 80
"""In an event: with the longest names and 200 categories it stays under 128 KiB."""


class Line(NamedTuple):
    """One article of a purchase to record."""

    sku: str
    category: str
    quantity: Decimal
    unit_price: Decimal
    unit_cost: Decimal | None = None


class NewPurchase(NamedTuple):
    """A purchase to record; the customer is identified by one of two ids."""

    external_id: str
    occurred_at: datetime
    currency: str
    lines: tuple[Line, ...]
    kind: PurchaseKind = PurchaseKind.GOODS
    service_point_id: str | None = None
    customer_id: UUID | None = None
    customer_external_id: str | None = None
    origin: Origin | None = None
    """Of its events, if several requests are recorded together."""


class PricedLine(NamedTuple):
    """A line with its value, fixed when it is recorded: a later return takes back parts of exactly this value."""

    sku: str
    category: str
    quantity: Decimal
    unit_price: Decimal
    unit_cost: Decimal | None
    gross: Decimal
    margin: Decimal


class PricedPurchase(NamedTuple):
    """A purchase with its value, before it is known whether its customer exists and whether it is new."""

    id: UUID
    event_id: UUID
    request: NewPurchase
    lines: tuple[PricedLine, ...]
    units: Decimal
    gross: Decimal
    margin: Decimal
    margin_estimated: bool
    fingerprint: bytes


class RecordedPurchase(NamedTuple):
    """A stored purchase."""

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


@dataclass(frozen=True, slots=True)
class PurchaseFilter:
    """Conditions of the list of purchases; a purchase meets all that are given, and one of the values of each."""

    customer_ids: frozenset[UUID] | None = None
    external_ids: Collection[str] = ()
    kinds: Collection[PurchaseKind] = ()
    service_point_ids: Collection[str] = ()
    times: TimeRange = ALWAYS


def price_purchase(
    request: NewPurchase, *, default_margin: Decimal, purchase_id: UUID, event_id: UUID
) -> PricedPurchase:
    """Return the purchase with its value: the sums of its lines."""
    lines = tuple(price_line(line, default_margin=default_margin) for line in request.lines)
    return PricedPurchase(
        id=purchase_id,
        event_id=event_id,
        request=request,
        lines=lines,
        units=sum((line.quantity for line in lines), ZERO).quantize(QUANTITY_STEP),
        gross=sum((line.gross for line in lines), ZERO),
        margin=sum((line.margin for line in lines), ZERO),
        margin_estimated=any(line.unit_cost is None for line in lines),
        fingerprint=content_hash(request),
    )


def to_recorded(purchase: PricedPurchase, *, customer_id: UUID, now: datetime) -> RecordedPurchase:
    """Return the purchase as it is stored for this customer."""
    return RecordedPurchase(
        id=purchase.id,
        event_id=purchase.event_id,
        external_id=purchase.request.external_id,
        customer_id=customer_id,
        kind=purchase.request.kind,
        occurred_at=purchase.request.occurred_at,
        currency=purchase.request.currency,
        lines=purchase.lines,
        units=purchase.units,
        gross=purchase.gross,
        margin=purchase.margin,
        margin_estimated=purchase.margin_estimated,
        service_point_id=purchase.request.service_point_id,
        fingerprint=purchase.fingerprint,
        recorded_at=now,
    )


def price_line(line: Line, *, default_margin: Decimal) -> PricedLine:
    """Return price times quantity, rounded half-even to four decimals; without a cost the margin is the default one."""
    gross = _rounded(line.unit_price * line.quantity)
    margin = gross * default_margin if line.unit_cost is None else gross - _rounded(line.unit_cost * line.quantity)
    return PricedLine(line.sku, line.category, line.quantity, line.unit_price, line.unit_cost, gross, _rounded(margin))


def categories(lines: Sequence[PricedLine]) -> tuple[str, ...]:
    """Return each category once, in the order of the lines and in its first spelling."""
    return _distinct(line.category for line in lines)


def products(lines: Sequence[PricedLine]) -> tuple[str, ...]:
    """Return each article once, in the order of the lines, at most `MAX_PRODUCTS`."""
    return _distinct(line.sku for line in lines)[:MAX_PRODUCTS]


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(comparison_key(name), name)
    return tuple(found.values())


def content_hash(request: NewPurchase) -> bytes:
    """Return the hash of everything but the customer, who may be identified in two ways.

    It does not use `fingerprint`, which is too slow for each row of a batch. NUL separates the parts, because no text
    may contain it.
    """
    parts = [
        request.occurred_at.astimezone(UTC).isoformat(),
        request.currency,
        request.kind.value,
        request.service_point_id or "",
    ]
    for line in request.lines:
        parts += _line_texts(line)
    return hashlib.sha256("\0".join(parts).encode()).digest()


def is_same(stored: RecordedPurchase, purchase: PricedPurchase) -> bool:
    """Return whether both have the same content; the lines of a purchase may have any order."""
    if stored.fingerprint == purchase.fingerprint:
        return True
    request = purchase.request
    heads = [(item.occurred_at, item.currency, item.kind, item.service_point_id or "") for item in (stored, request)]
    return heads[0] == heads[1] and _sorted_lines(stored.lines) == _sorted_lines(request.lines)


def _sorted_lines(lines: Sequence[Line | PricedLine]) -> list[tuple[str, ...]]:
    return sorted(map(_line_texts, lines))


def _line_texts(line: Line | PricedLine) -> tuple[str, ...]:
    """Return the content of the line; a cost of zero differs from a missing cost."""
    cost = line.unit_cost
    return (
        line.sku,
        line.category,
        _amount_text(line.quantity),
        _amount_text(line.unit_price),
        "" if cost is None else _amount_text(cost),
    )


def _amount_text(amount: Decimal) -> str:
    """Return the amount without trailing zeros."""
    return str(amount.normalize())


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(PRICE_STEP, ROUND_HALF_EVEN)
