"""The workers of all services in a process of their own, which `heed up` starts: `python -m heed.worker_process`.

Its standard input is a socket to its parent. It reports its state there, and at the end of the socket, when the parent
has died, it ends at once: nothing may write while another `heed up` may already be running.
"""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import uvloop

from heed import services
from heed.postgres_location import ClusterError
from heed.postgres_server import Cluster
from heed.services import LOG_DATABASE, all_services
from heed.settings import Settings, load
from heed_common import logs
from heed_common.broker.bus import open_bus
from heed_common.clock import SystemClock
from heed_common.gc_tuning import freeze_startup_objects
from heed_common.http.server import stop_on_signals
from heed_common.metrics import Metrics, render
from heed_common.resources import Resources
from heed_common.restarts import FATAL
from heed_common.tracing.process import span_export
from heed_common.worker import Worker

NAME = "workers"
STATUS, METRICS = "status", "metrics"
"""Requests of the parent, each a line with a number; the response is a line of JSON with the same number."""
REFUSED = 2
"""Exit status after an error that only an operator can fix: the parent ends as well."""

Responses = Mapping[str, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class NamedWorker:
    """The worker of one service."""

    name: str
    worker: Worker
    metrics: Metrics


def main() -> int:
    """Work until SIGTERM."""
    settings = load()
    logs.configure(level=settings.log_level, style=settings.log_format, process=NAME)
    freeze_startup_objects()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(settings))
    except (*FATAL, ClusterError) as error:
        print(error, file=sys.stderr)
        return REFUSED
    return 0


async def _run(settings: Settings) -> None:
    """Work until stopped, or until an error that only an operator can fix, which is raised."""
    stop = stop_on_signals()
    async with _open_workers(settings) as opened:
        responses: Responses = {
            STATUS: lambda: {each.name: _status(each.worker) for each in opened},
            METRICS: lambda: render([each.metrics for each in opened]).decode(),
        }
        responding = asyncio.create_task(_respond(responses), name="responses")
        loops = [asyncio.create_task(each.worker.run()) for each in opened]
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([*loops, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        for each in opened:
            each.worker.stop()
        results = await asyncio.gather(*loops, return_exceptions=True)
        responding.cancel()
    for result in results:
        if isinstance(result, BaseException):
            raise result


@asynccontextmanager
async def _open_workers(settings: Settings) -> AsyncIterator[Sequence[NamedWorker]]:
    """Yield the workers of all services and of the log, in the databases that the parent has started and migrated."""
    cluster, clock = Cluster(settings.data_dir / "postgres"), SystemClock()
    if not cluster.attach():
        raise ClusterError("the embedded PostgreSQL is not running")
    async with AsyncExitStack() as stack:
        spans = await stack.enter_async_context(span_export())
        bus = open_bus(settings, log_url=settings.database_url or cluster.url(LOG_DATABASE))
        stack.push_async_callback(bus.close)
        opened = []
        for service in all_services():
            own = service.load_settings(cluster.url, overrides=services.overrides(settings))
            resources = Resources.open(own, clock=clock, spans=spans)
            stack.push_async_callback(resources.close)
            resources.connect()
            worker = service.create_worker(own, resources, bus)
            opened.append(NamedWorker(service.name, worker, resources.metrics))
        metrics = Metrics(LOG_DATABASE)
        opened.append(NamedWorker(LOG_DATABASE, services.log_worker(bus, clock, metrics), metrics))
        yield opened


def _status(worker: Worker) -> Mapping[str, object]:
    """Return the tasks that have not started, and those that wait for a restart with their error classes."""
    starting = sorted(name for name, ready in worker.readiness().items() if not ready)
    return {"starting": starting, "restarting": dict(worker.waiting)}


async def _respond(responses: Responses) -> None:
    """Respond to the parent as long as it lives."""
    parent = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    parent.settimeout(0)
    reader, writer = await asyncio.open_unix_connection(sock=parent)
    while line := await reader.readline():
        request, number = line.decode().split()
        writer.write(json.dumps([int(number), responses[request]()]).encode() + b"\n")
        await writer.drain()
    os._exit(REFUSED)  # Without finishing anything: open transactions are rolled back, and events delivered again.


if __name__ == "__main__":
    raise SystemExit(main())
