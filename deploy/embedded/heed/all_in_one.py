"""All of Heed behind one address: PostgreSQL, the log, the HTTP APIs of four services, and their workers, here or in a
process of their own."""

import asyncio
import logging
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from heed import admin, contact_keys, message_settings
from heed.app import ProductMetrics, create_app
from heed.errors import CommandError
from heed.gateway import PLATFORM
from heed.interface_docs import write
from heed.postgres_location import ClusterError
from heed.postgres_server import Cluster
from heed.services import (
    LOG_DATABASE,
    Application,
    Running,
    all_services,
    import_services,
    log_worker,
    migrate,
    open_service,
    overrides,
)
from heed.settings import Settings
from heed.worker_supervisor import WorkerSupervisor
from heed_common import breaker, health
from heed_common.broker import topics
from heed_common.broker.bus import EMBEDDED, open_bus
from heed_common.broker.protocols import Bus
from heed_common.clock import Clock, SystemClock
from heed_common.http import server as serving
from heed_common.http.app import prepare_routes
from heed_common.http.limits import ConnectionLimits
from heed_common.metrics import Metrics
from heed_common.platform.app import create_app as create_platform_app
from heed_common.resources import Resources
from heed_common.tracing.process import span_export
from heed_common.worker import Worker
from heed_common.write_probe import accepts_writes

if TYPE_CHECKING:
    from heed_common.tracing.export import SpanExport

READY_POLL_SECONDS = 0.02
SUPERVISION_SECONDS = 1.0

log = logging.getLogger(__name__)


class PortInUse(CommandError):
    """Another process listens on the port."""


async def serve(settings: Settings, *, clock: Clock | None = None) -> None:
    """Serve until SIGTERM or Ctrl-C, then drain. An error of a background task is raised at the end."""
    limits = ConnectionLimits.of_settings(settings)
    stop = serving.stop_on_signals()
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(_listener(settings))
        spans = await stack.enter_async_context(span_export())
        addresses = await stack.enter_async_context(_databases(settings))
        clock = clock or SystemClock()
        services, bus = await stack.enter_async_context(_services(settings, addresses, clock, spans))
        platform = await stack.enter_async_context(_platform(settings, services, clock, spans))
        supervisor = WorkerSupervisor() if settings.has_worker_process else None
        metrics_of_apps = [app.state.metrics for app in (*(running.app for running in services), platform)]
        metrics = ProductMetrics(metrics_of_apps, supervisor)
        product = Product(settings, services, platform, log_worker(bus, clock, metrics), supervisor, metrics)
        await _run(product, listener, stop, limits)


@asynccontextmanager
async def running_or_temporary_cluster(settings: Settings) -> AsyncIterator[Cluster]:
    """Yield the databases of the running product, or of a temporary one that is started and migrated."""
    async with find_or_start_cluster(settings) as (cluster, is_running):
        if not is_running:
            for service in all_services():
                await migrate(service, service.load_settings(cluster.url))
        yield cluster


@asynccontextmanager
async def find_or_start_cluster(settings: Settings) -> AsyncIterator[tuple[Cluster, bool]]:
    """Yield the databases without migrations, and whether the product is running; if not, start them temporarily."""
    running = Cluster(settings.data_dir / "postgres")
    if await asyncio.to_thread(running.attach):
        yield running, await asyncio.to_thread(running.is_owned)
        return
    async with _databases(settings) as cluster:
        yield cluster, False


async def migrate_all(settings: Settings) -> None:
    """Migrate every database to the newest revision."""
    async with running_or_temporary_cluster(settings) as cluster:
        for service in all_services():
            await migrate(service, service.load_settings(cluster.url))


@contextmanager
def _listener(settings: Settings) -> Iterator[socket.socket]:
    """Bind the port before anything is started, because without it nothing can be served."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            reason = f"cannot listen on {settings.host}:{settings.port} ({error.strerror}); HEED_PORT names another"
            raise PortInUse(reason) from None
        yield listener


@asynccontextmanager
async def _databases(settings: Settings) -> AsyncIterator[Cluster]:
    """Run PostgreSQL with a database for each service and one for the log."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ClusterError(f"HEED_DATA_DIR: {settings.data_dir} cannot be created: {error.strerror}") from None
    cluster = Cluster(settings.data_dir / "postgres")
    try:
        # The services are imported meanwhile, which takes as long.
        imports = asyncio.to_thread(import_services, workers=not settings.has_worker_process)
        await asyncio.gather(asyncio.to_thread(cluster.start), imports)
        if cluster.location.moved:
            moved = (
                f"The data are in {cluster.location.directory}: PostgreSQL's account cannot reach {settings.data_dir}."
            )
            print(moved, file=sys.stderr)  # Commands that borrow the databases answer on stdout.
        for name in (*(service.name for service in all_services()), LOG_DATABASE):
            await asyncio.to_thread(cluster.create_database, name)
        async with _supervise(cluster):
            yield cluster
    finally:
        await asyncio.to_thread(cluster.stop)


@asynccontextmanager
async def _supervise(cluster: Cluster) -> AsyncIterator[None]:
    """Restart PostgreSQL when it has died: the services only wait for their database."""
    stop = asyncio.Event()

    async def restart_while_needed() -> None:
        while not stop.is_set():
            try:
                await asyncio.to_thread(cluster.restart_if_dead)
            except ClusterError as error:
                log.warning("embedded PostgreSQL: not running, restart failed: %s", error)
            except Exception:
                log.exception("embedded PostgreSQL: check failed, retrying")
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), SUPERVISION_SECONDS)

    supervisor = asyncio.create_task(restart_while_needed())
    try:
        yield
    finally:
        stop.set()  # Not cancelled: its thread would continue, and could start the server that is being stopped.
        await supervisor


@asynccontextmanager
async def _services(
    settings: Settings, cluster: Cluster, clock: Clock, spans: "SpanExport | None"
) -> AsyncIterator[tuple[Sequence[Running], Bus]]:
    """Yield all four services, migrated and with the owner's key, and their bus; they are not started yet."""
    async with AsyncExitStack() as stack:
        bus = open_bus(settings, log_url=settings.database_url or cluster.url(LOG_DATABASE))
        stack.push_async_callback(bus.close)
        await (topics.apply if settings.bus == EMBEDDED else topics.check)(bus, partitions=settings.partitions)
        opened = []
        contact_keys.ensure(settings)
        message_settings.ensure(settings)
        has_workers = not settings.has_worker_process
        for service in all_services():
            own = service.load_settings(cluster.url, overrides=overrides(settings))
            await migrate(service, own)
            running = open_service(service, own, bus, clock=clock, has_worker=has_workers, spans=spans)
            opened.append(running)
            stack.push_async_callback(running.resources.close)
            # Without another process only commands send signals.
            running.resources.connect(sends=not has_workers)
            await stack.enter_async_context(running.app.router.lifespan_context(running.app))
        databases = {running.service.name: running.resources.database for running in opened}
        key = await admin.ensure_token(settings.token_file, databases, now=clock.now())
        if advice := admin.advice(key, settings.token_file):
            print(advice, file=sys.stderr)
        yield opened, bus


@asynccontextmanager
async def _platform(
    settings: Settings, services: Sequence[Running], clock: Clock, spans: "SpanExport | None"
) -> AsyncIterator[Application]:
    """Yield the application of what belongs to all services, with its background work running."""
    databases = {running.service.name: running.resources.database for running in services}
    home = services[0]
    resources = Resources(home.resources.database, clock, Metrics(PLATFORM))
    resources.trace(spans, bus=home.settings.bus)
    write_rotations = admin.write_rotations(settings.token_file)
    app = create_platform_app(home.settings, resources, databases, on_rotated=write_rotations)
    async with app.router.lifespan_context(app):
        yield app


@dataclass(frozen=True, slots=True)
class Product:
    """The parts that run in this process."""

    settings: Settings
    services: Sequence[Running]
    platform: Application
    """Callers, keys and the audit trail of all services."""
    log_worker: Worker
    supervisor: WorkerSupervisor | None
    """Of the workers, unless they run in this process."""
    metrics: ProductMetrics

    @property
    def loops(self) -> "Sequence[Worker | WorkerSupervisor]":
        if self.supervisor is not None:
            return [self.supervisor]
        return [*(running.worker for running in self.services), self.log_worker]


async def _run(product: Product, listener: socket.socket, stop: asyncio.Event, limits: ConnectionLimits) -> None:
    """Run until a stop signal or an error that only an operator can fix; then stop everything in order."""
    readiness = _readiness(product)
    server = _server(product, readiness, limits)
    loops = [asyncio.create_task(loop.run()) for loop in product.loops]
    http_server = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    banner = asyncio.create_task(_print_banner(product.settings, readiness))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([*loops, http_server, stopping], return_when=asyncio.FIRST_COMPLETED)
    readiness.drain()
    banner.cancel()
    stopping.cancel()
    server.should_exit = True
    for loop in product.loops:
        loop.stop()
    results = await asyncio.gather(*loops, http_server, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


def _server(product: Product, readiness: health.Readiness, limits: ConnectionLimits) -> serving.Server:
    services, metrics, settings = product.services, product.metrics, product.settings

    @cache
    def describe() -> write.Documents:
        by_service = {running.service.name: running.app.openapi() for running in services}
        by_service[PLATFORM] = product.platform.openapi()
        return write.describe([running.service for running in services], by_service)

    apps = {running.service.name: running.app for running in services} | {PLATFORM: product.platform}
    for served in apps.values():
        prepare_routes(served)
    app = create_app(
        apps,
        documents=describe,
        readiness=readiness,
        metrics=metrics,
        authenticator=services[0].app.state.authenticator,
    )
    return serving.Server(app, host=settings.host, port=settings.port, limits=limits, metrics=metrics)


def _readiness(product: Product) -> health.Readiness:
    """Return the readiness of all services: database, migrations, every loop, and checks that only degrade it."""
    readiness = health.Readiness()
    supervisor = product.supervisor
    for running in product.services:
        name, database, worker = running.service.name, running.resources.database, running.worker
        started = supervisor.tasks_started(name) if supervisor else serving.tasks_started(worker)
        restarts = supervisor.nothing_restarts(name) if supervisor else serving.no_task_restarting(worker)
        readiness.add(f"{name}.database", health.database_reachable(database))
        readiness.add(f"{name}.writes", accepts_writes(database), required=False)
        readiness.add(f"{name}.migrations", health.migrations_applied(database, running.service.package))
        readiness.add(f"{name}.loops", started)
        readiness.add(f"{name}.consumer", breaker.consumers_not_stopped(database, service=name), required=False)
        readiness.add(f"{name}.restarts", restarts, required=False)
        readiness.add(f"{name}.failed_work", health.no_failed_work(database), required=False)
    log_restarts = (
        supervisor.nothing_restarts(LOG_DATABASE) if supervisor else serving.no_task_restarting(product.log_worker)
    )
    readiness.add(f"{LOG_DATABASE}.restarts", log_restarts, required=False)
    return readiness


async def _print_banner(settings: Settings, readiness: health.Readiness) -> None:
    """Print the addresses and paths that a user needs, once the product is ready."""
    while not (await readiness.report()).is_ready:  # noqa: ASYNC110 readiness can only be polled
        await asyncio.sleep(READY_POLL_SECONDS)
    print(f"Heed serves on {settings.address}")
    print(f"  documentation  {settings.address}/docs")
    print(f"  your token     {settings.token_file}")
    print(f"  data           {settings.data_dir}")
    print("  Ctrl-C ends it", flush=True)
