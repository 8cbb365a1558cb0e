"""Life of a process: on a stop signal it first reports not ready, finishes its current work, and exits with 0."""

import asyncio
import logging
import signal
import socket
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from math import ceil
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from heed_common import health
from heed_common.health import Readiness
from heed_common.http.connections import GuardedProtocol
from heed_common.http.limits import ConnectionLimits
from heed_common.metrics import Metrics
from heed_common.worker import Worker

REQUEST_DRAIN_SECONDS = 10
SWEEP_TICKS = 5
"""Ticks of a tenth of a second between two checks of the connections for exceeded time limits."""
REPORT_TICKS = 100
TICK_SECONDS = 0.1
"""uvicorn's own interval; a longer tick means that the event loop was blocked."""

log = logging.getLogger(__name__)


class Server(uvicorn.Server):
    """uvicorn without its signal handling, which would exit with the number of the signal."""

    def __init__(self, app: ASGIApp, *, host: str, port: int, limits: ConnectionLimits, metrics: Metrics) -> None:
        self._refused: Counter[str] = Counter()
        self._stopping = asyncio.Event()
        self._metrics = metrics
        self._ticked_at: float | None = None
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            # uvicorn accepts any factory of protocols, although it declares `type`.
            http=partial(GuardedProtocol, limits=limits, refused=self._refused, stopping=self._stopping),  # type: ignore[arg-type]
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            timeout_keep_alive=ceil(limits.keep_alive_seconds),
            timeout_graceful_shutdown=REQUEST_DRAIN_SECONDS,
        )
        super().__init__(config)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the responses that have no end of their own: the server waits for all others."""
        self._stopping.set()
        await super().shutdown(sockets)

    async def on_tick(self, counter: int) -> bool:
        """Measure the lag of the event loop, and close connections that exceed their limits."""
        now = asyncio.get_running_loop().time()
        if self._ticked_at is not None:
            self._metrics.loop_lag_seconds.observe(max(0.0, now - self._ticked_at - TICK_SECONDS))
        if counter % SWEEP_TICKS == 0:
            self._expire(now)
        if counter % REPORT_TICKS == 0:
            self._report()
        exits = await super().on_tick(counter)
        self._ticked_at = asyncio.get_running_loop().time()
        return exits

    def _expire(self, now: float) -> None:
        for connection in list(self.server_state.connections):
            if isinstance(connection, GuardedProtocol):
                connection.expire(now)
        self._metrics.http_connections.set(len(self.server_state.connections))

    def _report(self) -> None:
        """Log one line for all connections refused since the last one: an attack must not fill the log."""
        if self._refused:
            log.warning("connections refused or closed", extra={"fields": dict(self._refused)})
        for reason, count in self._refused.items():
            self._metrics.connections_refused.labels(reason).inc(count)
        self._refused.clear()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM or Ctrl-C sets."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def serve(server: Server, *, readiness: Readiness, stop: asyncio.Event, drain_seconds: float) -> None:
    """Serve until `stop` is set; then `/readyz` responds 503 for a while before the port is closed."""
    serving = asyncio.create_task(server.serve(), name="http")
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    readiness.drain()
    if not serving.done():
        await asyncio.sleep(drain_seconds)
    server.should_exit = True
    await serving


async def run_worker(
    worker: Worker, *, after: Coroutine[Any, Any, None], probes: Server, readiness: Readiness, stop: asyncio.Event
) -> None:
    """Await `after`, then run the worker until `stop` is set or it fails. Raises the error of the worker.

    The probes are served from the first moment to the last.
    """
    readiness.add("loops", tasks_started(worker))
    readiness.add("restarts", no_task_restarting(worker), required=False)
    serving = asyncio.create_task(probes.serve(), name="probes")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    try:
        if await _await_first(asyncio.create_task(after, name="before the worker"), serving, stopping):
            working = asyncio.create_task(worker.run(), name="worker")
            await asyncio.wait([working, serving, stopping], return_when=asyncio.FIRST_COMPLETED)
            readiness.drain()
            worker.stop()
            await working
    finally:
        stopping.cancel()
        probes.should_exit = True
        await serving


async def _await_first(task: asyncio.Task[None], *others: asyncio.Task[Any]) -> bool:
    """Return whether the task ended before any of the others did; otherwise cancel it."""
    await asyncio.wait([task, *others], return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
        return True
    task.cancel()
    return False


def no_task_restarting(worker: Worker) -> health.Check:
    """Return the check that fails while a task of the worker waits for its restart."""

    async def check() -> None:
        if worker.waiting:
            raise health.NotReady(", ".join(f"{name}: {error}" for name, error in sorted(worker.waiting.items())))

    return check


def tasks_started(worker: Worker) -> health.Check:
    """Return the check that all tasks of the worker have started."""

    async def check() -> None:
        waiting = sorted(name for name, ready in worker.readiness().items() if not ready)
        if waiting:
            raise health.NotReady(f"waits for {', '.join(waiting)}")

    return check
