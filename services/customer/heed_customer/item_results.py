"""Result of one item: of a single call, of a batch and of an import."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TypeVar

from heed_common.errors import HeedError
from heed_common.upserts import Upserted

T = TypeVar("T")

ItemOutcome = Upserted[T] | HeedError
"""A rejected item has its error for an outcome; the others of the batch are recorded."""


class OnConflict(StrEnum):
    """What an import does with an item whose external_id is stored with other content."""

    REJECT = "reject"
    UPDATE = "update"
    KEEP = "keep"


class ItemResult(StrEnum):
    """What an import did with an item that it did not reject."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    """The stored content differs and was not replaced."""


def single(outcomes: list[Upserted[T] | HeedError]) -> Upserted[T]:
    """Return the outcome of a batch of one. Raises its error."""
    (outcome,) = outcomes
    if isinstance(outcome, HeedError):
        raise outcome
    return outcome


def merge_in_order(parsed: Sequence[object], outcomes: Iterable[T | HeedError]) -> list[T | HeedError]:
    """Return an outcome for each parsed item: its parse error, or else the next of the outcomes."""
    rest = iter(outcomes)
    return [item if isinstance(item, HeedError) else next(rest) for item in parsed]
