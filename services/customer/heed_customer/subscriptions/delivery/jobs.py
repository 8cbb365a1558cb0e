"""The background task that delivers webhooks: one worker at a time, one delivery for each enabled endpoint.

1. Take the lock on a connection of its own; another worker waits until the connection of this one ends.
2. Compare the enabled endpoints, and those without a position, with the deliveries that run; start, replace or stop
   what differs.
3. Save positions and attempts of all deliveries, on the connection that holds the lock.
4. Wait for progress, or for a change of an endpoint, and go on with 2.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from heed_common.advisory_locks import AdvisoryLock
from heed_common.broker.protocols import Bus
from heed_common.database import CONNECTION_ERRORS
from heed_common.encryption import UndecryptableValue
from heed_common.outgoing_http.names import Resolve
from heed_common.resources import Resources
from heed_common.restarts import Restarts
from heed_customer.settings import Settings
from heed_customer.subscriptions.delivery import repository, sender
from heed_customer.subscriptions.delivery.endpoint import DeliveryContext, EndpointDelivery, EndpointPlan
from heed_customer.subscriptions.endpoints import repository as endpoints
from heed_customer.subscriptions.endpoints.rules import EndpointState
from heed_customer.subscriptions.endpoints.service import SIGNAL
from heed_customer.subscriptions.endpoints.tables import WebhookEndpoint, WebhookProgress
from heed_customer.subscriptions.feed.rules import Selection

SAVE_SECONDS = 0.1
"""Least time between two saves. After a crash, what was delivered since is delivered again, as after any crash."""
IDLE_SECONDS = 30.0
"""Fallback for a missed signal; the connection with the lock is checked as often."""
RETRY_SECONDS = 2.0
STOP_SECONDS = 10.0

log = logging.getLogger(__name__)


class WebhookDelivery:
    """Delivers the webhooks of all endpoints until it is stopped."""

    name = "webhooks"

    def __init__(self, resources: Resources, bus: Bus, settings: Settings, *, resolve: Resolve | None = None) -> None:
        self.ready = False
        self._database = resources.database
        self._clock = resources.clock
        self._metrics = resources.metrics
        self._changed = resources.signal(SIGNAL)
        self._progress = asyncio.Event()
        self._stopping = asyncio.Event()
        self._deliveries: dict[UUID, EndpointDelivery] = {}
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._restarts: dict[UUID, Restarts] = {}
        self._context = DeliveryContext(
            bus,
            resources.database,
            resources.clock,
            resources.metrics,
            lambda: sender.open_client(settings.webhook_addresses, settings, resolve=resolve),
            settings.webhook_max_pause_seconds,
            self._progress.set,
            resources.tracer,
        )

    async def run(self) -> None:
        """Deliver until stopped, across failures of the database."""
        self._stopping.clear()
        while not self._stopping.is_set():
            try:
                async with self._database.autocommit() as connection:
                    await self._run_with_lock(connection)
            except CONNECTION_ERRORS as error:
                log.warning("webhooks: database connection lost, reconnecting: %s", type(error).__name__)
            await self._sleep(RETRY_SECONDS)

    def stop(self) -> None:
        """Finish the requests that have begun."""
        self._stopping.set()
        self._progress.set()
        self._changed.notify_local()

    async def _run_with_lock(self, connection: AsyncConnection) -> None:
        """Save on the connection that holds the lock: a worker that has lost it can save nothing."""
        self.ready = True
        if not await repository.try_lock(connection, AdvisoryLock.WEBHOOKS):
            return
        try:
            await self._deliver_until_stopped(connection)
        finally:
            await self._stop_deliveries(list(self._deliveries))
            await connection.invalidate()  # The lock belongs to the connection: it must not go back into the pool.

    async def _deliver_until_stopped(self, connection: AsyncConnection) -> None:
        while not self._stopping.is_set():
            seen = self._changed.count
            await self._reconcile(connection)
            while self._changed.count == seen and not self._stopping.is_set():
                if not await self._wait_for_progress(seen):
                    await repository.check_connection(connection)
                    break
                await self._save(connection)
                await self._sleep(SAVE_SECONDS)
        stopped = await self._stop_deliveries(list(self._deliveries))
        await self._save(connection, stopped)

    async def _reconcile(self, connection: AsyncConnection) -> None:
        """Run exactly the deliveries of the enabled endpoints, as they are now, each from where it has got to."""
        async with self._database.transaction() as session:
            due = {row.id: row for row in await endpoints.list_due(session)}
        outdated = [
            id_
            for id_, delivery in self._deliveries.items()
            if id_ not in due or _version(due[id_]) != delivery.plan.version
        ]
        await self._save(connection, await self._stop_deliveries(outdated))
        if missing := due.keys() - self._deliveries.keys():
            async with self._database.transaction() as session:
                progress = await endpoints.list_progress(session, missing)
                for id_ in sorted(missing):
                    self._start_decrypted(session, due[id_], progress.get(id_))

    def _start_decrypted(self, session: AsyncSession, row: WebhookEndpoint, progress: WebhookProgress | None) -> None:
        """Start the delivery, unless no key decrypts the secret: the others go on."""
        try:
            plan = _plan(session, row, progress)
        except UndecryptableValue:
            log.error("webhook %s: no key of HEED_CONTACT_KEYS decrypts its secret", row.id)
        else:
            self._start(plan)

    def _start(self, plan: EndpointPlan) -> None:
        id_ = plan.target.endpoint_id
        delivery, restarts = EndpointDelivery(plan, self._context), Restarts(self._metrics)
        self._deliveries[id_], self._restarts[id_] = delivery, restarts
        self._tasks[id_] = asyncio.create_task(restarts.run("webhook", delivery.run), name=f"webhook-{id_}")

    async def _stop_deliveries(self, ids: Sequence[UUID]) -> list[EndpointDelivery]:
        """Stop the deliveries, once the requests that have begun are finished. Return them, to save their progress."""
        for id_ in ids:
            self._restarts.pop(id_).stop()
            self._deliveries[id_].stop()
        tasks = [self._tasks.pop(id_) for id_ in ids]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return [self._deliveries.pop(id_) for id_ in ids]

    async def _save(self, connection: AsyncConnection, stopped: Sequence[EndpointDelivery] = ()) -> None:
        """Save what has changed of the deliveries that run, and of those that were stopped."""
        taken = [delivery.take_progress() for delivery in (*self._deliveries.values(), *stopped)]
        for delivery in stopped:  # A webhook that is disabled or deleted is not behind.
            with suppress(KeyError):
                self._metrics.webhook_waiting.remove(str(delivery.plan.target.endpoint_id))
        if progress := [item for item in taken if item is not None]:
            await repository.save(connection, progress, now=self._clock.now())

    async def _wait_for_progress(self, seen: int) -> bool:
        """Wait for progress, a change of an endpoint, or the time to look again. Return whether there is progress."""
        waits = [
            asyncio.create_task(self._progress.wait()),
            asyncio.create_task(self._changed.wait(since=seen, seconds=IDLE_SECONDS)),
        ]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        has_progress = self._progress.is_set()
        self._progress.clear()
        return has_progress

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


def _version(row: WebhookEndpoint) -> tuple[object, ...]:
    """Return what distinguishes the states of an endpoint that need another delivery."""
    return row.revision, row.replays, row.secrets


def _plan(session: AsyncSession, row: WebhookEndpoint, progress: WebhookProgress | None) -> EndpointPlan:
    is_current = progress is not None and progress.replays == row.replays
    return EndpointPlan(
        target=sender.target_of(session, row),
        selection=Selection(frozenset(row.types), row.customer_id, row.confidential),
        is_enabled=row.state == EndpointState.ENABLED,
        replays=row.replays,
        starts_at=row.starts_at,
        offsets=repository.decode_offsets(progress.offsets) if progress is not None and is_current else None,
        missed=progress.missed if progress is not None and is_current else 0,
        version=_version(row),
    )
