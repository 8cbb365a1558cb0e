"""What became of one item of many: the same for a single call, a batch and an import."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from heed_common.errors import HeedError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stored(Generic[T]):
    """It is here, since just now or since an earlier call with the same content."""

    thing: T
    is_new: bool


class OnConflict(StrEnum):
    """What becomes of an item of an import whose external_id Heed has with other content."""

    REJECT = "reject"
    UPDATE = "update"
    KEEP = "keep"


class ItemResult(StrEnum):
    """What an import did with an item that was not rejected."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    """Heed has other content, and that stays."""


Outcome = Stored[T] | HeedError
"""An item that was refused is answered with its error; the others of the batch stay."""


def only(outcomes: list[Stored[T] | HeedError]) -> Stored[T]:
    """The outcome of a batch of one. Raises where it was refused."""
    (outcome,) = outcomes
    if isinstance(outcome, HeedError):
        raise outcome
    return outcome


def in_place(told: Sequence[object], outcomes: Iterable[T | HeedError]) -> list[T | HeedError]:
    """The outcomes of those that could be read, among the errors of those that could not."""
    rest = iter(outcomes)
    return [item if isinstance(item, HeedError) else next(rest) for item in told]
