"""A real Apache Kafka for the tests: one node on a free loopback port, which can be killed and started again."""

import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_LIMIT_SECONDS = 60.0
STOP_LIMIT_SECONDS = 20.0
# Size, Metadata (3) version 1, correlation id, no client id, no topics.
METADATA_REQUEST = struct.pack(">ihhihi", 14, 3, 1, 1, -1, 0)


class KafkaServer:
    """One broker with its data in a temporary directory, which survives restarts until `remove`."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="heed-kafka-"))
        self._port, self._controller_port = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """The address, the same after a restart."""
        return f"{HOST}:{self._port}"

    @property
    def url(self) -> str:
        """The address as `HEED_BUS` wants it."""
        return f"kafka://{self.bootstrap}"

    @property
    def pid(self) -> int:
        """Of the broker. Raises where it does not run."""
        return self._running().pid

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Freeze it: it holds its connections and does not respond, until this ends, however it ends."""
        process = self._running()
        process.send_signal(signal.SIGSTOP)
        try:
            os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)  # All its threads are stopped.
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def start(self) -> None:
        """Returns when the broker takes requests; finds the topics and records of the last time."""
        if self._process is not None:
            raise RuntimeError("the broker runs already")
        command = [ROOT / "deploy" / "kafka" / "run-kafka", self._directory / "data"]
        ports = [str(self._port), str(self._controller_port)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *ports, str(os.getpid())], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._wait_until_it_answers()

    def stop(self) -> None:
        """As an operator stops it; does nothing when it does not run."""
        if self._process is not None:
            self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As a power failure stops it."""
        self._running()
        self._end(signal.SIGKILL)

    def remove(self) -> None:
        """Stops the broker and forgets its data."""
        if self._process is not None:
            self._end(signal.SIGKILL)
        shutil.rmtree(self._directory)

    @property
    def _log(self) -> Path:
        return self._directory / "broker.log"

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the broker does not run")
        return self._process

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._running(), None
        process.send_signal(how)
        try:
            process.wait(STOP_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _wait_until_it_answers(self) -> None:
        process, deadline = self._running(), time.monotonic() + START_LIMIT_SECONDS
        while not _has_a_live_broker(self._port):
            if process.poll() is not None or time.monotonic() > deadline:
                self._end(signal.SIGKILL)
                raise RuntimeError(f"Kafka did not start:\n{self._log.read_text()[-4000:]}")
            time.sleep(0.05)


def why_not() -> str | None:
    """What is missing here to run a Kafka, in one line; None when all is there."""
    fetched = subprocess.run([ROOT / "deploy" / "kafka" / "fetch-kafka"], capture_output=True, text=True, check=False)
    return fetched.stderr.strip().splitlines()[-1] if fetched.returncode else None


def _has_a_live_broker(port: int) -> bool:
    """Whether the metadata names a broker: the port is open a moment before topics can be made."""
    try:
        with socket.create_connection((HOST, port), timeout=2) as connection, connection.makefile("rb") as answer:
            connection.sendall(METADATA_REQUEST)
            header = answer.read(12)
    except OSError:
        return False
    return len(header) == 12 and struct.unpack(">iii", header)[2] > 0


def free_port() -> int:
    """Below the ephemeral range: there, a client that retries on loopback can connect to itself and hold the port."""
    while True:
        port = random.randint(15_000, 32_000)
        with socket.socket() as candidate:
            try:
                candidate.bind((HOST, port))
            except OSError:
                continue
            return port
