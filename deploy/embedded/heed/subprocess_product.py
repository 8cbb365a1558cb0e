"""The product as a child process, for the demo and the benchmarks."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from heed.errors import CommandError

START_LIMIT_SECONDS = 120.0
STOP_LIMIT_SECONDS = 20.0
POLL_SECONDS = 0.1
REQUEST_SECONDS = 600.0


class NotStarted(CommandError):
    """It exited, or did not become ready in time; its own output precedes this error."""


class ProductProcess:
    """`python -m heed up` on a free port, within a `with` block."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._port = _free_port()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def client(self) -> httpx.Client:
        """Return a client with the owner's key."""
        token = (self._data_dir / "admin.token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.base_url, headers=headers, timeout=REQUEST_SECONDS)

    def __enter__(self) -> Self:
        own = {"HEED_DATA_DIR": str(self._data_dir), "HEED_PORT": str(self._port), "HEED_HOST": "127.0.0.1"}
        command = [sys.executable, "-m", "heed", "up"]
        self._process = subprocess.Popen(command, env=os.environ | own, stdout=subprocess.DEVNULL)  # noqa: S603
        try:
            self._wait_until_ready()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise NotStarted("The product did not start.")
            time.sleep(POLL_SECONDS)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.base_url}/readyz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _free_port() -> int:
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        port: int = candidate.getsockname()[1]
        return port
