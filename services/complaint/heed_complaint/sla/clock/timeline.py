"""Why a deadline is where it is: every interval that was counted, and what was left out. Pure."""

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
from heed_complaint.sla.clock.working_time import NOTHING, SpecialDay

SECOND = timedelta(seconds=1)
MOST_INTERVALS = 500
"""Of one run; the ones behind them are shown joined."""

Stretch = tuple[datetime, datetime]


class Counted(NamedTuple):
    """Working time without a break. Whole seconds, of which those of all intervals add up."""

    start: datetime
    end: datetime
    seconds: int
    passed: bool
    """Used up by now; the others are what is left until the deadline."""
    late: bool
    """After the deadline."""
    intervals: int = 1
    """How many it stands for."""


class ClockChange(NamedTuple):
    """The clocks on the wall go forward or back."""

    at: datetime
    before: timedelta
    after: timedelta


@dataclass(frozen=True, slots=True)
class RunTimeline:
    """One run from its start to the deadline, or on to now where that is later."""

    run: Run
    due_at: datetime | None
    consumed: timedelta
    counted: tuple[Counted, ...]
    pauses: tuple[Pause, ...]
    special: tuple[SpecialDay, ...]
    changes: tuple[ClockChange, ...]
    provisional: bool
    """Whether the country may still move days that decide about it."""


def timelines(clock: Clock, *, now: datetime) -> list[RunTimeline]:
    """The runs of a clock, explained."""
    return [_timeline(run, clock.ledger, now=now) for run in clock.runs]


def first_resolution(clock: Clock) -> timedelta | None:
    """The working time until it was resolved for the first time, whatever came after."""
    first = clock.first_reached_at
    if first is None:
        return None
    return sum((_until(one, first) for one in (*clock.earlier, clock)), NOTHING)


def total_resolution(clock: Clock, *, now: datetime) -> timedelta:
    """The working time of all tries."""
    return sum((one.consumed_in_all(now) for one in (*clock.earlier, clock)), NOTHING)


def _until(clock: Clock, at: datetime) -> timedelta:
    begun = (run for run in clock.runs if run.started_at < at)
    return sum((runs.consumed(run, clock.ledger, min(at, run.ended_at or at)) for run in begun), NOTHING)


def _timeline(run: Run, ledger: Ledger, *, now: datetime) -> RunTimeline:
    due_at, until = runs.due_at(run, ledger), max(run.ended_at or now, run.started_at)
    horizon = max(until, due_at) if due_at else until
    pauses = tuple(pause for pause in runs.stops(run, ledger) if pause.start < horizon)
    counted = run.terms.calendar.timeline(run.started_at, horizon)
    pieces = _cut(_without(counted.spans, pauses), [at for at in (until, due_at) if at])
    calendar = run.terms.calendar
    return RunTimeline(
        run,
        due_at,
        runs.consumed(run, ledger, now),
        tuple(_at_most(_in_whole_seconds(pieces, until=until, due_at=due_at), MOST_INTERVALS)),
        pauses,
        counted.special,
        tuple(_changes(run, horizon)),
        calendar.is_provisional(horizon),
    )


def _without(spans: Sequence[Stretch], pauses: Sequence[Pause]) -> Iterator[Stretch]:
    for start, end in spans:
        since = start
        for pause in pauses:
            if since < min(pause.start, end):
                yield since, min(pause.start, end)
            since = max(since, pause.end or end) if pause.start < end else end
        if since < end:
            yield since, end


def _cut(spans: Iterator[Stretch], borders: Sequence[datetime]) -> Iterator[Stretch]:
    for start, end in spans:
        inner = sorted({border for border in borders if start < border < end})
        yield from zip([start, *inner], [*inner, end], strict=True)


def _in_whole_seconds(pieces: Iterator[Stretch], *, until: datetime, due_at: datetime | None) -> Iterator[Counted]:
    """What is left of a second is carried over to the next interval, so that the sums are those of the whole."""
    before = NOTHING
    for start, end in pieces:
        after = before + (end - start)
        late = due_at is not None and start >= due_at
        yield Counted(start, end, after // SECOND - before // SECOND, end <= until, late)
        before = after


def _at_most(counted: Iterator[Counted], most: int) -> list[Counted]:
    """A year of minutes would fill a book; the sums stay what they are."""
    shown = list(islice(counted, most))
    for piece in counted:
        last = shown[-1]
        if (piece.passed, piece.late) != (last.passed, last.late):
            shown.append(piece)
        else:
            seconds, intervals = last.seconds + piece.seconds, last.intervals + 1
            shown[-1] = last._replace(end=piece.end, seconds=seconds, intervals=intervals)
    return shown


def _changes(run: Run, horizon: datetime) -> Iterator[ClockChange]:
    first, *others = segments(
        run.terms.calendar.hours.zone, int(run.started_at.timestamp()), int(horizon.timestamp()) + 1
    )
    for segment in others:
        at = run.started_at.fromtimestamp(segment.start, run.started_at.tzinfo)
        yield ClockChange(at, timedelta(seconds=first.offset), timedelta(seconds=segment.offset))
        first = segment
