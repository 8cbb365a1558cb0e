"""Visibility of confidential complaints: every list, queue and report filters with `visible`."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.tables import Complaint


def visible(*, confidential: bool) -> ColumnElement[bool]:
    """Return the filter of a query on `complaint`; with `confidential` it includes confidential ones."""
    return true() if confidential else Complaint.confidential.is_(False)


async def any_is_confidential(session: AsyncSession, complaint_ids: Collection[UUID]) -> bool:
    return bool(await session.scalar(select(exists().where(Complaint.id.in_(complaint_ids), Complaint.confidential))))
