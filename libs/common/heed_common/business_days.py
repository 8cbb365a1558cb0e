"""Calendar days of the organisation: the only conversion between moments and days. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from typing import Self
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """Calendar days of one IANA time zone. A day has 23 or 25 hours where clocks change, and may lack its midnight."""

    time_zone: str
    _zone: tzinfo

    @classmethod
    @cache
    def of(cls, time_zone: str) -> Self:
        """Return the days of that zone; the zone is looked up once per process."""
        return cls(time_zone, UTC if time_zone == "UTC" else ZoneInfo(time_zone))

    def day_of(self, moment: datetime) -> date:
        """Return the day on the wall calendar at that moment; at both ends of the calendar that in UTC."""
        try:
            return moment.astimezone(self._zone).date()
        except OverflowError:
            return moment.astimezone(UTC).date()

    def start_of(self, day: date) -> datetime:
        """Return the first moment of the day, in UTC; of a day that the zone skipped, that of the next one.

        Where the clocks skip midnight, the wall time 00:00 does not exist: read with the offset before the gap it lies
        behind the change, read with the offset after it lies before. The change is between the two.
        """
        midnight = datetime.combine(day, time(), self._zone)
        found = midnight.astimezone(UTC)
        earlier = midnight.replace(fold=1).astimezone(UTC)
        return found if earlier >= found else self._first_of(day, earlier, found)

    def end_of(self, day: date) -> datetime:
        """Return the first moment that does not belong to the day any more, in UTC."""
        return self.start_of(day + DAY)

    def _first_of(self, day: date, before: datetime, found: datetime) -> datetime:
        """Bisect to the second: clocks change at whole seconds."""
        while found - before > SECOND:
            middle = before + timedelta(seconds=(found - before) // SECOND // 2)
            if self.day_of(middle) < day:
                before = middle
            else:
                found = middle
        return found


UTC_DAYS = BusinessDays.of("UTC")
