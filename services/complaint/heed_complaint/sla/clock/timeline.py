"""Explanation of a deadline: every interval that was counted, and the pauses and days that were left out. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from heed_complaint.sla.clock import run as runs
from heed_complaint.sla.clock.clock import Clock
from heed_complaint.sla.clock.intervals import segments
from heed_complaint.sla.clock.pauses import Ledger, Pause
from heed_complaint.sla.clock.run import Run
from heed_complaint.sla.clock.working_time import ZERO, SpecialDay

SECOND = timedelta(seconds=1)
MAX_INTERVALS = 500
"""Of one run; later ones are collapsed."""

TimeRange = tuple[datetime, datetime]


class CountedInterval(NamedTuple):
    """Working time without a break. The whole seconds of all intervals add up exactly."""

    start: datetime
    end: datetime
    seconds: int
    passed: bool
    """Consumed by now; the others are left until the deadline."""
    late: bool
    """After the deadline."""
    intervals: int = 1
    """Number of intervals that it collapses."""


class ClockChange(NamedTuple):
    """A change of the UTC offset, such as daylight saving time."""

    at: datetime
    before: timedelta
    after: timedelta


@dataclass(frozen=True, slots=True)
class RunTimeline:
    """One run from its start to the deadline, or to now if that is later."""

    run: Run
    due_at: datetime | None
    consumed: timedelta
    counted: tuple[CountedInterval, ...]
    pauses: tuple[Pause, ...]
    special: tuple[SpecialDay, ...]
    changes: tuple[ClockChange, ...]
    provisional: bool
    """Whether the country may still move days that affect it."""


def timelines(clock: Clock, *, now: datetime) -> list[RunTimeline]:
    """Return the timeline of each run."""
    return [_timeline(run, clock.ledger, now=now) for run in clock.runs]


def first_resolution(clock: Clock) -> timedelta | None:
    """Return the working time until it was resolved for the first time; None if it never was."""
    first = clock.first_reached_at
    if first is None:
        return None
    return sum((_consumed_until(each, first) for each in (*clock.earlier, clock)), ZERO)


def total_resolution(clock: Clock, *, now: datetime) -> timedelta:
    """Return the working time of all clocks and runs."""
    return sum((each.total_consumed(now) for each in (*clock.earlier, clock)), ZERO)


def _consumed_until(clock: Clock, at: datetime) -> timedelta:
    started = (run for run in clock.runs if run.started_at < at)
    return sum((runs.consumed(run, clock.ledger, min(at, run.ended_at or at)) for run in started), ZERO)


def _timeline(run: Run, ledger: Ledger, *, now: datetime) -> RunTimeline:
    due_at, until = runs.due_at(run, ledger), max(run.ended_at or now, run.started_at)
    horizon = max(until, due_at) if due_at else until
    pauses = tuple(pause for pause in runs.effective_pauses(run, ledger) if pause.start < horizon)
    counted = run.terms.calendar.timeline(run.started_at, horizon)
    pieces = _split_at(_subtract(counted.spans, pauses), [at for at in (until, due_at) if at])
    calendar = run.terms.calendar
    return RunTimeline(
        run,
        due_at,
        runs.consumed(run, ledger, now),
        tuple(_collapse(_in_whole_seconds(pieces, until=until, due_at=due_at), MAX_INTERVALS)),
        pauses,
        counted.special,
        tuple(_clock_changes(run, horizon)),
        calendar.is_provisional(horizon),
    )


def _subtract(spans: Sequence[TimeRange], pauses: Sequence[Pause]) -> Iterator[TimeRange]:
    for start, end in spans:
        since = start
        for pause in pauses:
            if since < min(pause.start, end):
                yield since, min(pause.start, end)
            since = max(since, pause.end or end) if pause.start < end else end
        if since < end:
            yield since, end


def _split_at(spans: Iterator[TimeRange], moments: Sequence[datetime]) -> Iterator[TimeRange]:
    for start, end in spans:
        inner = sorted({moment for moment in moments if start < moment < end})
        yield from zip([start, *inner], [*inner, end], strict=True)


def _in_whole_seconds(
    pieces: Iterator[TimeRange], *, until: datetime, due_at: datetime | None
) -> Iterator[CountedInterval]:
    """Carry fractions of a second over to the next interval, so that the sums are those of the whole."""
    before = ZERO
    for start, end in pieces:
        after = before + (end - start)
        late = due_at is not None and start >= due_at
        yield CountedInterval(start, end, after // SECOND - before // SECOND, end <= until, late)
        before = after


def _collapse(counted: Iterator[CountedInterval], limit: int) -> list[CountedInterval]:
    """Collapse the intervals beyond the limit; the sums remain exact."""
    shown = list(islice(counted, limit))
    for piece in counted:
        last = shown[-1]
        if (piece.passed, piece.late) != (last.passed, last.late):
            shown.append(piece)
        else:
            seconds, intervals = last.seconds + piece.seconds, last.intervals + 1
            shown[-1] = last._replace(end=piece.end, seconds=seconds, intervals=intervals)
    return shown


def _clock_changes(run: Run, horizon: datetime) -> Iterator[ClockChange]:
    first, *others = segments(
        run.terms.calendar.hours.zone, int(run.started_at.timestamp()), int(horizon.timestamp()) + 1
    )
    for segment in others:
        at = run.started_at.fromtimestamp(segment.start, run.started_at.tzinfo)
        yield ClockChange(at, timedelta(seconds=first.offset), timedelta(seconds=segment.offset))
        first = segment
