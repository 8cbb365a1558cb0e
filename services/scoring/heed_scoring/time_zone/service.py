"""Use cases of the time zone: stored at the first start, changed by a rebuild."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.business_days import UTC_DAYS
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.time_zone.errors import TimeZoneDiffers

HAS_LEDGER = text("SELECT EXISTS (SELECT FROM ledger)")
# These days are in no event: they are computed from the moment beside them.
MOVE_ASSIGNMENTS = text("""
    UPDATE holdout_assignment SET assigned_on = CAST(timezone(CAST(:time_zone AS text), assigned_at) AS date)
""")


async def sync_default_time_zone(session: AsyncSession, *, time_zone: str) -> None:
    """Store the time zone of the first start. Raises `TimeZoneDiffers` at a start with another one."""
    champion = await models_repository.lock_champion(session)
    if champion.time_zone is None:
        # A ledger that was rebuilt before the first start holds UTC days.
        has_ledger = (await session.execute(HAS_LEDGER)).scalar_one()
        champion.time_zone = UTC_DAYS.time_zone if has_ledger else time_zone
        await session.flush()
        await session.execute(MOVE_ASSIGNMENTS, {"time_zone": champion.time_zone})
    if champion.time_zone != time_zone:
        raise TimeZoneDiffers(agreed=champion.time_zone, configured=time_zone)


async def change_time_zone(session: AsyncSession, *, time_zone: str) -> None:
    """Change the agreed time zone, in the transaction that swaps the tables; no batch may be running."""
    champion = await models_repository.champion_row(session)
    champion.time_zone = time_zone
    await session.flush()
    await session.execute(MOVE_ASSIGNMENTS, {"time_zone": time_zone})
