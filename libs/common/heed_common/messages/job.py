"""Sender of messages: a background task for each transport, several messages at a time."""

import asyncio
import logging
import traceback
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.clock import Clock
from heed_common.contracts.message import ContactChannel
from heed_common.database import CONNECTION_ERRORS, Database, is_transient
from heed_common.failed_work import repository as failed_work
from heed_common.job_schedule import NET_SECONDS, JobSchedule
from heed_common.messages import repository
from heed_common.messages.delivery import Attempt, Deliveries
from heed_common.messages.delivery_log import DeliveryLog
from heed_common.messages.permits import PermitsUnavailable
from heed_common.messages.repository import ClaimedMessage, Release
from heed_common.messages.transports.protocols import Transport, Unavailable
from heed_common.metrics import Metrics
from heed_common.signals import Signal
from heed_common.tracing.message_spans import message_span
from heed_common.tracing.tracer import Tracer

POLL_SECONDS = 1.0
"""Interval at which running attempts are looked at."""
PAUSE_SECONDS = 0.2
"""Least time between two looks that find nothing, so that a busy service does not look after each commit."""
MEASURE_SECONDS = 10.0
LEASE = timedelta(seconds=30)
"""A message of a sender that was killed is sent by another one after this time."""
ATTEMPT_SECONDS = 180.0
ATTEMPTS_PER_CONNECTION = 2
"""One is being sent, the other one waits for its turn or for the commit of its result."""
CLAIMS_PER_CONNECTION = 4
FIRST_PAUSE, MAX_PAUSE = 1.0, 30.0
"""While the transport or the customer service is unavailable, no message is claimed for so long."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class SenderState:
    """What one sender holds now."""

    ready: deque[ClaimedMessage] = field(default_factory=deque)
    running: dict[UUID, "asyncio.Task[None]"] = field(default_factory=dict)
    paused_until: float = 0.0
    pause: float = FIRST_PAUSE
    renewed_at: float = 0.0
    measured_at: float = 0.0
    has_claimed: bool = False
    """Whether the last look found messages: there may be more."""
    next_due_at: datetime | None = None

    def held(self) -> set[UUID]:
        return {message.id for message in self.ready} | self.running.keys()


class Sender:
    """Sends the messages of a service through one transport, until it is stopped."""

    def __init__(
        self,
        transport: Transport,
        deliveries: Deliveries,
        *,
        claimed_channels: frozenset[ContactChannel],
        database: Database,
        clock: Clock,
        metrics: Metrics,
        signal: Signal,
        lease: timedelta = LEASE,
        net: float = NET_SECONDS,
        tracer: Tracer | None = None,
    ) -> None:
        self.name = f"messages-{transport.name}"
        self.ready = False
        self._transport = transport
        self._channels = claimed_channels
        self._deliveries = deliveries
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._signal = signal
        self._lease = lease
        self._net = net
        self._tracer = tracer
        self._lease_id = uuid4()
        self._log = DeliveryLog(
            database,
            service=metrics.service,
            lease_id=self._lease_id,
            clock=clock,
            on_hand_over=deliveries.on_hand_over,
        )
        self._state = SenderState()
        self._slots = asyncio.Semaphore(transport.concurrency)
        self._schedule = self._open_schedule()

    async def run(self) -> None:
        """Claim messages that are due and send them; on a stop finish those that are being sent."""
        self._schedule = self._open_schedule()
        try:
            while not self._schedule.is_stopped:
                commits = self._schedule.commits
                try:
                    await self._work()
                    self.ready = True
                except CONNECTION_ERRORS as error:
                    if not is_transient(error):
                        raise
                    log.warning("%s: database unavailable, retrying: %s", self.name, type(error).__name__)
                    await self._schedule.sleep(POLL_SECONDS)
                await self._wait(commits)
        finally:
            await self._finish()

    def stop(self) -> None:
        """Stop claiming messages."""
        self._schedule.stop()

    def _open_schedule(self) -> JobSchedule:
        return JobSchedule(self._signal, self._clock, pause=min(PAUSE_SECONDS, self._net), net=self._net)

    async def _work(self) -> None:
        """Renew the leases, claim what is due, and start as many attempts as the transport takes at a time."""
        state, now = self._state, monotonic()
        if state.held() and now - state.renewed_at > self._lease.total_seconds() / 3:
            await self._renew_leases()
        if now >= state.paused_until and len(state.ready) < self._transport.concurrency:
            await self._claim()
        while state.ready and len(state.running) < ATTEMPTS_PER_CONNECTION * self._transport.concurrency:
            message = state.ready.popleft()
            state.running[message.id] = asyncio.create_task(self._attempt(message))

    async def _claim(self) -> None:
        limit = CLAIMS_PER_CONNECTION * self._transport.concurrency - len(self._state.ready)
        if not self._state.held():
            self._state.renewed_at = monotonic()
        now = self._clock.now()
        async with self._database.transaction(wakes_jobs=False) as session:
            claimed = await repository.claim_due(
                session,
                channels=self._channels,
                held=self._state.held(),
                lease_id=self._lease_id,
                leased_until=now + self._lease,
                limit=limit,
                now=now,
            )
            if not claimed:
                await self._measure(session)
                self._state.next_due_at = await repository.next_due(session, channels=self._channels, now=now)
        self._state.has_claimed = bool(claimed)
        self._state.ready.extend(claimed)

    async def _renew_leases(self) -> None:
        async with self._database.transaction(wakes_jobs=False) as session:
            until = self._clock.now() + self._lease
            await repository.renew_leases(session, self._state.held(), lease_id=self._lease_id, leased_until=until)
        self._state.renewed_at = monotonic()

    async def _attempt(self, message: ClaimedMessage) -> None:
        """Try to send the message; whatever happens, the message is not lost and the sender goes on."""
        attempt, state = Attempt(message), self._state
        try:
            async with self._slots, asyncio.timeout(ATTEMPT_SECONDS):
                with message_span(self._tracer, self._transport.name):
                    result = await self._deliveries.deliver(attempt, self._transport, self._log)
            state.pause = FIRST_PAUSE
            # Another attempt uses the connection while the result waits for the next commit.
            if result is not None:
                await self._deliveries.record(result, self._transport, self._log)
        except (Unavailable, PermitsUnavailable) as error:
            await self._pause(attempt, error)
        except Exception as error:  # noqa: BLE001 - one message must not stop the others
            await self._set_aside(attempt, error)
        finally:
            state.running.pop(message.id, None)

    async def _pause(self, attempt: Attempt, error: Exception) -> None:
        """Claim nothing for a while, and return the message to the queue: it is not to blame."""
        state, now = self._state, monotonic()
        if now >= state.paused_until:
            log.warning(
                "%s: unavailable, pausing for %.0f s: %s: %s", self.name, state.pause, type(error).__name__, error
            )
            state.paused_until, state.pause = now + state.pause, min(state.pause * 2, MAX_PAUSE)
        due_at = self._clock.now() + timedelta(seconds=max(state.paused_until - now, 0))
        releases = [Release(message, due_at, "unavailable", message.in_transit) for message in state.ready]
        state.ready.clear()
        in_transit = attempt.message.in_transit and not attempt.handed_over
        releases.append(Release(attempt.message, due_at, "unavailable", in_transit))
        await asyncio.gather(*map(self._record_quietly, releases))

    async def _set_aside(self, attempt: Attempt, error: Exception) -> None:
        """Record a message that cannot be processed as failed work, which an operator sees, retries or drops."""
        message, uncertain = attempt.message, attempt.handed_over or attempt.message.in_transit
        now = self._clock.now()
        if is_transient(error):
            log.warning("%s: attempt at message %s failed: %s", self.name, message.id, type(error).__name__)
            await self._record_quietly(Release(message, now + self._deliveries.retry_delay(message), None, uncertain))
            return
        log.error("%s could not process message %s: %s", self.name, message.id, _describe(error))
        self._metrics.failed_work_failures.labels(job=repository.JOB_NAME).inc()
        try:
            async with self._database.transaction() as session:
                errors = {str(message.id): type(error).__name__}
                await failed_work.upsert(session, repository.JOB_NAME, errors, now=now)
        except CONNECTION_ERRORS:
            log.warning("%s: database unavailable, message %s is retried", self.name, message.id)
        await self._record_quietly(Release(message, now, "failed_work", uncertain))

    async def _record_quietly(self, release: Release) -> None:
        """Return a message to the queue. If the database is unavailable, the end of its lease does."""
        try:
            await self._log.record(release)
        except CONNECTION_ERRORS as error:
            log.warning(
                "%s: message %s waits for the end of its lease: %s", self.name, release.message.id, type(error).__name__
            )

    async def _measure(self, session: AsyncSession) -> None:
        """Set the gauges of the queue, not more often than they are read."""
        now = monotonic()
        if now - self._state.measured_at < MEASURE_SECONDS:
            return
        self._state.measured_at = now
        waiting, oldest = await repository.count_due(session, now=self._clock.now())
        self._metrics.messages_waiting.set(waiting)
        age = (self._clock.now() - oldest).total_seconds() if oldest else 0
        self._metrics.messages_waiting_seconds.set(age)

    async def _wait(self, commits: int) -> None:
        """Wait until an attempt ends, a message may have been queued, or it is time to look again."""
        state = self._state
        if running := list(state.running.values()):
            await asyncio.wait(running, timeout=min(POLL_SECONDS, self._net), return_when=asyncio.FIRST_COMPLETED)
        elif (paused := state.paused_until - monotonic()) > 0:
            await self._schedule.sleep(paused)
        elif not state.has_claimed:
            await self._schedule.wait(since=commits, due_at=state.next_due_at)

    async def _finish(self) -> None:
        """Finish the attempts that have begun and return the other messages."""
        state, now = self._state, self._clock.now()
        if state.running:
            await asyncio.wait(list(state.running.values()))
        releases = [Release(message, now, None, message.in_transit) for message in state.ready]
        state.ready.clear()
        await asyncio.gather(*map(self._record_quietly, releases))
        await self._log.drain()
        await self._transport.close()


def _describe(error: Exception) -> str:
    """Return class and position of an error. Its text may repeat addresses or parameters."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {frame.filename}:{frame.lineno}"
