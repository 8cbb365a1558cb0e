"""Where the benchmarks play: a PostgreSQL of their own that waits for the disk, and processes on free ports."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from heed.postgres_server import Cluster

START_LIMIT_SECONDS = 180
SCALE = float(os.environ.get("HEED_BENCH_SCALE", "1"))
"""Share of the sizes that a claim is made for. A thousandth shows only that a benchmark runs."""


def scaled(size: int, *, at_least: int = 20) -> int:
    """Return that share of a size."""
    return max(round(size * SCALE), at_least)


@contextmanager
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="heed-bench-"))
    folder.chmod(0o755)
    try:
        with Cluster(folder / "postgres") as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def process(*arguments: str, ready: str, **environment: str) -> Iterator[int]:
    """`python …` until it answers at that address, ended afterwards. Yields its process id."""
    quiet = {"HEED_LOG_LEVEL": "WARNING"}
    running = subprocess.Popen(
        [sys.executable, *arguments], env=os.environ | quiet | environment, stdout=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + START_LIMIT_SECONDS
        while not _is_ready(ready):
            if running.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{arguments} did not start")
            time.sleep(0.1)
        yield running.pid
    finally:
        running.terminate()
        running.wait(120)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5).status_code < 500
    except httpx.TransportError:
        return False
