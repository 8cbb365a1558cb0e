"""Command line of a service: `python -m heed_<service> api | worker | migrate | openapi | health`."""

import argparse
import asyncio
import http.client
import json
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI

from heed_common import VERSION, breaker, health, logs, migrations
from heed_common.broker import topics
from heed_common.broker.bus import EMBEDDED, open_bus
from heed_common.broker.protocols import Bus, MissingTopic, WrongPartitions
from heed_common.encrypted_columns import EncryptedColumn, encrypt_plain_values
from heed_common.gc_tuning import freeze_startup_objects
from heed_common.health import Readiness
from heed_common.http import server
from heed_common.http.app import create_probes, prepare_routes
from heed_common.http.limits import ConnectionLimits
from heed_common.platform import grants
from heed_common.resources import Resources
from heed_common.restarts import Restarts
from heed_common.settings import ServiceSettings, SettingsError, read_database_url
from heed_common.tracing.process import span_export
from heed_common.worker import Worker
from heed_common.write_probe import accepts_writes

FAILED, REFUSED = 1, 2
PROBE_SECONDS = 3
LOG = "log"


@dataclass(frozen=True, slots=True)
class Service:
    """The parts of a service."""

    settings: type[ServiceSettings]
    create_app: Callable[[Any, Resources], FastAPI]
    create_worker: Callable[[Any, Resources, Bus], Worker]
    package: str
    encrypted: Sequence[EncryptedColumn]
    """Columns that were plain in an earlier version."""


@dataclass(frozen=True, slots=True)
class ExtraCommand:
    """A command that only one service has."""

    help: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Any, argparse.Namespace], int]
    """Called with the service's settings; returns the exit status."""


NO_EXTRA_COMMANDS: Mapping[str, ExtraCommand] = MappingProxyType({})


def run(
    settings: type[ServiceSettings],
    *,
    create_app: Callable[[Any, Resources], FastAPI],
    create_worker: Callable[[Any, Resources, Bus], Worker],
    migrations: str,
    extra_commands: Mapping[str, ExtraCommand] = NO_EXTRA_COMMANDS,
    encrypted: Sequence[EncryptedColumn] = (),
    arguments: Sequence[str] | None = None,
) -> int:
    """Run the command of the arguments and return the exit status; `migrations` is the package that contains them."""
    service = Service(settings, create_app, create_worker, migrations, encrypted)
    options = _parser(migrations, extra_commands).parse_args(arguments)
    try:
        if options.command in extra_commands:
            return extra_commands[options.command].run(_load(service), options)
        return COMMANDS[options.command](service, options)
    except (SettingsError, WrongPartitions) as error:
        print(error, file=sys.stderr)
        return REFUSED


def _parser(package: str, extra_commands: Mapping[str, ExtraCommand]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {package}")
    parser.add_argument("--version", action="version", version=f"{package} {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("api", help="serve the HTTP API")
    commands.add_parser("worker", help="run relay, consumer and periodic jobs")
    migrate = commands.add_parser("migrate", help="upgrade the database to the newest revision")
    migrate.add_argument("--down-to", metavar="REVISION", help="downgrade it for an earlier version; loses new data")
    commands.add_parser("openapi", help="print the OpenAPI document")
    probe = commands.add_parser("health", help="exit with 0 if the process on this machine is ready")
    probe.add_argument("process", choices=("api", "worker"), nargs="?", default="api")
    for name, command in extra_commands.items():
        command.add_options(commands.add_parser(name, help=command.help))
    return parser


def _api(service: Service, _: argparse.Namespace) -> int:
    return _run_service(service, _serve)


def _worker(service: Service, _: argparse.Namespace) -> int:
    return _run_service(service, _work)


def _migrate(service: Service, options: argparse.Namespace) -> int:
    settings = _load(service)
    if options.down_to is None:
        _run(_upgrade(service, settings))
        return 0
    if options.down_to not in migrations.older_revisions(service.package):
        print(f"{options.down_to} is no earlier revision of {service.package}.", file=sys.stderr)
        return REFUSED
    _run(migrations.downgrade(settings.database_url, service.package, to=options.down_to))
    return 0


async def _upgrade(service: Service, settings: Any) -> None:  # noqa: ANN401 - the settings of the service
    await migrations.upgrade(settings.database_url, service.package)
    await encrypt_plain_values(settings.database_url, service.encrypted, lambda: settings.field_cipher())
    await grants.grant(settings.database_url)


def _openapi(service: Service, _: argparse.Namespace) -> int:
    settings = service.settings.for_documents()
    document = service.create_app(settings, Resources.open(settings)).openapi()
    print(json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True))
    return 0


def _health(service: Service, options: argparse.Namespace) -> int:
    settings = _load(service)
    port = settings.port if options.process == "api" else settings.health_port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        print(response.read().decode())
    except OSError as error:
        print(f"no response on port {port}: {error.strerror or type(error).__name__}", file=sys.stderr)
        return FAILED
    finally:
        connection.close()
    return 0 if response.status == http.client.OK else FAILED


COMMANDS: dict[str, Callable[[Service, argparse.Namespace], int]] = {
    "api": _api,
    "worker": _worker,
    "migrate": _migrate,
    "openapi": _openapi,
    "health": _health,
}


def _load(service: Service) -> ServiceSettings:
    settings = service.settings.load()
    logs.configure(level=settings.log_level, style=settings.log_format)
    return settings


def _run_service(
    service: Service, process: Callable[[Service, ServiceSettings, Resources], Coroutine[Any, Any, None]]
) -> int:
    """Run a process until it is stopped."""

    async def run_with_resources(settings: ServiceSettings) -> None:
        async with span_export() as spans:
            resources = Resources.open(settings, spans=spans)
            # HTTP API and worker are separate processes here: each must receive the signals of the other.
            resources.connect()
            try:
                await process(service, settings, resources)
            finally:
                await resources.close()

    _run(run_with_resources(_load(service)))
    return 0


async def _serve(service: Service, settings: ServiceSettings, resources: Resources) -> None:
    resources.bus = _open_bus_if_any(settings)
    app = service.create_app(settings, resources)
    prepare_routes(app)
    try:
        await server.serve(
            server.Server(
                app,
                host=settings.host,
                port=settings.port,
                limits=ConnectionLimits.of_settings(settings),
                metrics=resources.metrics,
            ),
            readiness=app.state.readiness,
            stop=server.stop_on_signals(),
            drain_seconds=settings.drain_seconds,
        )
    finally:
        if resources.bus is not None:
            await resources.bus.close()


def _open_bus_if_any(settings: ServiceSettings) -> Bus | None:
    """Return the broker, which only reads of events need; it connects when it is used."""
    log_url = read_database_url(LOG)
    return None if settings.bus == EMBEDDED and log_url is None else open_bus(settings, log_url=log_url)


async def _work(service: Service, settings: ServiceSettings, resources: Resources) -> None:
    stop = server.stop_on_signals()
    bus = open_bus(settings, log_url=read_database_url(LOG))
    try:
        readiness = Readiness()
        readiness.add("database", health.database_reachable(resources.database))
        readiness.add("writes", accepts_writes(resources.database), required=False)
        migrated = health.migrations_applied(resources.database, service.package)
        readiness.add("migrations", migrated)
        readiness.add(
            "consumer", breaker.consumers_not_stopped(resources.database, service=settings.service), required=False
        )
        readiness.add("failed_work", health.no_failed_work(resources.database), required=False)
        probes = server.Server(
            create_probes(readiness, resources.metrics),
            host=settings.host,
            port=settings.health_port,
            limits=ConnectionLimits.of_settings(settings),
            metrics=resources.metrics,
        )
        worker = service.create_worker(settings, resources, bus)
        prepared = _prepare(Restarts(resources.metrics), migrated, bus, partitions=settings.partitions)
        await server.run_worker(worker, after=prepared, probes=probes, readiness=readiness, stop=stop)
    finally:
        await bus.close()


async def _prepare(restarts: Restarts, migrated: health.Check, bus: Bus, *, partitions: int) -> None:
    """Wait for the migrations, an unavailable broker or log, and the topics. Raises `WrongPartitions`, which is final.

    On tables of another version events would become dead letters.
    """

    async def have_topics() -> None:
        try:
            await topics.check(bus, partitions=partitions)
        except MissingTopic as missing:
            raise health.NotReady(str(missing)) from None

    await restarts.run("migrations", partial(health.wait_for, "migrations", migrated))
    await restarts.run("topics", partial(health.wait_for, "topics", have_topics))


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run the coroutine, on uvloop if it is installed."""
    freeze_startup_objects()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(work)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's factory of event loops if it is installed."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
