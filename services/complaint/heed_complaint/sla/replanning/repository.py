"""Every query of the re-planning. Complaints are read as plain rows: there may be a hundred thousand of them."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.failed_work import repository as failed_work
from heed_complaint.core.condition_fields import OF_COMPLAINT
from heed_complaint.core.tables import Complaint
from heed_complaint.core.visibility import visible
from heed_complaint.sla.tables import Milestone
from heed_complaint.sla.terms.revisions.tables import Planned

JOB = "re-planning"
"""Name of both jobs in failed work."""
NEEDED = ("id", "customer_id", "received_at", "dispatch_received_at", "category")
IS_KNOWN = (Complaint.customer_id != Complaint.id).label("customer_is_known")
"""As the complaint itself says it."""

TERMS = {
    "policy": "text",
    "policy_version": "int",
    "calendar": "text",
    "calendar_version": "int",
    "target": "interval",
    "warn_at": "float8",
    "warn_calendar": "text",
    "warn_calendar_version": "int",
    "pause_counts": "bool",
    "escalation": "jsonb",
}
MEASURES = ("calendar", "calendar_version", "target", "pause_counts")
"""The terms that the verdict of a clock that has stopped depends on."""
GRANTED = {"plan": "int", "milestone": "text", "retroactive": "bool", **TERMS}
FOLLOWS = {
    "complaint_id": "uuid",
    "milestone": "text",
    "number": "int",
    "plan": "int",
    "started_at": "timestamptz",
    "replanned": "bool",
    "former_runs": "jsonb",
    "warned": "bool",
    "missed": "bool",
    "escalated": "int",
    "state": "text",
    "due_at": "timestamptz",
    "used": "interval",
    "next_at": "timestamptz",
}
LISTS = ("escalation", "former_runs")
NOT_READ = (*LISTS, "state", "due_at", "used", "next_at")
"""What follows from the facts is not read back."""
PLAIN = tuple(column.name for column in Milestone.__table__.columns if column.name not in NOT_READ)
NOT_WRITTEN = ("complaint_id", "milestone", "number", "plan")


def _rows(columns: Mapping[str, str], name: str) -> str:
    """Columns that are sent as arrays, as a table."""
    arrays = ", ".join(f"CAST(:{name}_{column} AS {kind}[])" for column, kind in columns.items())
    return f"unnest({arrays}) AS {name} ({', '.join(columns)})"


def _of(name: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{name}.{column}" for column in columns)


GRANTED_ROWS = _rows(GRANTED, "granted")
OWED = f"""
    {_rows({"complaint_id": "uuid", "plan": "int"}, "owed")} JOIN {GRANTED_ROWS} ON granted.plan = owed.plan
"""
# What nearly every clock has is not sent: a former run, a step of escalation.
TOUCHED = text(f"""
    SELECT {_of("milestone", PLAIN)}, {", ".join(f"NULLIF(milestone.{name}, '[]') AS {name}" for name in LISTS)}
    FROM {OWED} JOIN milestone ON milestone.complaint_id = owed.complaint_id
        AND milestone.milestone = granted.milestone AND milestone.started_at IS NOT NULL
    WHERE CASE WHEN milestone.reached_at IS NULL AND milestone.cancelled_at IS NULL
        THEN ({_of("milestone", TERMS)}) IS DISTINCT FROM ({_of("granted", TERMS)})
        ELSE granted.retroactive AND ({_of("milestone", MEASURES)}) IS DISTINCT FROM ({_of("granted", MEASURES)}) END
    ORDER BY milestone.complaint_id, milestone.milestone, milestone.number
""")  # noqa: S608 - the names are those of our own columns
SET_TERMS = ", ".join(f"{name} = granted.{name}" for name in TERMS)
WAITING = text(f"""
    UPDATE milestone SET {SET_TERMS} FROM {OWED}
    WHERE milestone.complaint_id = owed.complaint_id AND milestone.milestone = granted.milestone
        AND milestone.started_at IS NULL AND milestone.cancelled_at IS NULL
        AND ({_of("milestone", TERMS)}) IS DISTINCT FROM ({_of("granted", TERMS)})
""")  # noqa: S608 - as above
WRITE = text(f"""
    UPDATE milestone SET {SET_TERMS},
        {", ".join(f"{name} = new.{name}" for name in FOLLOWS if name not in NOT_WRITTEN)}
    FROM {_rows(FOLLOWS, "new")} JOIN {GRANTED_ROWS} ON granted.plan = new.plan AND granted.milestone = new.milestone
    WHERE milestone.complaint_id = new.complaint_id AND milestone.milestone = new.milestone
        AND milestone.number = new.number
""")  # noqa: S608 - as above

# A page is a thousand complaints of many; after a rush of new ones the planner may take it for all of them.
BY_INDEX = text("SET LOCAL enable_seqscan = off")

Stub = Row[*tuple[Any, ...]]
"""As much of a complaint as its plan depends on."""
Values = Mapping[str, Any]


async def expect_few(session: AsyncSession) -> None:
    """Until the transaction ends no table is read from end to end."""
    await session.execute(BY_INDEX)


async def lock_stale(
    session: AsyncSession, *, revision: int, asked: Collection[str], limit: int, now: datetime
) -> Sequence[Stub]:
    """What was planned before that change, ended by now or not; what somebody is working on is left for later."""
    stale = _stubs(asked).join(Planned, Planned.complaint_id == Complaint.id).where(Planned.revision < revision)
    waits = failed_work.is_set_aside(JOB, Planned.complaint_id, now=now)
    page = stale.where(~waits).order_by(Planned.revision).limit(limit)
    return (await session.execute(page.with_for_update(of=Complaint, skip_locked=True))).all()


async def complaints(session: AsyncSession, complaint_ids: Sequence[UUID]) -> Sequence[Complaint]:
    """As a whole, as they are now; the caller holds their locks."""
    query = select(Complaint).where(Complaint.id.in_(complaint_ids)).order_by(Complaint.id)
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


async def open_after(
    session: AsyncSession, after: UUID | None, *, asked: Collection[str], confidential: bool, limit: int
) -> Sequence[Stub]:
    """Open complaints in the order of their ids."""
    shown = (Complaint.ended_at.is_(None), visible(confidential=confidential), *_behind(after))
    page = _stubs(asked).where(*shown).order_by(Complaint.id).limit(limit)
    return (await session.execute(page)).all()


async def touched(
    session: AsyncSession, plans: Mapping[UUID, int], granted: Sequence[Values]
) -> Sequence[dict[str, Any]]:
    """The clocks of these complaints that were planned otherwise; each complaint has the number of its plan."""
    found = await session.execute(TOUCHED, _owed(plans, granted))
    names = (*PLAIN, *LISTS)
    rows = [dict(zip(names, row, strict=True)) for row in found]
    for row in rows:
        for name in LISTS:
            row[name] = row[name] or []
    return rows


async def write_waiting(session: AsyncSession, plans: Mapping[UUID, int], granted: Sequence[Values]) -> None:
    """A clock that has not begun has terms and nothing else."""
    await session.execute(WAITING, _owed(plans, granted))


async def write(session: AsyncSession, clocks: Sequence[Values], granted: Sequence[Values]) -> None:
    """The clocks as they are now, in the order of the complaints; their terms are those of their plans."""
    await session.execute(WRITE, _arrays("new", FOLLOWS, clocks) | _arrays("granted", GRANTED, granted))


def _stubs(asked: Collection[str]) -> Select[*tuple[Any, ...]]:
    """With the facts that are asked for, and what a plan depends on anyway."""
    facts = [name for name in OF_COMPLAINT if f"complaint.{name}" in asked and name not in NEEDED]
    return select(*(getattr(Complaint, name) for name in (*NEEDED, *facts)), IS_KNOWN, Complaint.ended_at)


def _owed(plans: Mapping[UUID, int], granted: Sequence[Values]) -> dict[str, list[Any]]:
    owed: dict[str, list[Any]] = {"owed_complaint_id": list(plans), "owed_plan": list(plans.values())}
    return owed | _arrays("granted", GRANTED, granted)


def _arrays(name: str, columns: Mapping[str, str], rows: Sequence[Values]) -> dict[str, list[Any]]:
    return {
        f"{name}_{column}": [_as_json(row[column]) if kind == "jsonb" else row[column] for row in rows]
        for column, kind in columns.items()
    }


def _as_json(value: list[Any]) -> str:
    return json.dumps(value) if value else "[]"


def _behind(after: UUID | None) -> list[ColumnElement[bool]]:
    return [] if after is None else [Complaint.id > after]
