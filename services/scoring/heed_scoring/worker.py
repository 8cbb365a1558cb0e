"""What runs beside scoring's HTTP door: the ledger's intake, the sweep, the fits, the relay."""

from collections.abc import Sequence
from datetime import datetime, time
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.advisory_locks import AdvisoryLock
from heed_common.broker.protocols import Bus
from heed_common.clock import Clock
from heed_common.consumer import Consumer
from heed_common.contracts.event import Event
from heed_common.decoding import ReceivedEvent
from heed_common.failed_work.isolation import Isolation
from heed_common.housekeeping import housekeeping
from heed_common.inbox import BatchHandler
from heed_common.periodic_job import PeriodicJob
from heed_common.relay import Relay
from heed_common.resources import Resources
from heed_common.worker import Worker
from heed_scoring import handlers
from heed_scoring.insights.drift import service
from heed_scoring.models.fitting import fitting, schedule
from heed_scoring.scores.daily_refresh import Sweep
from heed_scoring.scores.repository import SWEEP
from heed_scoring.settings import Settings
from heed_scoring.time_zone.service import agree_on_time_zone

TOPICS = ("heed.customer", "heed.complaint", "heed.survey")
GROUP = "heed-scoring"
MINUTE = 60.0


def create_worker(settings: Settings, resources: Resources, bus: Bus) -> Worker:
    """The loops of one scoring worker; several may run, each with its share of the customers."""
    database, clock, metrics = resources.database, resources.clock, resources.metrics
    scored, sweep = resources.signal("heed_scored"), Sweep()

    async def work_off_fits(session: AsyncSession, clock: Clock, isolate: Isolation) -> bool:
        return await fitting.run_next_fit(session, money=settings.money, clock=clock, isolate=isolate)

    async def ask_for_nightly_fit(session: AsyncSession, clock: Clock, isolate: Isolation) -> None:
        if settings.fit_schedule is not None:
            at = time.fromisoformat(settings.fit_schedule)
            await schedule.request_nightly_fit(session, at=at, clock=clock, isolate=isolate)

    timer = partial(PeriodicJob, database=database, clock=clock, metrics=metrics)

    async def agree_on_settings() -> None:
        async with database.transaction() as session:
            await agree_on_time_zone(session, time_zone=settings.time_zone)
            await fitting.sync_currency(session, money=settings.money, clock=clock)

    consumer = Consumer(
        database,
        bus.subscriber(group=GROUP, topics=TOPICS, instance_id=settings.instance_id),
        bus.publisher(),
        batch_handler=intake(clock),
        group=GROUP,
        clock=clock,
        metrics=metrics,
        on_committed=scored.notify,
    )
    return Worker(
        [
            Relay(database, bus.publisher(), outbox_signal=resources.outbox_signal, clock=clock, metrics=metrics),
            consumer,
            timer(SWEEP, sweep, lock=AdvisoryLock.DAILY_REFRESH),
            # While PostgreSQL writes one page the other is calculated.
            timer("second page of the sweep", sweep, lock=AdvisoryLock.DAILY_REFRESH_SECOND_PAGE),
            timer(fitting.JOB, work_off_fits, lock=AdvisoryLock.FIT),
            timer(schedule.JOB, ask_for_nightly_fit, lock=AdvisoryLock.NIGHTLY_FIT, pause=MINUTE),
            timer(service.JOB, service.Watch(metrics), lock=AdvisoryLock.DRIFT, pause=MINUTE),
            housekeeping(resources, settings),
        ],
        metrics=metrics,
        on_start=agree_on_settings,
    )


def intake(clock: Clock) -> BatchHandler:
    """What the consumer calls with each batch."""

    async def take_in(session: AsyncSession, batch: Sequence[ReceivedEvent[Event]], _: datetime) -> int:
        return await handlers.take_in(session, batch, clock=clock)

    return take_in
