"""Background tasks of the survey service: relay, consumer, call-back job and housekeeping."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import inbox
from heed_common.advisory_locks import AdvisoryLock
from heed_common.broker.protocols import Bus
from heed_common.clock import Clock
from heed_common.consumer import LINGER_SECONDS, Consumer
from heed_common.failed_work.isolation import Isolation
from heed_common.housekeeping import housekeeping
from heed_common.messages import retention as message_retention
from heed_common.messages.senders import create_senders
from heed_common.periodic_job import PeriodicJob
from heed_common.relay import Relay
from heed_common.resources import Resources
from heed_common.worker import Worker
from heed_survey.call_backs import service as call_backs
from heed_survey.collection import retention
from heed_survey.collection.imports import jobs as response_imports
from heed_survey.handlers import HANDLERS
from heed_survey.invitations.batches.jobs import batch_job
from heed_survey.invitations.delivery.service import late_parts
from heed_survey.invitations.delivery.texts import TEMPLATES
from heed_survey.invitations.reminders.jobs import reminder_job
from heed_survey.invitations.triggers.jobs import purges as trigger_purges
from heed_survey.invitations.triggers.jobs import trigger_job
from heed_survey.reactions import REACTIONS
from heed_survey.responses import jobs as response_jobs
from heed_survey.settings import Settings

TOPICS = ("heed.customer", "heed.complaint", "heed.scoring")
GROUP = "heed-survey"


def create_worker(settings: Settings, resources: Resources, bus: Bus) -> Worker:
    """Return a worker; several may run at the same time."""
    resources.database.reactions, resources.database.cipher = REACTIONS, settings.field_cipher()
    database, clock, metrics = resources.database, resources.clock, resources.metrics

    async def send_due_invitations(session: AsyncSession, clock: Clock, isolate: Isolation) -> int:
        delay = settings.call_back_delay
        return await call_backs.send_due_invitations(session, delay=delay, now=clock.now(), isolate=isolate)

    async def next_call_back(session: AsyncSession, now: datetime) -> datetime | None:
        return await call_backs.next_due(session, delay=settings.call_back_delay, now=now)

    async def ensure_survey() -> None:
        async with database.transaction() as session:
            await call_backs.ensure_survey(session, now=clock.now())

    links = late_parts(database, clock, public_url=settings.public_url, secret=settings.service_token)
    relay = Relay(
        database,
        bus.publisher(),
        outbox_signal=resources.outbox_signal,
        clock=clock,
        metrics=metrics,
        tracer=resources.tracer,
    )
    consumer = Consumer(
        database,
        bus.subscriber(group=GROUP, topics=TOPICS, instance_id=settings.instance_id),
        bus.publisher(),
        batch_handler=inbox.build_batch_handler(HANDLERS),
        handled=HANDLERS,
        group=GROUP,
        clock=clock,
        metrics=metrics,
        linger=LINGER_SECONDS,
        tracer=resources.tracer,
    )
    return Worker(
        [
            relay,
            consumer,
            PeriodicJob(
                call_backs.JOB_NAME,
                send_due_invitations,
                database=database,
                clock=clock,
                metrics=metrics,
                lock=AdvisoryLock.CALL_BACK_INVITATIONS,
                next_due=next_call_back,
            ),
            *response_jobs.create_jobs(settings, resources),
            batch_job(resources),
            response_imports.import_job(settings, resources),
            trigger_job(resources),
            reminder_job(resources),
            *create_senders(settings, resources, catalogue=TEMPLATES, late_parts=links),
            housekeeping(
                resources,
                settings,
                {
                    **message_retention.purges(settings),
                    **trigger_purges(),
                    **retention.purges(),
                    **response_imports.purges(settings),
                },
            ),
        ],
        metrics=metrics,
        on_start=ensure_survey,
    )
