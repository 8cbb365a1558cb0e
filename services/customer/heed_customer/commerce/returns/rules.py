"""Value of returns, and how much may be returned. Pure: no clock, no tables."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from heed_common.content_hash import fingerprint
from heed_common.contracts.customer import ReturnReason
from heed_common.text import comparison_key
from heed_common.time_ranges import ALWAYS, TimeRange
from heed_common.trace import Origin
from heed_customer.commerce.purchases.rules import PRICE_STEP, ZERO, PricedLine
from heed_customer.commerce.returns.errors import ReturnExceedsPurchase, SkuUnknown


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    sku: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class NewReturn:
    """A return to record."""

    purchase_id: UUID
    external_id: str
    occurred_at: datetime
    lines: tuple[ReturnedLine, ...]
    reason: ReturnReason
    note: str | None = None
    origin: Origin | None = field(default=None, compare=False)
    """Of its event, if several requests are recorded together."""


@dataclass(frozen=True, slots=True)
class ReturnFilter:
    """Conditions of the list of returns; a return meets all that are given, and one of the values of each."""

    purchase_ids: Collection[UUID] = ()
    customer_ids: frozenset[UUID] | None = None
    external_ids: Collection[str] = ()
    reasons: Collection[ReturnReason] = ()
    times: TimeRange = ALWAYS


@dataclass(frozen=True, slots=True)
class Value:
    """Units, and the part of the purchase's gross and margin that belongs to them."""

    units: Decimal = ZERO
    gross: Decimal = ZERO
    margin: Decimal = ZERO

    def __add__(self, other: "Value") -> "Value":
        return Value(self.units + other.units, self.gross + other.gross, self.margin + other.margin)

    def __sub__(self, other: "Value") -> "Value":
        return Value(self.units - other.units, self.gross - other.gross, self.margin - other.margin)


def value_of_return(
    bought: Sequence[PricedLine], *, returned: Iterable[ReturnedLine], lines: Sequence[ReturnedLine]
) -> Value:
    """Return the value of these lines, after the lines that were returned before.

    Of each article it is the difference of two cumulated shares: however a purchase is split into returns, they add up
    to exactly the recorded value. Raises `SkuUnknown`, `ReturnExceedsPurchase`.
    """
    articles = _articles(bought)
    before = _quantities(returned, articles)
    after = dict(before)
    for index, line in enumerate(lines):
        sku = _article_of(line.sku, articles)
        if sku is None:
            raise SkuUnknown(pointer=f"/lines/{index}/sku")
        after[sku] = after.get(sku, ZERO) + line.quantity
        if after[sku] > articles[sku].units:
            raise ReturnExceedsPurchase(pointer=f"/lines/{index}/quantity")
    shares = [
        _share(articles[sku], quantity) - _share(articles[sku], before.get(sku, ZERO))
        for sku, quantity in after.items()
    ]
    return sum(shares, Value())


def content_hash(new: NewReturn) -> bytes:
    """Return the hash by which a repeated return is recognised."""
    return fingerprint(
        {
            "occurred_at": new.occurred_at,
            "lines": [[line.sku, line.quantity] for line in new.lines],
            "reason": new.reason,
            "note": new.note,
        }
    )


def is_same(one: NewReturn, other: NewReturn) -> bool:
    """Return whether both have the same content; the lines of a return may have any order."""
    return _sorted(one) == _sorted(other)


def _sorted(new: NewReturn) -> NewReturn:
    return replace(new, lines=tuple(sorted(new.lines, key=lambda line: (line.sku, line.quantity))))


def _articles(lines: Sequence[PricedLine]) -> Mapping[str, Value]:
    """Return the value of each article. One on several lines, at several prices, is returned at their mean."""
    articles: dict[str, Value] = {}
    for line in lines:
        articles[line.sku] = articles.get(line.sku, Value()) + Value(line.quantity, line.gross, line.margin)
    return articles


def _article_of(sku: str, articles: Mapping[str, Value]) -> str | None:
    """Return the article with exactly this SKU, else the only one whose SKU reads the same, else None."""
    if sku in articles:
        return sku
    alike = [name for name in articles if comparison_key(name) == comparison_key(sku)]
    return alike[0] if len(alike) == 1 else None


def _quantities(lines: Iterable[ReturnedLine], articles: Mapping[str, Value]) -> dict[str, Decimal]:
    """Return the returned quantity of each article. Lines without an article, after a restore, are left out."""
    quantities: dict[str, Decimal] = {}
    for line in lines:
        sku = _article_of(line.sku, articles)
        if sku is not None:
            quantities[sku] = quantities.get(sku, ZERO) + line.quantity
    return quantities


def _share(article: Value, quantity: Decimal) -> Value:
    """Return the value of that quantity, rounded half-even to four decimals; of the whole article exactly its value."""
    part = Fraction(quantity) / Fraction(article.units)
    return Value(quantity, _part(article.gross, part), _part(article.margin, part))


def _part(amount: Decimal, part: Fraction) -> Decimal:
    return round(Fraction(amount) * part / Fraction(PRICE_STEP)) * PRICE_STEP
