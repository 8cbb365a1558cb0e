"""Every query of the re-planning. Complaints are read as plain rows: there may be a hundred thousand of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.confidentiality.repository import visible
from heed_complaint.facts import OF_COMPLAINT
from heed_complaint.sla.changes.tables import Planned
from heed_complaint.tables import Complaint

NEEDED = ("id", "customer_id", "dispatch_received_at", *OF_COMPLAINT)
IS_KNOWN = (Complaint.customer_id != Complaint.id).label("customer_is_known")
"""As the complaint itself says it."""
STUBS = select(*(getattr(Complaint, name) for name in NEEDED), IS_KNOWN, Complaint.ended_at)

Stub = Row[*tuple[Any, ...]]
"""As much of a complaint as its plan depends on."""


async def lock_stale(session: AsyncSession, *, revision: int, limit: int) -> Sequence[Stub]:
    """What was planned before that change, ended by now or not; what somebody is working on is left for later."""
    stale = STUBS.join(Planned, Planned.complaint_id == Complaint.id).where(Planned.revision < revision)
    page = stale.order_by(Planned.revision).limit(limit)
    return (await session.execute(page.with_for_update(of=Complaint, skip_locked=True))).all()


async def complaints(session: AsyncSession, complaint_ids: Sequence[UUID]) -> Sequence[Complaint]:
    """As a whole, as they are now; the caller holds their locks."""
    query = select(Complaint).where(Complaint.id.in_(complaint_ids)).order_by(Complaint.id)
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


async def open_after(session: AsyncSession, after: UUID | None, *, confidential: bool, limit: int) -> Sequence[Stub]:
    """Open complaints in the order of their ids."""
    shown = (Complaint.ended_at.is_(None), visible(confidential=confidential), *_behind(after))
    page = STUBS.where(*shown).order_by(Complaint.id).limit(limit)
    return (await session.execute(page)).all()


def _behind(after: UUID | None) -> list[ColumnElement[bool]]:
    return [] if after is None else [Complaint.id > after]
