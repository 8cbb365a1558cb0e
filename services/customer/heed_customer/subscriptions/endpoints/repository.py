"""SQL of webhook endpoints and of the list of attempts."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import advisory_locks
from heed_common.advisory_locks import AdvisoryLock
from heed_customer.subscriptions.endpoints.rules import EndpointState
from heed_customer.subscriptions.endpoints.tables import WebhookAttempt, WebhookEndpoint, WebhookProgress


async def lock_and_count(session: AsyncSession) -> int:
    """Return the number of endpoints; until the transaction ends no other one counts or adds."""
    await advisory_locks.lock(session, AdvisoryLock.WEBHOOK_LIMIT)
    return (await session.scalars(select(func.count()).select_from(WebhookEndpoint))).one()


async def add_endpoint(session: AsyncSession, endpoint: WebhookEndpoint) -> None:
    session.add(endpoint)
    await session.flush()


async def get_endpoint(session: AsyncSession, endpoint_id: UUID) -> WebhookEndpoint | None:
    return await session.get(WebhookEndpoint, endpoint_id)


async def lock_endpoint(session: AsyncSession, endpoint_id: UUID) -> WebhookEndpoint | None:
    return await session.get(WebhookEndpoint, endpoint_id, with_for_update=True, populate_existing=True)


async def delete_endpoint(session: AsyncSession, endpoint: WebhookEndpoint) -> None:
    await session.delete(endpoint)


async def list_endpoints(
    session: AsyncSession, *, state: EndpointState | None, after: UUID | None, limit: int
) -> Sequence[WebhookEndpoint]:
    """Return the endpoints, the newest first."""
    query = select(WebhookEndpoint).order_by(WebhookEndpoint.id.desc()).limit(limit)
    if state is not None:
        query = query.where(WebhookEndpoint.state == state)
    return (await session.scalars(query if after is None else query.where(WebhookEndpoint.id < after))).all()


async def list_due(session: AsyncSession) -> Sequence[WebhookEndpoint]:
    """Return the endpoints that the worker has to do with, the oldest first.

    These are the enabled ones, and those that have no position since they were created or replayed.
    """
    has_position = exists().where(
        WebhookProgress.endpoint_id == WebhookEndpoint.id, WebhookProgress.replays == WebhookEndpoint.replays
    )
    is_due = or_(WebhookEndpoint.state == EndpointState.ENABLED, ~has_position)
    return (await session.scalars(select(WebhookEndpoint).where(is_due).order_by(WebhookEndpoint.id))).all()


async def list_progress(session: AsyncSession, endpoint_ids: Collection[UUID]) -> Mapping[UUID, WebhookProgress]:
    """Return the progress of these endpoints; a new one has none."""
    query = select(WebhookProgress).where(WebhookProgress.endpoint_id.in_(endpoint_ids))
    return {progress.endpoint_id: progress for progress in await session.scalars(query)}


async def list_attempts(
    session: AsyncSession, endpoint_id: UUID, *, failed: bool | None, after: int | None, limit: int
) -> Sequence[WebhookAttempt]:
    """Return the attempts of an endpoint, the newest first."""
    query = select(WebhookAttempt).where(WebhookAttempt.endpoint_id == endpoint_id)
    if failed is not None:
        query = query.where(WebhookAttempt.error.is_not(None) if failed else WebhookAttempt.error.is_(None))
    if after is not None:
        query = query.where(WebhookAttempt.id < after)
    return (await session.scalars(query.order_by(WebhookAttempt.id.desc()).limit(limit))).all()
