"""The process of the workers, seen from its parent: started, started again when it has died, asked, and stopped."""

import asyncio
import json
import logging
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from heed import worker_process
from heed.errors import CommandError
from heed_common import health
from heed_common.restarts import FIRST_DELAY, MAX_DELAY
from heed_common.worker import DRAIN_SECONDS

RESPONSE_SECONDS = 2.0
STOP_SECONDS = DRAIN_SECONDS + 1.0
MAX_RESPONSE_BYTES = 16 * 1024 * 1024

log = logging.getLogger(__name__)


class WorkersRefused(CommandError):
    """The process of the workers has ended with an error that only an operator can fix."""


class NoResponse(Exception):
    """The process of the workers has died, or is too busy."""


class WorkerSupervisor:
    """The workers of all services in a child process."""

    def __init__(self) -> None:
        self._stopped = asyncio.Event()
        self._requesting = asyncio.Lock()
        self._number = 0
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._has_started = False
        self._status: asyncio.Task[Mapping[str, Any]] | None = None

    async def run(self) -> None:
        """Keep the process alive until stopped. Raises `WorkersRefused`."""
        delay = FIRST_DELAY
        now = asyncio.get_running_loop().time
        while not self._stopped.is_set():
            started = now()
            status = await self._run_once()
            if self._stopped.is_set():
                return
            if status == worker_process.REFUSED:
                raise WorkersRefused("The workers cannot run: see the line above.")
            delay = FIRST_DELAY if now() - started > MAX_DELAY else delay
            log.error("process %s ended (%s), restarting in %.0f s", worker_process.NAME, _describe(status), delay)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), delay)
            delay = min(delay * 2, MAX_DELAY)

    def stop(self) -> None:
        """Let the process finish its current work and end."""
        self._stopped.set()

    async def metrics(self) -> str:
        """Return the metrics of the workers in the text format of Prometheus; nothing while there is no process."""
        try:
            return str(await self._request(worker_process.METRICS))
        except NoResponse:
            return ""

    def tasks_started(self, name: str) -> health.Check:
        """Return the check that all tasks of a service's worker have started once."""

        async def check() -> None:
            if not self._has_started and (starting := (await self._load_status())[name]["starting"]):
                raise health.NotReady(f"waits for {', '.join(starting)}")

        return check

    def nothing_restarts(self, name: str) -> health.Check:
        """Return the check that fails while the process, or a task of a service's worker, waits for its restart."""

        async def check() -> None:
            status = (await self._load_status())[name]
            waiting = dict.fromkeys(status["starting"], "starting") | status["restarting"]
            if waiting:
                raise health.NotReady(", ".join(f"{task}: {why}" for task, why in sorted(waiting.items())))

        return check

    async def _run_once(self) -> int:
        """Run the process to its end. Return its status."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", worker_process.__name__),
                stdin=theirs.fileno(),
                start_new_session=True,  # Ctrl-C is for the parent, which stops everything in order.
            )
        ours.settimeout(0)
        self._streams = await asyncio.open_unix_connection(sock=ours, limit=MAX_RESPONSE_BYTES)
        ended, stopping = asyncio.create_task(process.wait()), asyncio.create_task(self._stopped.wait())
        try:
            await asyncio.wait([ended, stopping], return_when=asyncio.FIRST_COMPLETED)
            return await _end(process, ended)
        finally:
            stopping.cancel()
            _, writer = self._streams
            self._streams = None
            writer.close()

    async def _load_status(self) -> Mapping[str, Any]:
        """Return the state of all workers. Concurrent checks share one request. Raises `health.NotReady`."""
        if self._status is None or self._status.done():
            self._status = asyncio.create_task(self._request(worker_process.STATUS), name="workers-status")
        try:
            status = await asyncio.shield(self._status)
        except NoResponse as error:
            raise health.NotReady(f"process {worker_process.NAME}: {error}") from None
        self._has_started = self._has_started or not any(worker["starting"] for worker in status.values())
        return status

    async def _request(self, request: str) -> Any:  # noqa: ANN401 - JSON
        async with self._requesting:
            if self._streams is None:
                raise NoResponse("restarting")
            reader, writer = self._streams
            self._number += 1
            writer.write(f"{request} {self._number}\n".encode())
            with suppress(TimeoutError, OSError):
                async with asyncio.timeout(RESPONSE_SECONDS):
                    while line := await reader.readline():
                        number, response = json.loads(line)
                        if number == self._number:  # Not a late response to an earlier request.
                            return response
            raise NoResponse("no response")


async def _end(process: Process, ended: "asyncio.Task[int]") -> int:
    """Return the status of the process, which is asked to end if it has not, and killed if it does not."""
    if not ended.done():
        process.terminate()
        with suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(ended), STOP_SECONDS)
        log.warning("process %s did not end in time, killing it", worker_process.NAME)
        process.kill()
    return await ended


def _describe(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"status {status}"
