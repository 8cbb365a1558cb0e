"""How likely it is that two complaints are one. Pure: it shows its reasons, and people decide."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from heed_common.text import normalize_for_comparison

WORD = re.compile(r"\w+")
IDEOGRAPH = re.compile(r"[぀-ヿ㐀-鿿豈-﫿]")
LONGEST_TEXT = 2000
"""Characters that are compared; what follows is seldom what makes a difference."""
LEAST = 30
"""Hundredths from which on a complaint is worth a look."""


class Reason(StrEnum):
    SAME_CUSTOMER = "same_customer"
    SAME_PURCHASE = "same_purchase"
    SAME_PRODUCT = "same_product"
    SAME_CATEGORY = "same_category"
    SIMILAR_TEXT = "similar_text"
    NEAR_IN_TIME = "near_in_time"


WEIGHTS = {
    Reason.SAME_CUSTOMER: 30,
    Reason.SAME_PURCHASE: 10,
    Reason.SAME_PRODUCT: 15,
    Reason.SAME_CATEGORY: 10,
    Reason.SIMILAR_TEXT: 30,
    Reason.NEAR_IN_TIME: 5,
}
"""Hundredths, a hundred in all. Of the first level alone a category counts half."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What two complaints are compared by."""

    id: UUID
    customer_id: UUID
    product_key: str | None
    purchase_id: UUID | None
    category: str
    received_at: datetime
    description: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """In hundredths, for each reason that there is: the score is their sum."""

    id: UUID
    reasons: dict[Reason, int]

    @property
    def score(self) -> int:
        return sum(self.reasons.values())


def rank(one: Facts, others: Iterable[Facts], *, family: Collection[UUID], within: timedelta) -> list[Likeness]:
    """Those worth a look, the likeliest first; of equals the newest. The family is everybody who is its customer."""
    found = [compare(one, other, family=family, within=within) for other in others]
    return sorted((like for like in found if like.score >= LEAST), key=lambda like: (-like.score, -like.id.int))


def compare(one: Facts, other: Facts, *, family: Collection[UUID], within: timedelta) -> Likeness:
    """Why they might be the same."""
    shares = {
        Reason.SAME_CUSTOMER: float(other.customer_id in family),
        Reason.SAME_PURCHASE: float(one.purchase_id is not None and one.purchase_id == other.purchase_id),
        Reason.SAME_PRODUCT: float(one.product_key is not None and one.product_key == other.product_key),
        Reason.SAME_CATEGORY: _same_category(one.category, other.category),
        Reason.SIMILAR_TEXT: similarity(one.description, other.description),
        Reason.NEAR_IN_TIME: max(0.0, 1 - abs(one.received_at - other.received_at) / within),
    }
    points = {reason: round(share * WEIGHTS[reason]) for reason, share in shares.items()}
    return Likeness(other.id, {reason: hundredths for reason, hundredths in points.items() if hundredths})


def similarity(one: str, other: str) -> float:
    """The share of pieces that two texts have in common (Dice): 1 where they say the same words, in any order."""
    left, right = _pieces(one), _pieces(other)
    if not left or not right:
        return 0.0
    return 2 * len(left & right) / (len(left) + len(right))


def _pieces(text: str) -> frozenset[str]:
    """Three letters of a word at a time; two signs at a time where a sign is a word."""
    return frozenset(
        piece for word in WORD.findall(normalize_for_comparison(text[:LONGEST_TEXT])) for piece in _cut(word)
    )


def _cut(word: str) -> Iterator[str]:
    size, padded = (2, word) if IDEOGRAPH.search(word) else (3, f" {word} ")
    if len(padded) <= size:
        yield padded
    for start in range(len(padded) - size + 1):
        yield padded[start : start + size]


def _same_category(one: str, other: str) -> float:
    if one == other:
        return 1.0
    return 0.5 if one.partition(".")[0] == other.partition(".")[0] else 0.0
