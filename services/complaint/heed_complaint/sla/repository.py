"""SQL of the clocks and their pauses."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, any_, bindparam, func, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import driver
from heed_common.failed_work import repository as failed_work
from heed_complaint.core.tables import Complaint
from heed_complaint.sla.clock import pauses
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.clock.pauses import Ledger, PauseReason
from heed_complaint.sla.clock.rows import calendar_keys, clock_rows, clocks_from_rows, ledger_of
from heed_complaint.sla.tables import Milestone as Row
from heed_complaint.sla.tables import Pause
from heed_complaint.sla.terms.calendars.cache import load_calendars

JOB = "deadline_scheduler"
"""Name of the job in failed work."""
COLUMNS = Row.__table__.columns
KEY = ("complaint_id", "milestone", "cycle")
# One array instead of a parameter for each: there may be thousands.
COMPLAINT_IDS = any_(bindparam("complaint_ids", type_=ARRAY(Uuid)))
IN_COMPLAINTS = Pause.complaint_id == COMPLAINT_IDS
SELECT_PAUSES = select(*Pause.__table__.columns).where(IN_COMPLAINTS).order_by(Pause.complaint_id, Pause.started_at)


def _select_clocks() -> Select[*tuple[Any, ...]]:
    """Return the query of clocks, each with the pauses of its complaint as arrays: one round trip instead of two."""
    ledger = (
        select(
            Pause.complaint_id,
            func.array_agg(aggregate_order_by(Pause.started_at, Pause.started_at)).label("pause_started_ats"),
            func.array_agg(aggregate_order_by(Pause.ended_at, Pause.started_at)).label("pause_ended_ats"),
            func.array_agg(aggregate_order_by(Pause.reason, Pause.started_at)).label("pause_reasons"),
        )
        .where(IN_COMPLAINTS)
        .group_by(Pause.complaint_id)
        .subquery("ledger")
    )
    arrays = (ledger.c.pause_started_ats, ledger.c.pause_ended_ats, ledger.c.pause_reasons)
    joined = select(*COLUMNS, *arrays).outerjoin(ledger, ledger.c.complaint_id == Row.complaint_id)
    return joined.where(Row.complaint_id == COMPLAINT_IDS).order_by(Row.complaint_id, Row.milestone, Row.cycle)


SELECT_CLOCKS = _select_clocks()


def _upsert() -> str:
    """Return the upsert of clocks, which are sent as one JSON text; unchanged rows are not written again."""
    types = {column.name: column.type.compile(dialect=postgresql.dialect()) for column in COLUMNS}  # type: ignore[no-untyped-call]
    names, changed = ", ".join(types), ", ".join(f"{name} = excluded.{name}" for name in types if name not in KEY)
    return f"""
        INSERT INTO milestone ({names})
        SELECT {names} FROM json_to_recordset(CAST(:rows AS json)) AS row({", ".join(map(" ".join, types.items()))})
        ON CONFLICT ({", ".join(KEY)}) DO UPDATE SET {changed} WHERE milestone.* IS DISTINCT FROM excluded.*
    """  # noqa: S608 - the names are those of our own columns


UPSERT_CLOCKS = text(_upsert())
REPLACE_PAUSES = text("""
    WITH given AS (
        SELECT * FROM json_to_recordset(CAST(:rows AS json))
            AS row(complaint_id uuid, started_at timestamptz, ended_at timestamptz, reason text)
    ), removed AS (
        DELETE FROM pause WHERE complaint_id = ANY(CAST(:complaint_ids AS uuid[]))
            AND (complaint_id, started_at) NOT IN (SELECT complaint_id, started_at FROM given)
    )
    INSERT INTO pause (complaint_id, started_at, ended_at, reason) SELECT * FROM given
    ON CONFLICT (complaint_id, started_at) DO UPDATE SET ended_at = excluded.ended_at, reason = excluded.reason
    WHERE pause.* IS DISTINCT FROM excluded.*
""")


async def load_clocks(
    session: AsyncSession, complaint_ids: Collection[UUID], *, lock: bool = False
) -> dict[UUID, Clocks]:
    """Return the stored clocks; alerts that became due since they were saved are not recorded yet.

    To lock the clocks the caller holds the locks of the complaints.
    """
    query = SELECT_CLOCKS.with_for_update(of=Row) if lock else SELECT_CLOCKS
    found = await session.execute(query, {"complaint_ids": list(complaint_ids)})
    rows: list[dict[str, Any]] = [dict(row) for row in found.mappings()]
    calendars = await load_calendars(session, calendar_keys(rows))
    by_complaint = groupby(rows, key=lambda row: row["complaint_id"])
    clocks = {complaint_id: tuple(its_rows) for complaint_id, its_rows in by_complaint}
    return {id_: clocks_from_rows(its_rows, _ledger(its_rows[0]), calendars) for id_, its_rows in clocks.items()}


async def load_ledgers(session: AsyncSession, complaint_ids: Collection[UUID]) -> dict[UUID, Ledger]:
    """Return the ledgers that are not empty."""
    rows = (await session.execute(SELECT_PAUSES, {"complaint_ids": list(complaint_ids)})).all()
    return {
        complaint_id: tuple(pauses.Pause(row.started_at, row.ended_at, PauseReason(row.reason)) for row in its_rows)
        for complaint_id, its_rows in groupby(rows, key=lambda row: row.complaint_id)
    }


def _ledger(row: Mapping[str, Any]) -> Ledger:
    """Return the pauses that are joined to a clock."""
    if row["pause_started_ats"] is None:
        return ()
    columns = zip(row["pause_started_ats"], row["pause_ended_ats"], row["pause_reasons"], strict=True)
    return tuple(pauses.Pause(start, end, PauseReason(reason)) for start, end, reason in columns)


async def save_clocks(session: AsyncSession, clocks: Mapping[UUID, Clocks], *, now: datetime) -> None:
    """Save clocks, without their pauses, in the order of the complaints. All due alerts must have been fired."""
    rows = [
        {"complaint_id": complaint_id, **row}
        for complaint_id in sorted(clocks)
        for row in clock_rows(clocks[complaint_id], now=now)
    ]
    await driver.fetch(session, UPSERT_CLOCKS, {"rows": json.dumps(rows, default=_as_text)})


async def save_pauses(session: AsyncSession, clocks: Mapping[UUID, Clocks]) -> None:
    """Replace the pauses of these complaints by those of their clocks."""
    rows = [
        {"complaint_id": complaint_id, "started_at": pause.start, "ended_at": pause.end, "reason": pause.reason}
        for complaint_id, its_clocks in sorted(clocks.items())
        for pause in ledger_of(its_clocks)
    ]
    params = {"rows": json.dumps(rows, default=_as_text), "complaint_ids": sorted(clocks)}
    await session.execute(REPLACE_PAUSES, params)


async def lock_due_complaints(session: AsyncSession, *, now: datetime, limit: int) -> list[Complaint]:
    """Lock the complaints with due alerts; those that another transaction has locked are skipped."""
    due = (
        select(Row.complaint_id)
        .where(Row.next_alert_at < now, ~_is_set_aside(now))
        .order_by(Row.next_alert_at)
        .limit(limit)
    )
    locked = select(Complaint).where(Complaint.id.in_(due)).order_by(Complaint.id)
    return list(await session.scalars(locked.with_for_update(skip_locked=True)))


async def next_alert_at(session: AsyncSession, *, now: datetime) -> datetime | None:
    """Return the moment of the next alert of all complaints."""
    return await session.scalar(select(func.min(Row.next_alert_at)).where(~_is_set_aside(now)))


def _is_set_aside(now: datetime) -> ColumnElement[bool]:
    return failed_work.is_set_aside(JOB, Row.complaint_id, now=now)


def _as_text(value: object) -> object:
    if isinstance(value, timedelta):
        return f"{value // timedelta(microseconds=1)} microseconds"
    return value.isoformat() if isinstance(value, datetime) else str(value)
