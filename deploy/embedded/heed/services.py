"""The four services within one process."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from heed import contact_keys, message_settings
from heed.gateway import SERVICES
from heed.settings import Settings, defaults
from heed_common import migrations
from heed_common.broker.postgres.bus import PostgresBus
from heed_common.broker.protocols import Bus
from heed_common.clock import Clock
from heed_common.contracts.event import Event
from heed_common.encrypted_columns import EncryptedColumn, encrypt_plain_values
from heed_common.key_commands import Rotations
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_common.settings import ServiceSettings, read_database_url
from heed_common.worker import Worker

if TYPE_CHECKING:
    from heed_common.tracing.export import SpanExport

Addresses = Callable[[str], str]
"""Returns the URL of the embedded database of a service."""
LOG_DATABASE = "log"
"""Name of the database of the embedded log."""
NO_OVERRIDES: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ServiceCommands:
    """The encrypted columns of a service."""

    encrypted: Sequence[EncryptedColumn]
    """Those that were plain in an earlier version."""
    rotations: Rotations


@dataclass(frozen=True, slots=True)
class Service:
    """A service's package. Its modules are imported when they are needed: a process of workers needs no HTTP API."""

    name: str

    @property
    def package(self) -> str:
        return f"heed_{self.name}"

    @property
    def settings(self) -> type[ServiceSettings]:
        loaded: type[ServiceSettings] = import_module(f"{self.package}.settings").Settings
        return loaded

    @property
    def create_app(self) -> Callable[[Any, Resources], FastAPI]:
        create: Callable[[Any, Resources], FastAPI] = import_module(f"{self.package}.app").create_app
        return create

    @property
    def create_worker(self) -> Callable[[Any, Resources, Bus], Worker]:
        create: Callable[[Any, Resources, Bus], Worker] = import_module(f"{self.package}.worker").create_worker
        return create

    @property
    def commands(self) -> ServiceCommands | None:
        """Its encrypted columns and their rotation; scoring has none."""
        return commands_of(self.name)

    def load_settings(self, addresses: Addresses, *, overrides: Mapping[str, object] = NO_OVERRIDES) -> ServiceSettings:
        """Load the settings with the database of the environment, or else the embedded one."""
        url = read_database_url(self.name) or addresses(self.name)
        return self.settings.load(database_url=url, **defaults(), **overrides)

    def handled_events(self) -> Sequence[type[Event]]:
        """Return the event types that it handles."""
        if find_spec(f"{self.package}.handlers") is None:
            return ()
        handlers: Mapping[type[Event], object] = import_module(f"{self.package}.handlers").HANDLERS
        return tuple(handlers)


Application = FastAPI
"""An HTTP application of the product."""


@dataclass(frozen=True, slots=True)
class Running:
    """A service with its HTTP API and background tasks in this process."""

    service: Service
    settings: ServiceSettings
    resources: Resources
    app: FastAPI
    worker: Worker


def all_services() -> tuple[Service, ...]:
    """Return the services in the order of `SERVICES`."""
    return tuple(Service(name) for name in SERVICES)


def import_services(*, workers: bool) -> None:
    """Import the HTTP APIs of all services, and their workers if they run in this process: it takes seconds."""
    for service in all_services():
        _ = service.create_app, service.commands
        if workers:
            _ = service.create_worker


def overrides(settings: Settings) -> Mapping[str, object]:
    """Return the settings of the services that the product sets: its address, and the files in its data directory."""
    return {
        "public_url": settings.public_url or settings.address,
        **contact_keys.overrides(settings),
        **message_settings.overrides(settings),
    }


def commands_of(name: str) -> ServiceCommands | None:
    """Return the encrypted columns of a service and their rotation; None if it has none."""
    package = f"heed_{name}.commands"
    if find_spec(package) is None:
        return None
    module = import_module(package)
    return ServiceCommands(module.ENCRYPTED, module.ROTATIONS)


async def migrate(service: Service, settings: Any) -> None:  # noqa: ANN401 - the settings of the service
    """Migrate the database of the service to the newest revision, and encrypt what was plain before."""
    await migrations.upgrade(settings.database_url, service.package)
    if service.commands is not None:
        columns = service.commands.encrypted
        await encrypt_plain_values(settings.database_url, columns, lambda: settings.field_cipher())


def open_service(
    service: Service,
    settings: ServiceSettings,
    bus: Bus,
    *,
    clock: Clock | None = None,
    has_worker: bool = True,
    spans: "SpanExport | None" = None,
) -> Running:
    """Create the application and the worker of the service; neither is started.

    Without `has_worker` another process works, and the worker has no tasks.
    """
    resources = Resources.open(settings, clock=clock, spans=spans)
    resources.bus = bus
    app = service.create_app(settings, resources)
    worker = service.create_worker(settings, resources, bus) if has_worker else Worker([], metrics=resources.metrics)
    return Running(service, settings, resources, app, worker)


def log_worker(bus: Bus, clock: Clock, metrics: Metrics) -> Worker:
    """Return the worker that purges the embedded log; Kafka does that itself."""
    return Worker([bus.housekeeping(clock, metrics)] if isinstance(bus, PostgresBus) else [], metrics=metrics)
