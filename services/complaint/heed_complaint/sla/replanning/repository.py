"""SQL of the replanning. Complaints are loaded as plain rows: there may be a hundred thousand of them."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.failed_work import repository as failed_work
from heed_complaint.core.condition_fields import COLUMN_BY_FIELD
from heed_complaint.core.tables import Complaint
from heed_complaint.core.visibility import visible
from heed_complaint.sla.tables import Milestone
from heed_complaint.sla.terms.revisions.tables import ComplaintPlanState

JOB = "replanning"
"""Name of both jobs in failed work."""
STUB_COLUMNS = ("id", "customer_id", "received_at", "dispatch_received_at", "category")
CUSTOMER_IS_KNOWN = (Complaint.customer_id != Complaint.id).label("customer_is_known")
"""`Complaint.customer_is_known` as SQL."""

TERMS_COLUMNS = {
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
MEASURING_COLUMNS = ("calendar", "calendar_version", "target", "pause_counts")
"""The terms that affect the result of a stopped clock."""
PLAN_COLUMNS = {"plan": "int", "milestone": "text", "retroactive": "bool", **TERMS_COLUMNS}
STATUS_COLUMNS = {
    "complaint_id": "uuid",
    "milestone": "text",
    "cycle": "int",
    "plan": "int",
    "started_at": "timestamptz",
    "replanned": "bool",
    "previous_runs": "jsonb",
    "warning_announced": "bool",
    "breach_announced": "bool",
    "escalations_announced": "int",
    "state": "text",
    "due_at": "timestamptz",
    "consumed": "interval",
    "next_alert_at": "timestamptz",
}
JSON_COLUMNS = ("escalation", "previous_runs")
DERIVED_COLUMNS = (*JSON_COLUMNS, "state", "due_at", "consumed", "next_alert_at")
"""Derived from the facts, so they are not loaded."""
FACT_COLUMNS = tuple(column.name for column in Milestone.__table__.columns if column.name not in DERIVED_COLUMNS)
KEY_COLUMNS = ("complaint_id", "milestone", "cycle", "plan")


def _unnest(columns: Mapping[str, str], name: str) -> str:
    """Return the SQL of a table whose columns are parameters, each an array."""
    arrays = ", ".join(f"CAST(:{name}_{column} AS {kind}[])" for column, kind in columns.items())
    return f"unnest({arrays}) AS {name} ({', '.join(columns)})"


def _qualified(name: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{name}.{column}" for column in columns)


PLAN_ROWS = _unnest(PLAN_COLUMNS, "terms")
COMPLAINT_PLANS = f"""
    {_unnest({"complaint_id": "uuid", "plan": "int"}, "planned")} JOIN {PLAN_ROWS} ON terms.plan = planned.plan
"""
# Empty lists, which nearly every clock has, are not sent: previous runs and escalation steps.
SELECT_CHANGED_CLOCKS = text(f"""
    SELECT {_qualified("milestone", FACT_COLUMNS)},
        {", ".join(f"NULLIF(milestone.{name}, '[]') AS {name}" for name in JSON_COLUMNS)}
    FROM {COMPLAINT_PLANS} JOIN milestone ON milestone.complaint_id = planned.complaint_id
        AND milestone.milestone = terms.milestone AND milestone.started_at IS NOT NULL
    WHERE CASE WHEN milestone.reached_at IS NULL AND milestone.cancelled_at IS NULL
        THEN ({_qualified("milestone", TERMS_COLUMNS)}) IS DISTINCT FROM ({_qualified("terms", TERMS_COLUMNS)})
        ELSE terms.retroactive AND ({_qualified("milestone", MEASURING_COLUMNS)})
            IS DISTINCT FROM ({_qualified("terms", MEASURING_COLUMNS)}) END
    ORDER BY milestone.complaint_id, milestone.milestone, milestone.cycle
""")  # noqa: S608 - the names are those of our own columns
SET_TERMS = ", ".join(f"{name} = terms.{name}" for name in TERMS_COLUMNS)
UPDATE_WAITING_CLOCKS = text(f"""
    UPDATE milestone SET {SET_TERMS} FROM {COMPLAINT_PLANS}
    WHERE milestone.complaint_id = planned.complaint_id AND milestone.milestone = terms.milestone
        AND milestone.started_at IS NULL AND milestone.cancelled_at IS NULL
        AND ({_qualified("milestone", TERMS_COLUMNS)}) IS DISTINCT FROM ({_qualified("terms", TERMS_COLUMNS)})
""")  # noqa: S608 - as above
UPDATE_CLOCKS = text(f"""
    UPDATE milestone SET {SET_TERMS},
        {", ".join(f"{name} = new.{name}" for name in STATUS_COLUMNS if name not in KEY_COLUMNS)}
    FROM {_unnest(STATUS_COLUMNS, "new")} JOIN {PLAN_ROWS} ON terms.plan = new.plan AND terms.milestone = new.milestone
    WHERE milestone.complaint_id = new.complaint_id AND milestone.milestone = new.milestone
        AND milestone.cycle = new.cycle
""")  # noqa: S608 - as above

# A page is a thousand complaints of many; after a rush of new ones the planner may mistake it for all of them.
DISABLE_SEQSCAN = text("SET LOCAL enable_seqscan = off")

ComplaintStub = Row[*tuple[Any, ...]]
"""The fields of a complaint that its plan depends on."""
Values = Mapping[str, Any]


async def disable_seqscan(session: AsyncSession) -> None:
    """Disable sequential scans until the transaction ends."""
    await session.execute(DISABLE_SEQSCAN)


async def lock_outdated(
    session: AsyncSession, *, revision: int, fields: Collection[str], limit: int, now: datetime
) -> Sequence[ComplaintStub]:
    """Lock complaints planned before that revision, ended ones included; those that are locked already are skipped."""
    outdated = (
        _stubs(fields)
        .join(ComplaintPlanState, ComplaintPlanState.complaint_id == Complaint.id)
        .where(ComplaintPlanState.revision < revision)
    )
    set_aside = failed_work.is_set_aside(JOB, ComplaintPlanState.complaint_id, now=now)
    page = outdated.where(~set_aside).order_by(ComplaintPlanState.revision).limit(limit)
    return (await session.execute(page.with_for_update(of=Complaint, skip_locked=True))).all()


async def load_complaints(session: AsyncSession, complaint_ids: Sequence[UUID]) -> Sequence[Complaint]:
    """Load the complaints as they are now; the caller holds their locks."""
    query = select(Complaint).where(Complaint.id.in_(complaint_ids)).order_by(Complaint.id)
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


async def open_complaints_page(
    session: AsyncSession, after: UUID | None, *, fields: Collection[str], confidential: bool, limit: int
) -> Sequence[ComplaintStub]:
    """Return a page of open complaints in the order of their ids."""
    conditions = (Complaint.ended_at.is_(None), visible(confidential=confidential), *_after(after))
    page = _stubs(fields).where(*conditions).order_by(Complaint.id).limit(limit)
    return (await session.execute(page)).all()


async def clocks_with_changed_terms(
    session: AsyncSession, plans: Mapping[UUID, int], terms: Sequence[Values]
) -> Sequence[dict[str, Any]]:
    """Return the clocks whose terms differ from the plan of their complaint; `plans` holds the plans' numbers."""
    found = await session.execute(SELECT_CHANGED_CLOCKS, _plan_params(plans, terms))
    names = (*FACT_COLUMNS, *JSON_COLUMNS)
    rows = [dict(zip(names, row, strict=True)) for row in found]
    for row in rows:
        for name in JSON_COLUMNS:
            row[name] = row[name] or []
    return rows


async def update_waiting_clocks(session: AsyncSession, plans: Mapping[UUID, int], terms: Sequence[Values]) -> None:
    """Update the terms of clocks that have not started: they have no other facts."""
    await session.execute(UPDATE_WAITING_CLOCKS, _plan_params(plans, terms))


async def update_clocks(session: AsyncSession, clocks: Sequence[Values], terms: Sequence[Values]) -> None:
    """Update the clocks, in the order of the complaints; their terms are those of their plans."""
    await session.execute(UPDATE_CLOCKS, _arrays("new", STATUS_COLUMNS, clocks) | _arrays("terms", PLAN_COLUMNS, terms))


def _stubs(fields: Collection[str]) -> Select[*tuple[Any, ...]]:
    """Select the required fields, and those that every plan depends on."""
    required = {column for name, column in COLUMN_BY_FIELD.items() if f"complaint.{name}" in fields}
    return select(
        *(getattr(Complaint, name) for name in (*STUB_COLUMNS, *sorted(required - set(STUB_COLUMNS)))),
        CUSTOMER_IS_KNOWN,
        Complaint.ended_at,
    )


def _plan_params(plans: Mapping[UUID, int], terms: Sequence[Values]) -> dict[str, list[Any]]:
    planned: dict[str, list[Any]] = {"planned_complaint_id": list(plans), "planned_plan": list(plans.values())}
    return planned | _arrays("terms", PLAN_COLUMNS, terms)


def _arrays(name: str, columns: Mapping[str, str], rows: Sequence[Values]) -> dict[str, list[Any]]:
    return {
        f"{name}_{column}": [_as_json(row[column]) if kind == "jsonb" else row[column] for row in rows]
        for column, kind in columns.items()
    }


def _as_json(value: list[Any]) -> str:
    return json.dumps(value) if value else "[]"


def _after(after: UUID | None) -> list[ColumnElement[bool]]:
    return [] if after is None else [Complaint.id > after]
