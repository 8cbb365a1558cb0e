"""Every query of the clocks."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, bindparam, func, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.failed_work import repository as failed_work
from heed_complaint.core.tables import Complaint
from heed_complaint.sla.clock.pauses import Ledger
from heed_complaint.sla.rows import pause_of
from heed_complaint.sla.tables import Milestone as Row
from heed_complaint.sla.tables import Pause

JOB = "timers"
"""Name of the job in failed work."""
COLUMNS = Row.__table__.columns
KEY = ("complaint_id", "milestone", "number")
CLOCKS = select(*COLUMNS)
# One array instead of a parameter for each: there may be thousands.
THEIRS = Pause.complaint_id == any_(bindparam("complaint_ids", type_=ARRAY(Uuid)))
PAUSES = select(*Pause.__table__.columns).where(THEIRS).order_by(Pause.complaint_id, Pause.started_at)


def _upsert() -> str:
    """Clocks are sent as one text; a row that stays as it is, is not written again."""
    types = {column.name: column.type.compile(dialect=postgresql.dialect()) for column in COLUMNS}  # type: ignore[no-untyped-call]
    names, changed = ", ".join(types), ", ".join(f"{name} = excluded.{name}" for name in types if name not in KEY)
    return f"""
        INSERT INTO milestone ({names})
        SELECT {names} FROM json_to_recordset(CAST(:rows AS json)) AS row({", ".join(map(" ".join, types.items()))})
        ON CONFLICT ({", ".join(KEY)}) DO UPDATE SET {changed} WHERE milestone.* IS DISTINCT FROM excluded.*
    """  # noqa: S608 - the names are those of our own columns


UPSERT_CLOCKS = text(_upsert())
REPLACE_PAUSES = text("""
    WITH said AS (
        SELECT * FROM json_to_recordset(CAST(:rows AS json))
            AS row(complaint_id uuid, started_at timestamptz, ended_at timestamptz, why text)
    ), gone AS (
        DELETE FROM pause WHERE complaint_id = ANY(CAST(:complaint_ids AS uuid[]))
            AND (complaint_id, started_at) NOT IN (SELECT complaint_id, started_at FROM said)
    )
    INSERT INTO pause (complaint_id, started_at, ended_at, why) SELECT * FROM said
    ON CONFLICT (complaint_id, started_at) DO UPDATE SET ended_at = excluded.ended_at, why = excluded.why
    WHERE pause.* IS DISTINCT FROM excluded.*
""")


async def clocks_of(session: AsyncSession, complaint_ids: Collection[UUID], *, lock: bool) -> list[dict[str, Any]]:
    """In the order of complaints and of the clocks' numbers. Who locks them holds the locks of the complaints."""
    query = CLOCKS.where(Row.complaint_id.in_(complaint_ids)).order_by(Row.complaint_id, Row.milestone, Row.number)
    found = await session.execute(query.with_for_update() if lock else query)
    return [dict(row) for row in found.mappings()]


async def ledgers_of(session: AsyncSession, complaint_ids: Collection[UUID]) -> dict[UUID, Ledger]:
    """Those that are not empty."""
    found = await session.execute(PAUSES, {"complaint_ids": list(complaint_ids)})
    rows = [dict(row) for row in found.mappings()]
    grouped = groupby(rows, key=lambda row: row["complaint_id"])
    return {complaint_id: tuple(pause_of(row) for row in pauses) for complaint_id, pauses in grouped}


async def save_clocks(session: AsyncSession, rows: Iterable[Mapping[str, Any]]) -> None:
    """In the order given, which is that of the complaints for every writer."""
    await session.execute(UPSERT_CLOCKS, {"rows": json.dumps(list(rows), default=_as_text)})


async def save_ledgers(session: AsyncSession, ledgers: Mapping[UUID, Ledger]) -> None:
    """Puts the pauses of these complaints in the place of those that were known."""
    rows = [
        {"complaint_id": complaint_id, "started_at": pause.start, "ended_at": pause.end, "why": pause.why}
        for complaint_id, ledger in sorted(ledgers.items())
        for pause in ledger
    ]
    said = {"rows": json.dumps(rows, default=_as_text), "complaint_ids": sorted(ledgers)}
    await session.execute(REPLACE_PAUSES, said)


async def lock_due_complaints(session: AsyncSession, *, now: datetime, limit: int) -> list[Complaint]:
    """Complaints of which something is to be told; those that somebody is working on are left out."""
    due = select(Row.complaint_id).where(Row.next_at < now, ~_is_set_aside(now)).order_by(Row.next_at).limit(limit)
    locked = select(Complaint).where(Complaint.id.in_(due)).order_by(Complaint.id)
    return list(await session.scalars(locked.with_for_update(skip_locked=True)))


async def next_moment(session: AsyncSession, *, now: datetime) -> datetime | None:
    return await session.scalar(select(func.min(Row.next_at)).where(~_is_set_aside(now)))


def _is_set_aside(now: datetime) -> ColumnElement[bool]:
    return failed_work.is_set_aside(JOB, Row.complaint_id, now=now)


def _as_text(value: object) -> object:
    if isinstance(value, timedelta):
        return f"{value // timedelta(microseconds=1)} microseconds"
    return value.isoformat() if isinstance(value, datetime) else str(value)
