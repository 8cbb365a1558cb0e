"""What runs beside the HTTP door of the complaint service: the way out, the way in, and time."""

from heed_common import inbox
from heed_common.broker.protocols import Bus
from heed_common.consumer import Consumer
from heed_common.housekeeping import housekeeping
from heed_common.relay import Relay
from heed_common.resources import Resources
from heed_common.worker import Worker
from heed_complaint.feedback.callback_answers.jobs import unanswered_job
from heed_complaint.handlers import counting_in
from heed_complaint.intake import retention
from heed_complaint.resolution.organisation import service as organisation
from heed_complaint.settings import Settings
from heed_complaint.sla.jobs import DeadlineScheduler
from heed_complaint.sla.promises.jobs import promise_job
from heed_complaint.sla.replanning.jobs import replanning_jobs
from heed_complaint.sla.terms.calendars import service as calendars

TOPICS = ("heed.customer", "heed.survey", "heed.scoring")
GROUP = "heed-complaint"


def create_worker(settings: Settings, resources: Resources, bus: Bus) -> Worker:
    """The loops of one worker of the complaint service; several may run."""
    database, clock, metrics = resources.database, resources.clock, resources.metrics

    async def settle_in() -> None:
        async with database.transaction() as session:
            await calendars.sync_default_time_zone(session, time_zone=settings.time_zone, now=clock.now())
            await organisation.sync_default_currency(session, currency=settings.currency)

    consumer = Consumer(
        database,
        bus.subscriber(group=GROUP, topics=TOPICS, instance_id=settings.instance_id),
        bus.publisher(),
        batch_handler=inbox.build_batch_handler(counting_in(settings.currency)),
        group=GROUP,
        clock=clock,
        metrics=metrics,
    )
    return Worker(
        [
            Relay(database, bus.publisher(), outbox_signal=resources.outbox_signal, clock=clock, metrics=metrics),
            consumer,
            DeadlineScheduler(database, clock=clock, metrics=metrics),
            *replanning_jobs(resources),
            promise_job(resources),
            unanswered_job(resources),
            housekeeping(resources, settings, retention.purges(receipt_days=settings.intake_receipt_days)),
        ],
        metrics=metrics,
        on_start=settle_in,
    )
