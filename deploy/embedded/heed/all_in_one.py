"""All of Heed in one process: PostgreSQL, the log, four services' doors and loops, one address."""

import asyncio
import logging
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from functools import cache

from heed import admin
from heed.app import ProductMetrics, create_app
from heed.errors import Refusal
from heed.interface_docs import write
from heed.postgres_location import ClusterError
from heed.postgres_server import Cluster
from heed.services import Running, all_services, migrate, open_service
from heed.settings import Settings
from heed_common import breaker, health
from heed_common.broker import topics
from heed_common.broker.bus import EMBEDDED, open_bus
from heed_common.broker.postgres.bus import PostgresBus
from heed_common.broker.protocols import Bus
from heed_common.clock import Clock, SystemClock
from heed_common.http import server as serving
from heed_common.http.app import prepare_routes
from heed_common.http.limits import ConnectionLimits
from heed_common.worker import Worker
from heed_common.write_probe import accepts_writes

Command = Callable[[Sequence[str]], int]
LOG = "log"
"""The database of the embedded log."""
READY_POLL_SECONDS = 0.02
KEEP_SECONDS = 1.0

log = logging.getLogger(__name__)


class PortTaken(Refusal):
    """Somebody else listens there."""


async def serve(settings: Settings, *, clock: Clock | None = None) -> None:
    """Serves until SIGTERM or Ctrl-C, then drains. What a loop of a service raised is raised at the end."""
    limits = ConnectionLimits.of_settings(settings)
    stop = serving.stop_on_signals()
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(_listener(settings))
        addresses = await stack.enter_async_context(_databases(settings))
        clock = clock or SystemClock()
        services, bus = await stack.enter_async_context(_services(settings, addresses, clock))
        metrics = ProductMetrics([running.resources.metrics for running in services])
        keepers = [bus.housekeeping(clock, metrics)] if isinstance(bus, PostgresBus) else []
        log_keeper = Worker(keepers, metrics=metrics)
        await _run(settings, services, log_keeper, metrics, listener, stop, limits)


@asynccontextmanager
async def borrowed(settings: Settings) -> AsyncIterator[Cluster]:
    """Yield the databases of the running product, or of a temporary one that is started and migrated."""
    async with reached(settings) as (cluster, is_running):
        if not is_running:
            for service in all_services():
                await migrate(service, service.load_settings(cluster.url))
        yield cluster


@asynccontextmanager
async def reached(settings: Settings) -> AsyncIterator[tuple[Cluster, bool]]:
    """Yield the databases without migrations, and whether the product is running; if not, start them temporarily."""
    running = Cluster(settings.data_dir / "postgres")
    if await asyncio.to_thread(running.attach):
        yield running, await asyncio.to_thread(running.is_owned)
        return
    async with _databases(settings) as cluster:
        yield cluster, False


async def migrate_all(settings: Settings) -> None:
    """Brings every database to the newest shape and ends."""
    async with borrowed(settings) as cluster:
        for service in all_services():
            await migrate(service, service.load_settings(cluster.url))


@contextmanager
def _listener(settings: Settings) -> Iterator[socket.socket]:
    """Taken first: who cannot have the port need not start anything."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            reason = f"cannot listen on {settings.host}:{settings.port} ({error.strerror}); HEED_PORT names another"
            raise PortTaken(reason) from None
        yield listener


@asynccontextmanager
async def _databases(settings: Settings) -> AsyncIterator[Cluster]:
    """PostgreSQL with a database for each service and one for the log."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ClusterError(f"HEED_DATA_DIR: {settings.data_dir} cannot be made: {error.strerror}") from None
    cluster = Cluster(settings.data_dir / "postgres")
    try:
        # The services are imported meanwhile, which takes as long.
        await asyncio.gather(asyncio.to_thread(cluster.start), asyncio.to_thread(all_services))
        if cluster.place.moved:
            moved = f"The data lie in {cluster.place.directory}: PostgreSQL's account cannot reach {settings.data_dir}."
            print(moved, file=sys.stderr)  # Commands that borrow the databases answer on stdout.
        for name in (*(service.name for service in all_services()), LOG):
            await asyncio.to_thread(cluster.create_database, name)
        async with _kept(cluster):
            yield cluster
    finally:
        await asyncio.to_thread(cluster.stop)


@asynccontextmanager
async def _kept(cluster: Cluster) -> AsyncIterator[None]:
    """The services wait for their database when it is away; somebody has to bring it back."""
    enough = asyncio.Event()

    async def keep() -> None:
        while not enough.is_set():
            try:
                await asyncio.to_thread(cluster.keep)
            except ClusterError as error:
                log.warning("PostgreSQL is away and does not start yet: %s", error)
            except Exception:
                log.exception("check of the embedded PostgreSQL failed, retrying")
            with suppress(TimeoutError):
                await asyncio.wait_for(enough.wait(), KEEP_SECONDS)

    keeping = asyncio.create_task(keep())
    try:
        yield
    finally:
        enough.set()  # Not cancelled: its thread would go on, and could start what is being stopped.
        await keeping


@asynccontextmanager
async def _services(settings: Settings, cluster: Cluster, clock: Clock) -> AsyncIterator[tuple[Sequence[Running], Bus]]:
    """Yield all four services, migrated and with the owner's key, and their bus; they are not started yet."""
    async with AsyncExitStack() as stack:
        bus = open_bus(settings, log_url=settings.database_url or cluster.url(LOG))
        stack.push_async_callback(bus.close)
        await (topics.apply if settings.bus == EMBEDDED else topics.check)(bus, partitions=settings.partitions)
        opened = []
        for service in all_services():
            own = service.load_settings(cluster.url)
            await migrate(service, own)
            opened.append(running := open_service(service, own, bus, clock=clock))
            stack.push_async_callback(running.resources.close)
            await stack.enter_async_context(running.app.router.lifespan_context(running.app))
        databases = {running.service.name: running.resources.database for running in opened}
        key = await admin.ensure_token(settings.token_file, databases, now=clock.now())
        if advice := admin.advice(key, settings.token_file):
            print(advice, file=sys.stderr)
        yield opened, bus


async def _run(
    settings: Settings,
    services: Sequence[Running],
    log_keeper: Worker,
    metrics: ProductMetrics,
    listener: socket.socket,
    stop: asyncio.Event,
    limits: ConnectionLimits,
) -> None:
    """Run until a stop signal or an error that only an operator can fix; then stop everything in order."""
    readiness = _readiness(services, log_keeper)
    server = _server(settings, services, readiness, metrics, limits)
    workers = [*(running.worker for running in services), log_keeper]
    loops = [asyncio.create_task(worker.run()) for worker in workers]
    door = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    announcing = asyncio.create_task(_announce(settings, readiness))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([*loops, door, stopping], return_when=asyncio.FIRST_COMPLETED)
    readiness.drain()
    announcing.cancel()
    stopping.cancel()
    server.should_exit = True
    for worker in workers:
        worker.stop()
    results = await asyncio.gather(*loops, door, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


def _server(
    settings: Settings,
    services: Sequence[Running],
    readiness: health.Readiness,
    metrics: ProductMetrics,
    limits: ConnectionLimits,
) -> serving.Server:
    @cache
    def describe() -> write.Documents:
        by_service = {running.service.name: running.app.openapi() for running in services}
        return write.describe([running.service for running in services], by_service)

    for running in services:
        prepare_routes(running.app)
    app = create_app(
        {running.service.name: running.app for running in services},
        documents=describe,
        readiness=readiness,
        metrics=metrics,
        authenticator=services[0].app.state.authenticator,
    )
    return serving.Server(app, host=settings.host, port=settings.port, limits=limits, metrics=metrics)


def _readiness(services: Sequence[Running], log_keeper: Worker) -> health.Readiness:
    """Return the readiness of all services: database, migrations, every loop, and checks that only degrade it."""
    readiness = health.Readiness()
    for running in services:
        name, database = running.service.name, running.resources.database
        readiness.add(f"{name}.database", health.database_reachable(database))
        readiness.add(f"{name}.writes", accepts_writes(database), required=False)
        readiness.add(f"{name}.migrations", health.migrations_applied(database, running.service.package))
        readiness.add(f"{name}.loops", serving.tasks_started(running.worker))
        readiness.add(f"{name}.consumer", breaker.consumers_not_stopped(database, service=name), required=False)
        readiness.add(f"{name}.restarts", serving.no_task_restarting(running.worker), required=False)
        readiness.add(f"{name}.failed_work", health.no_failed_work(database), required=False)
    readiness.add(f"{LOG}.restarts", serving.no_task_restarting(log_keeper), required=False)
    return readiness


async def _announce(settings: Settings, readiness: health.Readiness) -> None:
    """Tells the person at the terminal what they need, once it works."""
    while not (await readiness.report()).is_ready:  # noqa: ASYNC110 readiness can only be polled
        await asyncio.sleep(READY_POLL_SECONDS)
    print(f"Heed serves on {settings.address}")
    print(f"  documentation  {settings.address}/docs")
    print(f"  your token     {settings.token_file}")
    print(f"  data           {settings.data_dir}")
    print("  Ctrl-C ends it", flush=True)
