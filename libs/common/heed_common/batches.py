"""Batches: each item has an outcome of its own, and an invalid one prevents no other from being stored."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar
from uuid import UUID

from pydantic import ValidationError

from heed_common.cooperation import in_slices
from heed_common.errors import HeedError, TooLarge
from heed_common.fields import ResponseModel
from heed_common.problems import MAX_ERRORS, Invalid, invalid, problem_document
from heed_common.upserts import Upserted

MAX_ITEMS = 1000

New = TypeVar("New")


class TooManyItems(TooLarge):
    code, title = "too_many_items", "A batch may have at most 1000 items."
    advice = "Send at most 1000 items in a batch, or a file by an import."


class StoredItem(Protocol):
    """What an item became: a row with its ids and its first event."""

    @property
    def id(self) -> UUID: ...

    @property
    def external_id(self) -> str | None: ...

    @property
    def event_id(self) -> UUID: ...


Outcome = Upserted[Any] | HeedError


class BatchItemOut(ResponseModel):
    """Outcome of one item: 201 stored, 200 stored before, otherwise the problem."""

    external_id: str | None
    status: int
    """HTTP status of the item: 201 stored, 200 stored before, otherwise that of the problem."""
    id: UUID | None = None
    """Id of what is stored; null if the item was refused."""
    event_id: UUID | None = None
    problem: dict[str, Any] | None = None
    """Why it was refused, as a problem document; null if it was stored."""


class BatchOut(ResponseModel):
    items: list[BatchItemOut]

    def repeated_event_id(self) -> UUID | None:
        """Return the last event of a batch that repeats an earlier one; None for one that stored something."""
        event_ids = [item.event_id for item in self.items if item.event_id is not None]
        return event_ids[-1] if event_ids and all(item.status != 201 for item in self.items) else None


async def parse_items(items: Sequence[object], parse: Callable[[object], New]) -> list[New | HeedError]:
    """Return the content or the error of each item. Raises `TooManyItems`."""
    if len(items) > MAX_ITEMS:
        raise TooManyItems(pointer="/items")
    return [_parse(item, parse) async for item in in_slices(items)]


def to_batch_out(items: Sequence[object], outcomes: Sequence[Outcome]) -> BatchOut:
    """Return the response, with no more errors in all than one may have."""
    limited = _with_limited_errors(outcomes)
    return BatchOut(items=[to_item(raw, outcome) for raw, outcome in zip(items, limited, strict=True)])


def to_item(raw: object, outcome: Outcome) -> BatchItemOut:
    """Return the outcome of one item."""
    if isinstance(outcome, HeedError):
        return BatchItemOut(external_id=_external_id(raw), status=outcome.status, problem=problem_document(outcome))
    row: StoredItem = outcome.row
    status = 201 if outcome.created else 200
    return BatchItemOut(external_id=row.external_id, status=status, id=row.id, event_id=row.event_id)


def _parse(item: object, parse: Callable[[object], New]) -> New | HeedError:
    try:
        return parse(item)
    except ValidationError as error:
        return invalid(error)


def _with_limited_errors(outcomes: Sequence[Outcome]) -> Iterator[Outcome]:
    left = MAX_ERRORS
    for outcome in outcomes:
        if isinstance(outcome, Invalid):
            shown = outcome.at_most(left)
            left -= len(shown.errors)
            yield shown
        else:
            yield outcome


def _external_id(raw: object) -> str | None:
    """Return the external_id as the caller wrote it, so that they find the item again."""
    external_id = raw.get("external_id") if isinstance(raw, dict) else None
    return external_id if isinstance(external_id, str) else None
