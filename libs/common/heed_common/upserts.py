"""Result of an upsert."""

from typing import Generic, NamedTuple, TypeVar

Row = TypeVar("Row")


class Upserted(NamedTuple, Generic[Row]):
    """The row as it is now, and whether this call created it: an endpoint responds with 201 or 200."""

    row: Row
    created: bool
