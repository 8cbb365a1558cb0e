"""SQL of models: versions, the champion, promotions, fits."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import select, text, true
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from heed_common import advisory_locks, driver, outbox
from heed_common.advisory_locks import AdvisoryLock
from heed_common.business_days import UTC_DAYS, BusinessDays
from heed_common.failed_work import repository as failed_work
from heed_scoring.engine.model import Model, from_json
from heed_scoring.tables import Champion, Fit, ModelVersion, Promotion

PROMOTION = {"key": AdvisoryLock.MODEL_PROMOTION}
SHARE_PROMOTION_LOCK = text("SELECT pg_advisory_xact_lock_shared(CAST(:key AS bigint))")
SHARE_CHAMPION = text("""
    SELECT model_version, time_zone, (SELECT epoch FROM outbox_epoch) AS epoch FROM champion FOR SHARE
""")
HOLD_PROMOTIONS = text("SELECT pg_advisory_lock(CAST(:key AS bigint))")
RELEASE_PROMOTIONS = text("SELECT pg_advisory_unlock(CAST(:key AS bigint))")
SELECT_PURCHASE_HISTORIES = text("""
    WITH rate AS (
        SELECT * FROM unnest(CAST(:currencies AS text[]), CAST(:rates AS numeric[])) AS row(currency, rate)
    ), bought AS (
        SELECT coalesce(survivor_id, customer_id) AS customer_id, day, sum(units) AS units,
               coalesce(sum(margin * rate.rate), 0) / 10000 AS margin
        FROM ledger LEFT JOIN rate USING (currency)
        LEFT JOIN (SELECT customer_id, survivor_id FROM customer WHERE survivor_id IS NOT NULL) AS merged
            USING (customer_id)
        WHERE kind IN ('purchase', 'return') AND (CAST(:until AS date) IS NULL OR day <= :until)
        GROUP BY 1, day HAVING sum(units) > 0
    ), ranked AS (
        SELECT *, min(day) OVER (PARTITION BY customer_id) AS first_day FROM bought
    )
    SELECT count(*) - 1 AS repeats, max(day) - first_day AS first_to_last, first_day,
           coalesce(sum(margin) FILTER (WHERE day > first_day), 0) AS repeat_margin
    FROM ranked GROUP BY customer_id, first_day ORDER BY customer_id
""")
SELECT_LAST_PURCHASE_DAY = text("SELECT max(day) FROM ledger WHERE kind = 'purchase'")

MAX_MODELS = 16
_MODELS: WeakKeyDictionary[object, dict[str, Model]] = WeakKeyDictionary()
"""By engine: another database has other models under the same names. A version never changes."""


class InForce(NamedTuple):
    """Model and business days of all scores of a transaction."""

    model: Model
    version: str
    """As it was stored: the model of a former revision of the code may have another name by now."""
    days: BusinessDays


async def champion(session: AsyncSession) -> InForce:
    """Return the model and the days in force; a batch holds both so until its end.

    It waits behind a promotion that waits, so that batches without end do not delay a new model. And it
    waits before it looks: a statement that waits for the row itself would not find the version that was added then.
    """
    await driver.fetch(session, SHARE_PROMOTION_LOCK, PROMOTION)
    ((version, time_zone, epoch),) = await driver.fetch(session, SHARE_CHAMPION, {})
    outbox.set_epoch(session, epoch)
    return await load(session, version, time_zone)


async def lock_champion(session: AsyncSession) -> Champion:
    """Lock the champion for a promotion; no batch is in progress while it is held."""
    await advisory_locks.lock(session, AdvisoryLock.MODEL_PROMOTION)
    return await champion_row(session)


async def hold_batches(connection: AsyncConnection) -> None:
    """Wait for the batches in progress and block later ones, and promotions, until `release_batches`."""
    await connection.execute(HOLD_PROMOTIONS, PROMOTION)


async def release_batches(connection: AsyncConnection) -> None:
    await connection.execute(RELEASE_PROMOTIONS, PROMOTION)


async def champion_row(session: AsyncSession) -> Champion:
    """Lock the row of the champion, for a caller that holds the lock of promotions already."""
    return (await session.execute(select(Champion).with_for_update())).scalar_one()


async def get_model(session: AsyncSession, version: str) -> ModelVersion:
    return (await session.execute(select(ModelVersion).where(ModelVersion.version == version))).scalar_one()


async def find_model(session: AsyncSession, version: str) -> ModelVersion | None:
    return await session.scalar(select(ModelVersion).where(ModelVersion.version == version))


async def in_force_at(session: AsyncSession, at: datetime | None) -> str | None:
    """Return the version that was champion at that moment; now by default."""
    query = select(Promotion.model_version).order_by(Promotion.promoted_at.desc()).limit(1)
    return await session.scalar(query if at is None else query.where(Promotion.promoted_at <= at))


async def in_force_with_days(session: AsyncSession, at: datetime) -> InForce | None:
    """Return the model that was champion at that moment, and the days of now."""
    query = (
        select(Promotion.model_version, Champion.time_zone)
        .select_from(Promotion)
        .join(Champion, true())
        .where(Promotion.promoted_at <= at)
        .order_by(Promotion.promoted_at.desc())
        .limit(1)
    )
    found = (await session.execute(query)).one_or_none()
    return None if found is None else await load(session, *found)


async def business_days(session: AsyncSession) -> BusinessDays:
    """Return the days that scores are computed for: UTC days until a time zone is agreed."""
    return _days_of(await agreed_time_zone(session))


async def agreed_time_zone(session: AsyncSession) -> str | None:
    """Return the time zone of the first start; None before it."""
    return await session.scalar(select(Champion.time_zone))


async def in_force(session: AsyncSession) -> ModelVersion:
    """Return the champion, without a lock."""
    query = select(ModelVersion).join(Champion, Champion.model_version == ModelVersion.version)
    return (await session.execute(query)).scalar_one()


async def ever_in_force(session: AsyncSession) -> set[str]:
    """Return the versions that are or were champion."""
    return set(await session.scalars(select(Promotion.model_version)))


async def list_models(session: AsyncSession) -> Sequence[ModelVersion]:
    return (await session.scalars(select(ModelVersion).order_by(ModelVersion.created_at.desc()))).all()


async def get_fit(session: AsyncSession, fit_id: UUID) -> Fit | None:
    return await session.get(Fit, fit_id)


async def was_scheduled_since(session: AsyncSession, moment: datetime) -> bool:
    """Return whether a scheduled fit was requested since then."""
    found = await session.scalar(select(Fit.id).where(Fit.scheduled, Fit.requested_at >= moment).limit(1))
    return found is not None


async def lock_next_fit(session: AsyncSession, *, job: str, now: datetime) -> Sequence[Fit]:
    """Return the oldest fit that no worker has locked, if there is one."""
    pending = select(Fit).where(Fit.state == "pending", ~failed_work.is_set_aside(job, Fit.id, now=now))
    return (await session.scalars(pending.order_by(Fit.requested_at).limit(1).with_for_update(skip_locked=True))).all()


async def purchase_histories(
    session: AsyncSession, *, until: date | None, rates: dict[str, Decimal]
) -> list[tuple[int, int, date, Decimal]]:
    """Return of every customer: repeat purchase days, days from first to last, first day, margin of the repeats."""
    parameters: dict[str, Any] = {"until": until, "currencies": list(rates), "rates": list(rates.values())}
    return [tuple(row) for row in await session.execute(SELECT_PURCHASE_HISTORIES, parameters)]


async def last_purchase_day(session: AsyncSession) -> date | None:
    return (await session.execute(SELECT_LAST_PURCHASE_DAY)).scalar()


async def load(session: AsyncSession, version: str, time_zone: str | None) -> InForce:
    """Return the model of this version with the days of this zone."""
    return InForce(await _load_model(session, version), version, _days_of(time_zone))


async def _load_model(session: AsyncSession, version: str) -> Model:
    """Return the model of a version, loaded and parsed once in a process; the oldest of many is forgotten."""
    cache = _MODELS.setdefault(session.get_bind(), {})
    if version not in cache:
        query = select(ModelVersion.parameters).where(ModelVersion.version == version)
        model = from_json((await session.execute(query)).scalar_one())
        cache[version] = model
        if len(cache) > MAX_MODELS:
            del cache[next(iter(cache))]
    return cache[version]


def _days_of(time_zone: str | None) -> BusinessDays:
    return UTC_DAYS if time_zone is None else BusinessDays.of(time_zone)
