"""Use cases of service points."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.advisory_locks import lock_text
from heed_common.revisions import check_if_match, require_if_match
from heed_common.upserts import Upserted
from heed_customer.commerce.service_points import repository
from heed_customer.commerce.service_points.errors import ServicePointNotFound
from heed_customer.commerce.service_points.rules import NewServicePoint, Period, PurchaseCount
from heed_customer.commerce.service_points.tables import ServicePoint

MAX_COUNTS = 2000


async def put_service_point(
    session: AsyncSession, *, code: str, content: NewServicePoint, if_match: int | None, now: datetime
) -> Upserted[ServicePoint]:
    """Create the service point, or replace its content. The same content again makes no new revision."""
    # A lock of the code, because a row that does not exist yet cannot be locked.
    await lock_text(session, f"service_point {code}")
    row = await repository.lock_service_point(session, code)
    if row is None:
        check_if_match(if_match, 0)
        row = ServicePoint(code=code, revision=1, created_at=now, changed_at=now, **asdict(content))
        await repository.add_service_point(session, row)
        return Upserted(row, created=True)
    require_if_match(if_match, row.revision)
    changed = {name: value for name, value in asdict(content).items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    if changed:
        row.revision, row.changed_at = row.revision + 1, now
    return Upserted(row, created=False)


async def get_service_point(session: AsyncSession, *, code: str) -> ServicePoint:
    """Return the service point. Raises `ServicePointNotFound`."""
    row = await repository.get_service_point(session, code)
    if row is None:
        raise ServicePointNotFound
    return row


async def list_service_points(
    session: AsyncSession, *, kind: str | None, active: bool | None, after: str | None, limit: int
) -> Sequence[ServicePoint]:
    """Return a page of service points in the order of their codes."""
    return await repository.list_service_points(session, kind=kind, active=active, after=after, limit=limit)


async def count_purchases(
    session: AsyncSession, *, code: str, period: Period
) -> tuple[ServicePoint | None, list[PurchaseCount]]:
    """Return the service point and the purchases at it by month; no service point for a code only purchases use."""
    row = await repository.get_service_point(session, code)
    return row, await repository.count_purchases(session, code, period=period, limit=MAX_COUNTS)
