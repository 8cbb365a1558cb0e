"""Closed days: old purchase days as sums, so that a score does not cost more with every day of a long relation. Pure.

The days of the last year count one by one, because they leave it one by one. Of older ones a score needs which days
they are, their margins, and the margin of the first one: sums that a further purchase only increases. What was booked
on a single day is needed where something is taken from it; then the customer's days are opened: read from the ledger,
which has them all.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from heed_scoring.ledger.day_set import DaySet, StoredDays
from heed_scoring.ledger.records import Totals

OpenDays = dict[str, dict[str, Totals]]
"""Totals by day and currency; also of days without units, which are no purchase days and are never closed."""
YEAR_AND_A_MONTH = timedelta(days=400)
"""So old is a day that is closed: the year that a score is about, and a month for clocks and zones that differ."""
MIN_CLOSED = 50
"""So many are closed together. Fewer make no difference, so most customers have no closed days at all."""
TAKEN_FROM_CLOSED = "a day from which units are taken must be open"
StoredClosedDays = tuple[StoredDays, dict[str, int], dict[str, int]]


@dataclass(slots=True)
class ClosedDays:
    """Sums of purchase days. Never changed in place, because facts share them."""

    days: DaySet
    margins: dict[str, int]
    """By currency; 0 for a currency without margin, so that each that was paid in is there."""
    first_margins: dict[str, int]
    """Of the first day."""

    @classmethod
    def of_day(cls, day: int, currencies: dict[str, Totals]) -> Self:
        """Return the sums of one day."""
        margins = {currency: margin for currency, (_, _, margin) in currencies.items()}
        return cls(DaySet(day, 1), margins, margins)

    @classmethod
    def from_json(cls, stored: StoredClosedDays) -> Self:
        """Return the sums that `to_json` has written."""
        days, margins, first_margins = stored
        return cls(DaySet.from_json(days), margins, first_margins)

    def to_json(self) -> StoredClosedDays:
        return self.days.to_json(), self.margins, self.first_margins


def merge_closed(one: ClosedDays | None, other: ClosedDays | None) -> ClosedDays | None:
    """Return the sums of both together; a day of both is one day."""
    if one is None or other is None:
        return one or other
    first = min(one.days.first, other.days.first)
    of_first = [sums.first_margins for sums in (one, other) if sums.days.first == first]
    return ClosedDays(one.days | other.days, _added(one.margins, other.margins), _added(*of_first))


def close_days(purchases: OpenDays, closed: ClosedDays | None, *, until: date, at_least: int) -> ClosedDays | None:
    """Move the purchase days until that one, if they are so many, to the closed days, and return these."""
    end = until.isoformat()
    old = [on for on, currencies in purchases.items() if on <= end and units_of(currencies) > 0]
    return _move(purchases, closed, old) if len(old) >= at_least else closed


def close_again(purchases: OpenDays, closed: ClosedDays | None) -> ClosedDays | None:
    """Move the open days of one member that are closed days of another to these, and return them.

    Raises `ValueError` if one of them takes units away: then the other's days must have been opened.
    """
    if closed is None:
        return None
    common = [on for on in purchases if date.fromisoformat(on).toordinal() in closed.days]
    if any(units_of(purchases[on]) < 0 for on in common):
        raise ValueError(TAKEN_FROM_CLOSED)
    return _move(purchases, closed, common)


def units_of(currencies: dict[str, Totals]) -> int:
    return sum(units for units, _, _ in currencies.values())


def _move(purchases: OpenDays, closed: ClosedDays | None, days: list[str]) -> ClosedDays | None:
    for on in days:
        closed = merge_closed(closed, ClosedDays.of_day(date.fromisoformat(on).toordinal(), purchases.pop(on)))
    return closed


def _added(*sums: dict[str, int]) -> dict[str, int]:
    added: dict[str, int] = {}
    for one in sums:
        for currency, amount in one.items():
            added[currency] = added.get(currency, 0) + amount
    return added
