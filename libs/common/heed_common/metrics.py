"""Metrics of a service for Prometheus. The client appends `_total` to the names of counters.

Each service has its own registry; the label `service` is added when they are read, because the embedded mode runs four
of them in one process.
"""

from collections.abc import Callable, Iterable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, ProcessCollector, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from heed_common import VERSION

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
LAG_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
BATCH_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30)
OF_THE_PROCESS = "process_"
BATCH_SIZES = (1, 5, 10, 50, 100, 250, 500, 1000)


class Metrics:
    """All metrics of one service."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.registry = registry = CollectorRegistry()
        build = Gauge("heed_build_info", "Always 1; the label is the version.", ["version"], registry=registry)
        build.labels(VERSION).set(1)
        self.http_requests = Counter(
            "heed_http_requests", "Requests answered.", ["method", "route", "status"], registry=registry
        )
        self.http_seconds = Histogram(
            "heed_http_request_seconds",
            "Time to answer a request.",
            ["method", "route"],
            buckets=REQUEST_SECONDS,
            registry=registry,
        )
        self.rows_not_shown = Counter(
            "heed_rows_not_shown", "Stored rows that a list left out.", ["route"], registry=registry
        )
        self.http_connections = Gauge("heed_http_connections", "Open connections.", registry=registry)
        self.connections_refused = Counter(
            "heed_connections_refused", "Connections refused or ended at the socket.", ["reason"], registry=registry
        )
        self.loop_lag_seconds = Histogram(
            "heed_event_loop_lag_seconds",
            "Lag of the event loop in seconds: no request was served meanwhile.",
            buckets=LAG_SECONDS,
            registry=registry,
        )
        self.outbox_depth = Gauge("heed_outbox_depth", "Events that wait for the relay.", registry=registry)
        self.outbox_age_seconds = Gauge(
            "heed_outbox_age_seconds", "Age of the oldest event that waits for the relay.", registry=registry
        )
        self.relay_published = Counter(
            "heed_relay_published", "Events that the broker has acknowledged.", registry=registry
        )
        self.consumer_lag = Gauge(
            "heed_consumer_lag", "Records behind the end of the partition.", ["topic", "partition"], registry=registry
        )
        self.batch_records = Histogram(
            "heed_consumer_batch_records", "Records processed in one batch.", buckets=BATCH_SIZES, registry=registry
        )
        self.batch_duration = Histogram(
            "heed_consumer_batch_duration_seconds", "Time to process a batch.", buckets=BATCH_SECONDS, registry=registry
        )
        self.duplicates = Counter(
            "heed_consumer_duplicates", "Events that had been processed before.", registry=registry
        )
        self.dead_letters = Counter("heed_dead_letters", "Events that could not be processed.", registry=registry)
        self.dead_letter_retries = Counter(
            "heed_dead_letter_retries", "Dead letters that were retried.", ["outcome"], registry=registry
        )
        self.consumer_stopped = Gauge(
            "heed_consumer_stopped", "1 while the consumer is stopped by too many dead letters.", registry=registry
        )

        self.webhook_attempts = Counter(
            "heed_webhook_attempts", "Requests to receivers of webhooks.", ["outcome"], registry=registry
        )
        self.webhook_seconds = Histogram(
            "heed_webhook_request_seconds",
            "Time until a receiver of webhooks responded.",
            buckets=REQUEST_SECONDS,
            registry=registry,
        )
        self.webhook_missed = Counter(
            "heed_webhook_missed",
            "Records that were purged before a webhook had passed them.",
            registry=registry,
        )
        self.webhook_waiting = Gauge(
            "heed_webhook_waiting", "Records that a webhook has not passed.", ["webhook"], registry=registry
        )
        self.failed_work = Gauge("heed_failed_work", "Rows that wait for another attempt.", ["job"], registry=registry)
        self.failed_work_failures = Counter(
            "heed_failed_work_failures", "Attempts at a row that failed.", ["job"], registry=registry
        )
        self.messages = Counter("heed_messages", "Messages that ended.", ["transport", "state"], registry=registry)
        self.message_retries = Counter(
            "heed_message_retries", "Messages that will be sent again later.", ["transport"], registry=registry
        )
        self.message_possible_duplicates = Counter(
            "heed_message_possible_duplicates",
            "Messages handed over again whose earlier result is unknown.",
            ["transport"],
            registry=registry,
        )
        self.messages_waiting = Gauge("heed_messages_waiting", "Messages that are due.", registry=registry)
        self.messages_waiting_seconds = Gauge(
            "heed_messages_waiting_seconds", "Age of the oldest message that is due.", registry=registry
        )
        self.dead_letters_waiting = Gauge(
            "heed_dead_letters_waiting", "Dead letters that an operator has to retry or drop.", registry=registry
        )
        self.loop_restarts = Counter(
            "heed_loop_restarts", "Restarts of loops after unexpected errors.", ["loop"], registry=registry
        )
        self.job_last_run = Gauge(
            "heed_job_last_run_timestamp_seconds",
            "When the job last looked for work without an error.",
            ["job"],
            registry=registry,
        )
        self.job_lateness = Histogram(
            "heed_job_lateness_seconds",
            "From the moment at which time alone made work due to its beginning.",
            ["job"],
            buckets=LAG_SECONDS,
            registry=registry,
        )
        self.trace_spans = Counter(
            "heed_trace_spans", "Spans by how they ended: exported or dropped.", ["outcome"], registry=registry
        )
        self.database_connections = Gauge(
            "heed_database_connections",
            "Connections of the pool; `max` is its size.",
            ["state"],
            registry=registry,
        )

    def watch_pool(self, *, size: int, in_use: Callable[[], int]) -> None:
        """Show how many connections of the pool are in use whenever the metrics are read."""
        self.database_connections.labels("max").set(size)
        self.database_connections.labels("in_use").set_function(in_use)

    def render(self) -> bytes:
        """Return this service's metrics in the text format of Prometheus."""
        return render([self])


class _Merged(Collector):
    """Several services as one: the help of a family appears once, followed by the samples of all services.

    Values of the same service in another process are added, since each counts or measures in one of them only.
    """

    def __init__(self, services: Sequence[Metrics], others: str) -> None:
        self._services = services
        self._others = others

    def collect(self) -> Iterable[Metric]:
        families = self._collect_own()
        for family in text_string_to_metric_families(self._others):
            if family.name.startswith(OF_THE_PROCESS):
                continue  # Those of this process have the same names.
            merged = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            merged.samples = _add(merged.samples, family.samples)
        return families.values()

    def _collect_own(self) -> dict[str, Metric]:
        families: dict[str, Metric] = {}
        for service in self._services:
            for family in service.registry.collect():
                merged = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
                merged.samples += [
                    sample._replace(labels={"service": service.service, **sample.labels})
                    for sample in family.samples
                    if not sample.name.endswith("_created")
                ]
        return families


def _add(samples: Iterable[Sample], others: Iterable[Sample]) -> list[Sample]:
    """Return the samples with the values of the others added to those of the same name and labels."""
    added = {(sample.name, *sorted(sample.labels.items())): sample for sample in samples}
    for sample in others:
        key = (sample.name, *sorted(sample.labels.items()))
        same = added.get(key)
        added[key] = sample if same is None else same._replace(value=same.value + sample.value)
    return list(added.values())


def render(services: Sequence[Metrics], *, others: str = "") -> bytes:
    """Return the metrics of the services in the text format of Prometheus, with those that another process rendered."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Merged(services, others))
    return generate_latest(registry)
