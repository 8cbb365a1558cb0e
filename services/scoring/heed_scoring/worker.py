"""Background tasks of scoring: consumer, daily refresh, fits, drift, relay."""

from datetime import time
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.advisory_locks import AdvisoryLock
from heed_common.broker.protocols import Bus
from heed_common.clock import Clock
from heed_common.consumer import Consumer
from heed_common.failed_work.isolation import Isolation
from heed_common.housekeeping import housekeeping
from heed_common.inbox import BatchHandler
from heed_common.periodic_job import PeriodicJob
from heed_common.relay import Relay
from heed_common.resources import Resources
from heed_common.worker import Worker
from heed_scoring import handlers
from heed_scoring.insights.drift import service as drift
from heed_scoring.models.fitting import fitting, schedule
from heed_scoring.scores.daily_refresh import DailyRefresh
from heed_scoring.scores.repository import DAILY_REFRESH
from heed_scoring.settings import Settings
from heed_scoring.time_zone.service import sync_default_time_zone

TOPICS = ("heed.customer", "heed.complaint", "heed.survey")
GROUP = "heed-scoring"
SECOND_STREAM = "consumer_second_stream"
MINUTE = 60.0
RELAY_LINGER_SECONDS = 0.01
"""So a caller who waits for a score reads it before it is published."""


def create_worker(settings: Settings, resources: Resources, bus: Bus) -> Worker:
    """Return the tasks of one scoring worker; several may run, each with its share of the customers."""
    database, clock, metrics = resources.database, resources.clock, resources.metrics
    scored, refresh = resources.signal("heed_scored"), DailyRefresh()

    async def run_next_fit(session: AsyncSession, clock: Clock, isolate: Isolation) -> bool:
        return await fitting.run_next_fit(session, money=settings.money, clock=clock, isolate=isolate)

    async def request_nightly_fit(session: AsyncSession, clock: Clock, isolate: Isolation) -> bool:
        if settings.fit_schedule is None:
            return False
        at = time.fromisoformat(settings.fit_schedule)
        return await schedule.request_nightly_fit(session, at=at, clock=clock, isolate=isolate)

    job = partial(PeriodicJob, database=database, clock=clock, metrics=metrics)

    daily_refresh = partial(job, function=refresh, next_due=refresh.next_due)

    async def sync_settings() -> None:
        async with database.transaction() as session:
            await sync_default_time_zone(session, time_zone=settings.time_zone)
            await fitting.sync_currency(session, money=settings.money, clock=clock)

    def consumer(name: str, instance_id: str | None) -> Consumer:
        return Consumer(
            database,
            bus.subscriber(group=GROUP, topics=TOPICS, instance_id=instance_id),
            bus.publisher(),
            batch_handler=batch_handler(clock),
            group=GROUP,
            clock=clock,
            metrics=metrics,
            on_committed=scored.notify_of,
            name=name,
            tracer=resources.tracer,
        )

    return Worker(
        [
            Relay(
                database,
                bus.publisher(),
                outbox_signal=resources.outbox_signal,
                clock=clock,
                metrics=metrics,
                linger=RELAY_LINGER_SECONDS,
                tracer=resources.tracer,
            ),
            *(consumer(*stream) for stream in streams(bus, instance_id=settings.instance_id)),
            daily_refresh(DAILY_REFRESH, lock=AdvisoryLock.DAILY_REFRESH),
            # While PostgreSQL writes one page the other is calculated.
            daily_refresh(f"{DAILY_REFRESH}_second_page", lock=AdvisoryLock.DAILY_REFRESH_SECOND_PAGE),
            job(fitting.JOB, run_next_fit, lock=AdvisoryLock.FIT),
            job(schedule.JOB, request_nightly_fit, lock=AdvisoryLock.NIGHTLY_FIT, pause=MINUTE),
            job(drift.JOB, drift.DriftJob(metrics), lock=AdvisoryLock.DRIFT, pause=MINUTE),
            housekeeping(resources, settings),
        ],
        metrics=metrics,
        on_start=sync_settings,
    )


def streams(bus: Bus, *, instance_id: str | None) -> list[tuple[str, str | None]]:
    """Return name and instance id of each member of the group in one worker.

    Where members share the partitions there are two: one is calculated while PostgreSQL writes the other. Each has the
    partitions of its customers, so their events stay in order, and is a member like one of another process.
    """
    members: list[tuple[str, str | None]] = [("consumer", instance_id)]
    if bus.shares_groups:
        members.append((SECOND_STREAM, f"{instance_id}.second-stream" if instance_id else None))
    return members


def batch_handler(clock: Clock) -> BatchHandler:
    """Return the function that the consumer calls with each batch."""
    return partial(handlers.process_batch, clock=clock)
