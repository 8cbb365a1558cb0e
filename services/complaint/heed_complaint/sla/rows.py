"""How a clock becomes a row and a row a clock. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla.clock import alerts
from heed_complaint.sla.clock.clock import Clock
from heed_complaint.sla.clock.milestones import STOPPED_BY_WAITING, Clocks, all_of
from heed_complaint.sla.clock.pauses import Ledger, Pause, Why
from heed_complaint.sla.clock.plan import PolicyKey, Step, Terms
from heed_complaint.sla.clock.run import Run
from heed_complaint.sla.clock.working_time import Calendar, CalendarKey

Row = Mapping[str, Any]
Calendars = Mapping[CalendarKey, Calendar]

MICROSECOND = timedelta(microseconds=1)


def calendars_in(rows: Sequence[Row]) -> set[CalendarKey]:
    """Those that the clocks of the rows count by."""
    return {key for row in rows for key in _keys(row)}


def clocks_of(rows: Sequence[Row], ledger: Ledger, calendars: Calendars) -> Clocks:
    """The clocks of one complaint; the rows come in the order of their numbers."""
    found: dict[Milestone, Clock] = {}
    for row in rows:
        clock = _clock(row, calendars)
        clock = replace(clock, ledger=_concerning(clock, ledger)) if ledger else clock
        before = found.get(clock.milestone)
        if before:
            clock = replace(clock, earlier=(*before.earlier, replace(before, earlier=())))
        found[clock.milestone] = clock
    return found


def rows_of(clocks: Clocks, *, now: datetime) -> Iterator[dict[str, Any]]:
    """The rows of one complaint's clocks, as they stand after everything that is due was told."""
    for present in clocks.values():
        for clock in all_of(present):
            yield row_of(clock, now=now)


def row_of(clock: Clock, *, now: datetime) -> dict[str, Any]:
    return columns_of(clock.terms) | standing(clock, now=now)


def standing(clock: Clock, *, now: datetime) -> dict[str, Any]:
    """Everything but the terms."""
    run = clock.runs[-1] if clock.runs else None
    return {
        "milestone": clock.milestone.value,
        "number": clock.number,
        "started_at": run and run.started_at,
        "replanned": run is not None and run.replanned,
        "former_runs": [_written_run(former) for former in clock.runs[:-1]],
        "reached_at": clock.reached_at,
        "cancelled_at": clock.cancelled_at,
        "first_reached_at": clock.first_reached_at,
        "warned": clock.warned,
        "missed": clock.missed,
        "escalated": clock.escalated,
        "state": clock.state(now).value,
        "due_at": clock.due_at,
        "used": clock.consumed_in_all(now) if clock.stopped_at else None,
        "next_at": alerts.next_at(clock, now=now),
    }


def columns_of(terms: Terms) -> dict[str, Any]:
    """The terms as rows hold them."""
    warn = terms.warn_within.key if terms.warn_within else None
    return {
        "policy": terms.policy.name,
        "policy_version": terms.policy.version,
        "calendar": terms.calendar.key.name,
        "calendar_version": terms.calendar.key.version,
        "target": terms.target,
        "warn_at": terms.warn_at,
        "warn_calendar": warn and warn.name,
        "warn_calendar_version": warn and warn.version,
        "pause_counts": terms.pause_counts,
        "escalation": [_written_step(step) for step in terms.escalation],
    }


def ledger_of(clocks: Clocks) -> Ledger:
    """What is kept as the complaint's one ledger: the clock that every pause concerns knows it whole."""
    return clocks[Milestone.RESOLUTION].ledger


def _keys(row: Row) -> Iterator[CalendarKey]:
    yield CalendarKey(row["calendar"], row["calendar_version"])
    if row["warn_calendar"] is not None:
        yield CalendarKey(row["warn_calendar"], row["warn_calendar_version"])
    for run in row["former_runs"]:
        yield CalendarKey(*run["calendar"])


def _clock(row: Row, calendars: Calendars) -> Clock:
    terms = _terms(row, calendars)
    started_at, stopped_at = row["started_at"], row["reached_at"] or row["cancelled_at"]
    present = (Run(terms, started_at, stopped_at, row["replanned"]),) if started_at else ()
    return Clock(
        milestone=Milestone(row["milestone"]),
        terms=terms,
        runs=(*(_run(run, terms, calendars) for run in row["former_runs"]), *present),
        reached_at=row["reached_at"],
        cancelled_at=row["cancelled_at"],
        first_reached_at=row["first_reached_at"],
        warned=row["warned"],
        missed=row["missed"],
        escalated=row["escalated"],
        number=row["number"],
    )


def _terms(row: Row, calendars: Calendars) -> Terms:
    warn = row["warn_calendar"]
    return Terms(
        target=row["target"],
        calendar=calendars[CalendarKey(row["calendar"], row["calendar_version"])],
        warn_at=row["warn_at"],
        warn_within=calendars[CalendarKey(warn, row["warn_calendar_version"])] if warn is not None else None,
        pause_counts=row["pause_counts"],
        escalation=tuple(_step(*written) for written in row["escalation"]),
        policy=PolicyKey(row["policy"], row["policy_version"]),
    )


def _concerning(clock: Clock, ledger: Ledger) -> Ledger:
    """Of the complaint's ledger what stops this clock, and began before it stopped for good.

    While the work rests, the call-back is what is waited for.
    """
    if clock.milestone is Milestone.CALL_BACK:
        return ()
    return tuple(
        pause
        for pause in ledger
        if (pause.why is Why.RESTING or clock.milestone in STOPPED_BY_WAITING)
        and (clock.stopped_at is None or pause.start < clock.stopped_at)
    )


def _written_step(step: Step) -> list[Any]:
    after = isinstance(step.at, timedelta)
    return [
        "after" if after else "share",
        step.at // MICROSECOND if isinstance(step.at, timedelta) else step.at,
        step.to,
    ]


def _step(kind: str, at: float, to: str) -> Step:
    return Step(timedelta(microseconds=at) if kind == "after" else at, to)


def _written_run(run: Run) -> dict[str, Any]:
    terms = run.terms
    return {
        "policy": list(terms.policy),
        "calendar": list(terms.calendar.key),
        "target": terms.target // MICROSECOND,
        "pause_counts": terms.pause_counts,
        "started_at": run.started_at.isoformat(),
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
        "replanned": run.replanned,
    }


def _run(written: Mapping[str, Any], terms: Terms, calendars: Calendars) -> Run:
    """A former run; of its terms only what measures is kept."""
    ended_at = written["ended_at"]
    return Run(
        replace(
            terms,
            target=timedelta(microseconds=written["target"]),
            calendar=calendars[CalendarKey(*written["calendar"])],
            pause_counts=written["pause_counts"],
            policy=PolicyKey(*written["policy"]),
        ),
        datetime.fromisoformat(written["started_at"]),
        ended_at and datetime.fromisoformat(ended_at),
        written["replanned"],
    )


def pause_of(row: Row) -> Pause:
    return Pause(row["started_at"], row["ended_at"], Why(row["why"]))
