"""Duplicate score of two complaints, with its reasons. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from heed_common.text import normalize_for_comparison

WORD = re.compile(r"\w+")
IDEOGRAPH = re.compile(r"[぀-ヿ㐀-鿿豈-﫿]")
MAX_COMPARED_LENGTH = 2000
"""Characters that are compared; differences behind them are rare."""
MIN_SCORE = 30
"""Hundredths from which on a complaint is listed."""


class DuplicateReason(StrEnum):
    SAME_CUSTOMER = "same_customer"
    SAME_PURCHASE = "same_purchase"
    SAME_PRODUCT = "same_product"
    SAME_CATEGORY = "same_category"
    SIMILAR_TEXT = "similar_text"
    NEAR_IN_TIME = "near_in_time"


WEIGHTS = {
    DuplicateReason.SAME_CUSTOMER: 30,
    DuplicateReason.SAME_PURCHASE: 10,
    DuplicateReason.SAME_PRODUCT: 15,
    DuplicateReason.SAME_CATEGORY: 10,
    DuplicateReason.SIMILAR_TEXT: 30,
    DuplicateReason.NEAR_IN_TIME: 5,
}
"""Hundredths, a hundred in all. A category that only shares the first level counts half."""


@dataclass(frozen=True, slots=True)
class ComparisonFields:
    """The fields by which two complaints are compared."""

    id: UUID
    customer_id: UUID
    product_key: str | None
    purchase_id: UUID | None
    category: str
    received_at: datetime
    description: str


@dataclass(frozen=True, slots=True)
class DuplicateScore:
    """Hundredths by reason; the score is their sum."""

    id: UUID
    reasons: dict[DuplicateReason, int]

    @property
    def score(self) -> int:
        return sum(self.reasons.values())


def rank_duplicates(
    complaint: ComparisonFields,
    others: Iterable[ComparisonFields],
    *,
    family: Collection[UUID],
    within: timedelta,
) -> list[DuplicateScore]:
    """Return the likely duplicates, the likeliest first, of equals the newest.

    The family are the ids of all merged customers that are the customer of the complaint.
    """
    scores = [compare(complaint, other, family=family, within=within) for other in others]
    likely = (duplicate for duplicate in scores if duplicate.score >= MIN_SCORE)
    return sorted(likely, key=lambda duplicate: (-duplicate.score, -duplicate.id.int))


def compare(
    complaint: ComparisonFields, other: ComparisonFields, *, family: Collection[UUID], within: timedelta
) -> DuplicateScore:
    """Return the score with its reasons."""
    shares = {
        DuplicateReason.SAME_CUSTOMER: float(other.customer_id in family),
        DuplicateReason.SAME_PURCHASE: float(
            complaint.purchase_id is not None and complaint.purchase_id == other.purchase_id
        ),
        DuplicateReason.SAME_PRODUCT: float(
            complaint.product_key is not None and complaint.product_key == other.product_key
        ),
        DuplicateReason.SAME_CATEGORY: _same_category(complaint.category, other.category),
        DuplicateReason.SIMILAR_TEXT: similarity(complaint.description, other.description),
        DuplicateReason.NEAR_IN_TIME: max(0.0, 1 - abs(complaint.received_at - other.received_at) / within),
    }
    points = {reason: round(share * WEIGHTS[reason]) for reason, share in shares.items()}
    return DuplicateScore(other.id, {reason: hundredths for reason, hundredths in points.items() if hundredths})


def similarity(first: str, second: str) -> float:
    """Return the share of n-grams that two texts have in common (Dice): 1 for the same words, in any order."""
    left, right = _ngrams(first), _ngrams(second)
    if not left or not right:
        return 0.0
    return 2 * len(left & right) / (len(left) + len(right))


def _ngrams(text: str) -> frozenset[str]:
    """Return the trigrams of each word; bigrams where a single character is a word."""
    words = WORD.findall(normalize_for_comparison(text[:MAX_COMPARED_LENGTH]))
    return frozenset(ngram for word in words for ngram in _word_ngrams(word))


def _word_ngrams(word: str) -> Iterator[str]:
    size, padded = (2, word) if IDEOGRAPH.search(word) else (3, f" {word} ")
    if len(padded) <= size:
        yield padded
    for start in range(len(padded) - size + 1):
        yield padded[start : start + size]


def _same_category(first: str, second: str) -> float:
    if first == second:
        return 1.0
    return 0.5 if first.partition(".")[0] == second.partition(".")[0] else 0.0
