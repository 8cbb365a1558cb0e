"""Clocks of a complaint as rows of the table of milestones, and back. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla.clock import alerts
from heed_complaint.sla.clock.clock import Clock, map_clocks
from heed_complaint.sla.clock.milestones import STOPPED_BY_WAITING, Clocks, with_previous
from heed_complaint.sla.clock.pauses import Ledger, PauseReason
from heed_complaint.sla.clock.plan import EscalationStep, PolicyKey, Terms
from heed_complaint.sla.clock.run import Run
from heed_complaint.sla.clock.working_time import Calendar, CalendarKey

Row = Mapping[str, Any]
Calendars = Mapping[CalendarKey, Calendar]

MICROSECOND = timedelta(microseconds=1)


def calendar_keys(rows: Sequence[Row]) -> set[CalendarKey]:
    """Return the keys of all calendars that the rows name."""
    return {key for row in rows for key in _row_calendar_keys(row)}


def clocks_from_rows(rows: Sequence[Row], ledger: Ledger, calendars: Calendars) -> Clocks:
    """Return the clocks of one complaint; the rows come in the order of their cycles."""
    clocks: dict[Milestone, Clock] = {}
    for row in rows:
        clock = _clock(row, calendars)
        clock = replace(clock, ledger=_pauses_of_clock(clock, ledger)) if ledger else clock
        before = clocks.get(clock.milestone)
        if before:
            clock = replace(clock, earlier=(*before.earlier, replace(before, earlier=())))
        clocks[clock.milestone] = clock
    return clocks


def clock_rows(clocks: Clocks, *, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield the rows of one complaint's clocks. All due alerts must have been recorded."""
    for present in clocks.values():
        for clock in with_previous(present):
            yield clock_row(clock, now=now)


def clock_row(clock: Clock, *, now: datetime) -> dict[str, Any]:
    return terms_columns(clock.terms) | status_columns(clock, now=now)


def status_columns(clock: Clock, *, now: datetime) -> dict[str, Any]:
    """Return the columns of a clock besides its terms."""
    run = clock.runs[-1] if clock.runs else None
    return {
        "milestone": clock.milestone.value,
        "cycle": clock.cycle,
        "started_at": run and run.started_at,
        "replanned": run is not None and run.replanned,
        "previous_runs": [_run_json(previous) for previous in clock.runs[:-1]],
        "reached_at": clock.reached_at,
        "cancelled_at": clock.cancelled_at,
        "first_reached_at": clock.first_reached_at,
        "warning_announced": clock.warning_announced,
        "breach_announced": clock.breach_announced,
        "escalations_announced": clock.escalations_announced,
        "state": clock.state(now).value,
        "due_at": clock.due_at,
        "consumed": clock.total_consumed(now) if clock.stopped_at else None,
        "next_alert_at": alerts.next_alert_at(clock, now=now),
    }


def terms_columns(terms: Terms) -> dict[str, Any]:
    """Return the columns of the terms."""
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
        "escalation": [_step_json(step) for step in terms.escalation],
    }


def with_common_ledger(clocks: Clocks) -> Clocks:
    """Return the clocks with the pauses that they have once they are saved and loaded: one ledger for all of them."""
    ledger = ledger_of(clocks)
    if not ledger:
        return clocks
    return {
        milestone: map_clocks(present, lambda one: replace(one, ledger=_pauses_of_clock(one, ledger)))
        for milestone, present in clocks.items()
    }


def ledger_of(clocks: Clocks) -> Ledger:
    """Return the ledger of the complaint. The clock of the resolution, which every pause stops, has it complete."""
    return clocks[Milestone.RESOLUTION].ledger


def _row_calendar_keys(row: Row) -> Iterator[CalendarKey]:
    yield CalendarKey(row["calendar"], row["calendar_version"])
    if row["warn_calendar"] is not None:
        yield CalendarKey(row["warn_calendar"], row["warn_calendar_version"])
    for run in row["previous_runs"]:
        yield CalendarKey(*run["calendar"])


def _clock(row: Row, calendars: Calendars) -> Clock:
    terms = _terms(row, calendars)
    started_at, stopped_at = row["started_at"], row["reached_at"] or row["cancelled_at"]
    present = (Run(terms, started_at, stopped_at, row["replanned"]),) if started_at else ()
    return Clock(
        milestone=Milestone(row["milestone"]),
        terms=terms,
        runs=(*(_parse_run(run, terms, calendars) for run in row["previous_runs"]), *present),
        reached_at=row["reached_at"],
        cancelled_at=row["cancelled_at"],
        first_reached_at=row["first_reached_at"],
        warning_announced=row["warning_announced"],
        breach_announced=row["breach_announced"],
        escalations_announced=row["escalations_announced"],
        cycle=row["cycle"],
    )


def _terms(row: Row, calendars: Calendars) -> Terms:
    warn = row["warn_calendar"]
    return Terms(
        target=row["target"],
        calendar=calendars[CalendarKey(row["calendar"], row["calendar_version"])],
        warn_at=row["warn_at"],
        warn_within=calendars[CalendarKey(warn, row["warn_calendar_version"])] if warn is not None else None,
        pause_counts=row["pause_counts"],
        escalation=tuple(_parse_step(*step) for step in row["escalation"]),
        policy=PolicyKey(row["policy"], row["policy_version"]),
    )


def _pauses_of_clock(clock: Clock, ledger: Ledger) -> Ledger:
    """Return the pauses that stop this clock and began before it stopped.

    None stops the call-back: it runs while the complaint is closed.
    """
    if clock.milestone is Milestone.CALL_BACK:
        return ()
    if clock.milestone is Milestone.PROGRESS and clock.runs:
        # It counts from the last news: earlier pauses are none of its own.
        since = clock.runs[0].started_at
        ledger = tuple(pause for pause in ledger if pause.end is None or pause.end > since)
    return tuple(
        pause
        for pause in ledger
        if (pause.reason is PauseReason.CLOSED or clock.milestone in STOPPED_BY_WAITING)
        and (clock.stopped_at is None or pause.start < clock.stopped_at)
    )


def _step_json(step: EscalationStep) -> list[Any]:
    after = isinstance(step.at, timedelta)
    return [
        "after" if after else "share",
        step.at // MICROSECOND if isinstance(step.at, timedelta) else step.at,
        step.to,
    ]


def _parse_step(kind: str, at: float, to: str) -> EscalationStep:
    return EscalationStep(timedelta(microseconds=at) if kind == "after" else at, to)


def _run_json(run: Run) -> dict[str, Any]:
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


def _parse_run(document: Mapping[str, Any], terms: Terms, calendars: Calendars) -> Run:
    """Parse a previous run. Of its own terms only the measuring ones are stored."""
    ended_at = document["ended_at"]
    return Run(
        replace(
            terms,
            target=timedelta(microseconds=document["target"]),
            calendar=calendars[CalendarKey(*document["calendar"])],
            pause_counts=document["pause_counts"],
            policy=PolicyKey(*document["policy"]),
        ),
        datetime.fromisoformat(document["started_at"]),
        ended_at and datetime.fromisoformat(ended_at),
        document["replanned"],
    )
