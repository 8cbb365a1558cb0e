"""Ranges of time in lists. Pure."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class TimeRange:
    """The moments from `since` on and before `until`; without one of them it is open on that side.

    A list shows the newest row first, by its id; with a range of time it shows the latest moment first.
    """

    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_given(self) -> bool:
        return self.since is not None or self.until is not None

    @property
    def key_types(self) -> tuple[type, ...]:
        """Return the types of the sort key of a list with this range, as its cursors have it."""
        return (datetime, UUID) if self.is_given else (UUID,)

    def key(self, moment: datetime, row_id: UUID) -> tuple[object, ...]:
        """Return the sort key of a row in a list with this range."""
        return (moment, row_id) if self.is_given else (row_id,)


ALWAYS = TimeRange()
