"""Background work of the complaint service: relay, consumer and scheduled jobs."""

from heed_common import inbox
from heed_common.broker.protocols import Bus
from heed_common.consumer import LINGER_SECONDS, Consumer
from heed_common.housekeeping import housekeeping
from heed_common.messages import retention as message_retention
from heed_common.messages.senders import create_senders
from heed_common.messages.transports.configured import transportable_channels
from heed_common.relay import Relay
from heed_common.resources import Resources
from heed_common.worker import Worker
from heed_complaint.correspondence.delivery.recipients import RecipientRecord
from heed_complaint.correspondence.templates.catalogue import TEMPLATES
from heed_complaint.correspondence.timers.jobs import message_timer_job
from heed_complaint.handlers import HANDLERS, with_default_currency
from heed_complaint.intake import retention
from heed_complaint.intake.imports import jobs as imports
from heed_complaint.lifecycle.notifications import service as notifications
from heed_complaint.reactions import REACTIONS
from heed_complaint.resolution.callback_answers.jobs import unanswered_job
from heed_complaint.resolution.organisation import service as organisation
from heed_complaint.settings import Settings
from heed_complaint.sla.jobs import DeadlineScheduler
from heed_complaint.sla.promises.jobs import promise_job
from heed_complaint.sla.replanning.jobs import replanning_jobs
from heed_complaint.sla.terms.calendars import service as calendars
from heed_complaint.workforce.open_complaints.jobs import open_complaints_job

TOPICS = ("heed.customer", "heed.survey", "heed.scoring")
GROUP = "heed-complaint"


def create_worker(settings: Settings, resources: Resources, bus: Bus) -> Worker:
    """Build one worker of the complaint service; several may run."""
    resources.database.reactions, resources.database.cipher = REACTIONS, settings.field_cipher()
    database, clock, metrics = resources.database, resources.clock, resources.metrics

    async def on_start() -> None:
        async with database.transaction() as session:
            await calendars.sync_default_time_zone(session, time_zone=settings.time_zone, now=clock.now())
            await organisation.sync_default_currency(session, currency=settings.currency)
            await notifications.sync_delivery(
                session,
                transports=transportable_channels(settings),
                reaches_customers=settings.customer_url is not None and settings.service_token is not None,
                public_url=settings.public_url,
                link_days=settings.intake_link_days,
                time_zone=settings.time_zone,
            )
            # Replies were recognised by the service token before they had a key of their own.
            former_key = settings.service_token.get_secret_value() if settings.service_token else None
            await notifications.ensure_reply_key(session, former_key=former_key)

    purges = {
        **retention.purges(receipt_days=settings.intake_receipt_days),
        **imports.purges(settings),
        **message_retention.purges(settings),
    }
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
        batch_handler=inbox.build_batch_handler(with_default_currency(settings.currency)),
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
            DeadlineScheduler(database, clock=clock, metrics=metrics),
            *replanning_jobs(resources),
            promise_job(resources),
            unanswered_job(resources),
            message_timer_job(resources),
            open_complaints_job(resources),
            imports.import_job(settings, resources),
            *create_senders(settings, resources, catalogue=TEMPLATES, on_hand_over=RecipientRecord()),
            housekeeping(resources, settings, purges),
        ],
        metrics=metrics,
        on_start=on_start,
    )
