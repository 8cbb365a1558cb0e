"""Use cases of webhook endpoints."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.auth.scopes import Caller, authorize
from heed_common.identifiers import new_id
from heed_common.revisions import check_if_match, require_if_match
from heed_common.session_cipher import get_cipher
from heed_customer.subscriptions.endpoints import repository, rules, signing
from heed_customer.subscriptions.endpoints.errors import ReplayInFuture, TooManyWebhooks, WebhookNotFound
from heed_customer.subscriptions.endpoints.rules import DisabledBecause, EndpointState, NewEndpoint
from heed_customer.subscriptions.endpoints.signing import Secrets
from heed_customer.subscriptions.endpoints.tables import WebhookAttempt, WebhookEndpoint, WebhookProgress
from heed_customer.subscriptions.feed.rules import CONFIDENTIAL_SCOPE, required_scopes

SIGNAL = "heed_webhooks"
"""Wakes the worker when an endpoint has changed."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint with its progress, which a new one does not have."""

    row: WebhookEndpoint
    progress: WebhookProgress | None


async def create_endpoint(
    session: AsyncSession, *, endpoint: NewEndpoint, max_endpoints: int, caller: Caller, now: datetime
) -> tuple[Endpoint, Secrets]:
    """Create an endpoint that gets events from now on. Return it with its secret.

    Raises `ScopeMissing`, `TooManyWebhooks`.
    """
    authorize(caller, required_scopes(endpoint.types))
    if await repository.lock_and_count(session) >= max_endpoints:
        raise TooManyWebhooks
    secret, endpoint_id = signing.new_secrets(), new_id()
    row = WebhookEndpoint(
        id=endpoint_id,
        url=endpoint.url,
        types=endpoint.types,
        customer_id=endpoint.customer_id,
        description=endpoint.description,
        state=endpoint.state,
        disabled_because=_reason(endpoint.state),
        confidential=caller.may(CONFIDENTIAL_SCOPE),
        secrets=signing.encrypt(secret, endpoint_id=endpoint_id, cipher=get_cipher(session)),
        created_by=caller.id,
        created_at=now,
        changed_at=now,
        revision=1,
        starts_at=rules.starts_at(now),
        replays=0,
    )
    await repository.add_endpoint(session, row)
    return Endpoint(row, None), secret


async def update_endpoint(
    session: AsyncSession,
    *,
    endpoint_id: UUID,
    values: Mapping[str, object],
    if_match: int | None,
    caller: Caller,
    now: datetime,
) -> Endpoint:
    """Update the endpoint; only an actual change makes a new revision. Raises `WebhookNotFound`, `ScopeMissing`."""
    row = await _lock(session, endpoint_id, caller)
    require_if_match(if_match, row.revision)
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(row, name, value)
        authorize(caller, required_scopes(row.types))
        if "state" in changed:
            row.disabled_because = _reason(row.state)
        row.revision += 1
        row.changed_at = now
    return await _with_progress(session, row)


async def delete_endpoint(session: AsyncSession, *, endpoint_id: UUID, if_match: int | None) -> None:
    """Delete the endpoint with its position. Raises `WebhookNotFound`."""
    row = await repository.lock_endpoint(session, endpoint_id)
    if row is None:
        raise WebhookNotFound
    check_if_match(if_match, row.revision)
    await repository.delete_endpoint(session, row)


async def get_endpoint(session: AsyncSession, *, endpoint_id: UUID) -> Endpoint:
    """Return the endpoint. Raises `WebhookNotFound`."""
    row = await repository.get_endpoint(session, endpoint_id)
    if row is None:
        raise WebhookNotFound
    return await _with_progress(session, row)


async def list_endpoints(
    session: AsyncSession, *, state: EndpointState | None, after: UUID | None, limit: int
) -> Sequence[Endpoint]:
    """Return the endpoints, the newest first."""
    rows = await repository.list_endpoints(session, state=state, after=after, limit=limit)
    progress = await repository.list_progress(session, [row.id for row in rows])
    return [Endpoint(row, progress.get(row.id)) for row in rows]


async def list_attempts(
    session: AsyncSession, *, endpoint_id: UUID, failed: bool | None, after: int | None, limit: int
) -> Sequence[WebhookAttempt]:
    """Return the attempts of the endpoint, the newest first. Raises `WebhookNotFound`."""
    await get_endpoint(session, endpoint_id=endpoint_id)
    return await repository.list_attempts(session, endpoint_id, failed=failed, after=after, limit=limit)


async def replay(
    session: AsyncSession, *, endpoint_id: UUID, starts_at: datetime, caller: Caller, now: datetime
) -> Endpoint:
    """Deliver again from a moment on. Raises `WebhookNotFound`, `ScopeMissing`, `ReplayInFuture`."""
    if starts_at > now:
        raise ReplayInFuture
    row = await _lock(session, endpoint_id, caller)
    row.starts_at, row.replays = starts_at, row.replays + 1
    return await _with_progress(session, row)


async def rotate_secret(
    session: AsyncSession, *, endpoint_id: UUID, overlap: timedelta, caller: Caller, now: datetime
) -> Secrets:
    """Replace the secret; the present one stays valid for the overlap. Raises `WebhookNotFound`, `ScopeMissing`."""
    row, cipher = await _lock(session, endpoint_id, caller), get_cipher(session)
    present = signing.decrypt(row.secrets, endpoint_id=row.id, cipher=cipher)
    rotated = signing.rotate(present, now=now, overlap=overlap)
    row.secrets = signing.encrypt(rotated, endpoint_id=row.id, cipher=cipher)
    row.changed_at = now
    return rotated


def notify_after_commit(session: AsyncSession, notify: Callable[[], None]) -> None:
    """Wake the worker when the change can be read."""
    sqlalchemy_event.listen(session.sync_session, "after_commit", lambda _: notify(), once=True)


async def _lock(session: AsyncSession, endpoint_id: UUID, caller: Caller) -> WebhookEndpoint:
    """Lock the endpoint for a caller who may read all that is sent to it: a change could send it elsewhere."""
    row = await repository.lock_endpoint(session, endpoint_id)
    if row is None:
        raise WebhookNotFound
    authorize(caller, [*required_scopes(row.types), *([CONFIDENTIAL_SCOPE] if row.confidential else [])])
    return row


async def _with_progress(session: AsyncSession, row: WebhookEndpoint) -> Endpoint:
    return Endpoint(row, (await repository.list_progress(session, [row.id])).get(row.id))


def _reason(state: str) -> str | None:
    return DisabledBecause.REQUEST if state == EndpointState.DISABLED else None
