"""How much may come back, and what it was worth. Pure: no clock, no tables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from heed_common.content_hash import fingerprint
from heed_common.contracts.customer import ReturnReason
from heed_common.text import comparison_key
from heed_customer.errors import ReturnExceedsPurchase, SkuUnknown
from heed_customer.purchases.rules import CENT_OF_A_CENT, NOTHING, PricedLine


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    sku: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class NewReturn:
    """What came back, as the caller told it."""

    external_id: str
    occurred_at: datetime
    lines: tuple[ReturnedLine, ...]
    reason: ReturnReason
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Worth:
    """Units, and what of the purchase's gross and margin goes with them."""

    units: Decimal = NOTHING
    gross: Decimal = NOTHING
    margin: Decimal = NOTHING

    def __add__(self, other: "Worth") -> "Worth":
        return Worth(self.units + other.units, self.gross + other.gross, self.margin + other.margin)

    def __sub__(self, other: "Worth") -> "Worth":
        return Worth(self.units - other.units, self.gross - other.gross, self.margin - other.margin)


def worth_of_return(
    bought: Sequence[PricedLine], *, returned: Iterable[ReturnedLine], lines: Sequence[ReturnedLine]
) -> Worth:
    """What of the purchase goes back with these lines, after what was returned before.

    Of each article it is the difference of two cumulated shares: in whatever parts a purchase comes back, the parts
    add up to exactly what was booked.
    """
    articles = _articles(bought)
    before = _quantities(returned, articles)
    after = dict(before)
    for place, line in enumerate(lines):
        sku = _article_of(line.sku, articles)
        if sku is None:
            raise SkuUnknown(pointer=f"/lines/{place}/sku")
        after[sku] = after.get(sku, NOTHING) + line.quantity
        if after[sku] > articles[sku].units:
            raise ReturnExceedsPurchase(pointer=f"/lines/{place}/quantity")
    shares = [
        _share(articles[sku], quantity) - _share(articles[sku], before.get(sku, NOTHING))
        for sku, quantity in after.items()
    ]
    return sum(shares, Worth())


def content_of(told: NewReturn) -> bytes:
    """The fingerprint by which a repeated return is known."""
    return fingerprint(
        {
            "occurred_at": told.occurred_at,
            "lines": [[line.sku, line.quantity] for line in told.lines],
            "reason": told.reason,
            "note": told.note,
        }
    )


def is_same(one: NewReturn, other: NewReturn) -> bool:
    """Return whether both have the same content; the lines of a return may stand in any order."""
    return _sorted(one) == _sorted(other)


def _sorted(told: NewReturn) -> NewReturn:
    return replace(told, lines=tuple(sorted(told.lines, key=lambda line: (line.sku, line.quantity))))


def _articles(lines: Sequence[PricedLine]) -> Mapping[str, Worth]:
    """One article may stand on several lines, at several prices: it comes back at their mean."""
    articles: dict[str, Worth] = {}
    for line in lines:
        articles[line.sku] = articles.get(line.sku, Worth()) + Worth(line.quantity, line.gross, line.margin)
    return articles


def _article_of(sku: str, articles: Mapping[str, Worth]) -> str | None:
    """Return the article that is written so, else the only one that reads the same, else nothing."""
    if sku in articles:
        return sku
    alike = [name for name in articles if comparison_key(name) == comparison_key(sku)]
    return alike[0] if len(alike) == 1 else None


def _quantities(lines: Iterable[ReturnedLine], articles: Mapping[str, Worth]) -> dict[str, Decimal]:
    """Return how much of each article came back; what came back of no article, after a restore, is left out."""
    quantities: dict[str, Decimal] = {}
    for line in lines:
        sku = _article_of(line.sku, articles)
        if sku is not None:
            quantities[sku] = quantities.get(sku, NOTHING) + line.quantity
    return quantities


def _share(article: Worth, quantity: Decimal) -> Worth:
    """What that quantity of the article was worth, half-even to four decimals; of all of it, all."""
    part = Fraction(quantity) / Fraction(article.units)
    return Worth(quantity, _part(article.gross, part), _part(article.margin, part))


def _part(amount: Decimal, part: Fraction) -> Decimal:
    return round(Fraction(amount) * part / Fraction(CENT_OF_A_CENT)) * CENT_OF_A_CENT
