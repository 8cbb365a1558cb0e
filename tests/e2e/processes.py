"""The product in its production shape, without containers: four APIs, four workers, PostgreSQL and a real Kafka."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from heed.gateway import SERVICES
from heed.postgres_server import Cluster
from heed_common.encryption import new_key
from tests.e2e.product import is_ready
from tests.forks import Fork, run_forked
from tests.kafka_server import free_port

START_LIMIT_SECONDS = 240.0
STOP_LIMIT_SECONDS = 20.0
POLL_SECONDS = 0.1


class Processes:
    """Each service as two processes behind a gateway; `base_url` answers when all are ready."""

    def __init__(self, cluster: Cluster, bus: str, **environment: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="heed-e2e-processes-"))
        self.port = free_port()
        self.ports = {service: free_port() for service in SERVICES}
        self.health_ports = {service: free_port() for service in SERVICES}
        self.running: dict[str, Fork] = {}
        self.token = ""
        for service in SERVICES:
            cluster.create_database(f"e2e_{service}")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HEED_")}
        urls = {f"HEED_{service.upper()}_DATABASE_URL": cluster.url(f"e2e_{service}") for service in SERVICES}
        self._environment = (
            inherited
            | urls
            | {
                "HEED_BUS": bus,
                "HEED_DRAIN_SECONDS": "0",
                "HEED_CONTACT_KEYS": new_key(),
                "HEED_QUIET_HOURS": "none",
                "HEED_WEBHOOK_ALLOW_HTTP": "true",
                "HEED_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
            }
            | environment
        )

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """The once-only jobs, then everything that lasts."""
        for service in SERVICES:
            self._once(f"heed_{service}", "migrate")
        self._once("heed_common.broker.topics", "apply")
        self.token = self._once("heed_common.auth.tokens", "create")
        for service in SERVICES:
            self.launch(service, "api")
            self.launch(service, "worker")
        routes = [f"{service}={port}" for service, port in self.ports.items()]
        self._launch("gateway", "tests.e2e.gateway_process", str(self.port), *routes)
        self._wait([self.port, *self.health_ports.values()])

    def launch(self, service: str, process: str) -> None:
        """One process of a service; one that ended is started again by this."""
        ports = {"HEED_PORT": self.ports[service], "HEED_HEALTH_PORT": self.health_ports[service]}
        environment = {name: str(port) for name, port in ports.items()}
        self._launch(f"{service}-{process}", f"heed_{service}", process, **environment)

    def stop(self) -> dict[str, int]:
        """Ends all of them in order; the statuses of the services' processes."""
        for process in self.running.values():
            process.terminate()
        statuses = {name: process.wait(STOP_LIMIT_SECONDS) for name, process in self.running.items()}
        self.running.clear()
        return {name: status for name, status in statuses.items() if name != "gateway"}

    def remove(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _once(self, *module_and_arguments: str) -> str:
        done = run_forked(*module_and_arguments, environment=self._environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _launch(self, name: str, *module_and_arguments: str, **environment: str) -> None:
        output = self.folder / name
        self.running[name] = Fork(
            *module_and_arguments, environment=self._environment | environment, out=output, err=output
        )

    def _wait(self, ports: list[int]) -> None:
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while not all(is_ready(port) for port in ports):
            ended = [name for name, process in self.running.items() if process.poll() is not None]
            if ended or time.monotonic() > deadline:
                logs = {name: (self.folder / name).read_text()[-2000:] for name in ended or self.running}
                raise AssertionError(f"the processes did not start: {logs}")
            time.sleep(POLL_SECONDS)


@contextmanager
def running_processes(cluster: Cluster, bus: str, **environment: str) -> Iterator[Processes]:
    processes = Processes(cluster, bus, **environment)
    try:
        processes.start()
        yield processes
        assert set(processes.stop().values()) == {0}, "a process did not end in order"
    finally:
        processes.remove()
