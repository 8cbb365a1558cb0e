"""Local working hours as UTC intervals. Pure; all moments are integer seconds since 1970.

A moment is working time when the local clock shows working hours. So an hour that the clock skips in spring is not
worked, and an hour that it shows twice in autumn is worked twice.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from heed_complaint.sla.clock.opening_hours import DAY, OpeningHours

EPOCH_DAY = date(1970, 1, 1).toordinal()


class Segment(NamedTuple):
    """A period in which the zone has one UTC offset."""

    start: int
    end: int
    offset: int


def intervals(hours: OpeningHours, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the working intervals between two moments, in order; adjacent ones are merged."""
    last: tuple[int, int] | None = None
    for since, until in _unmerged_intervals(hours, start, end):
        if last and last[1] == since:
            last = last[0], until
            continue
        if last:
            yield last
        last = since, until
    if last:
        yield last


def segments(zone: ZoneInfo, start: int, end: int) -> Iterator[Segment]:
    """Yield the periods of one UTC offset. Changes that undo each other within a day do not occur in practice."""
    since, offset = start, _offset(zone, start)
    for before in range(start, end, DAY):
        after = min(before + DAY, end)
        if _offset(zone, after) == offset:
            continue
        change = _find_change(zone, before, after, offset)
        yield Segment(since, change, offset)
        since, offset = change, _offset(zone, after)
    if since < end:
        yield Segment(since, end, offset)


def _unmerged_intervals(hours: OpeningHours, start: int, end: int) -> Iterator[tuple[int, int]]:
    for segment in segments(hours.zone, start, end):
        wall_start, wall_end = segment.start + segment.offset, segment.end + segment.offset
        for day in range(wall_start // DAY, -(-wall_end // DAY)):
            midnight = day * DAY
            for opens, closes in hours.intervals_on(date.fromordinal(EPOCH_DAY + day)):
                since, until = max(midnight + opens, wall_start), min(midnight + closes, wall_end)
                if since < until:
                    yield since - segment.offset, until - segment.offset


def _find_change(zone: ZoneInfo, before: int, after: int, offset: int) -> int:
    """Return the first second with another offset, by bisection."""
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, moment: int) -> int:
    utc = datetime.fromtimestamp(moment, UTC)
    return round((utc.astimezone(zone).replace(tzinfo=UTC) - utc).total_seconds())
