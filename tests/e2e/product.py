"""The running product for tests: the embedded one as a process that can be ended, killed and started again."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import httpx

from tests.kafka_server import free_port

START_LIMIT_SECONDS = 120.0
STOP_LIMIT_SECONDS = 60.0
POLL_SECONDS = 0.02


class EmbeddedProduct:
    """`python -m heed up` on a free port, with its data in a temporary folder until `remove`."""

    start_limit_seconds = START_LIMIT_SECONDS

    def __init__(self, **environment: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="heed-e2e-"))
        self.folder.chmod(0o755)  # PostgreSQL's own account must get through when the tests run as root
        self.data_dir = self.folder / ".heed"
        self.port = free_port()
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def module(self) -> Sequence[str]:
        """What is run: a module and its arguments."""
        return ("heed", "up")

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        return (self.data_dir / "admin.token").read_text().strip()

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text()

    def start(self) -> float:
        """Answers after how many seconds it was ready."""
        self._process = self.launch()
        return self.wait()

    def wait(self) -> float:
        """Until it is ready; answers how many seconds that took."""
        began = time.perf_counter()
        while not self.is_ready():
            ended = self._process is None or self._process.poll() is not None
            if ended or time.perf_counter() - began > self.start_limit_seconds:
                raise AssertionError(f"the product did not start: {self.output}")
            time.sleep(POLL_SECONDS)
        return time.perf_counter() - began

    def launch(self, **environment: str) -> "subprocess.Popen[bytes]":
        """The process alone, nobody waits for it."""
        with (self.folder / "output").open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", *self.module],
                env=self._own_environment | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def command(self, *arguments: str) -> str:
        """What a command says that is given beside the running product."""
        command = [sys.executable, "-m", "heed", *arguments]
        done = subprocess.run(command, env=self._own_environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @property
    def _own_environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HEED_")}
        own = {"HEED_DATA_DIR": str(self.data_dir), "HEED_PORT": str(self.port)}
        return inherited | own | self._environment

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.base_url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def postgresql_pid(self) -> int | None:
        """The server's own note of its number."""
        note = self.data_dir / "postgres" / "data" / "postmaster.pid"
        lines = note.read_text().splitlines() if note.exists() else []
        return int(lines[0]) if lines else None

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Answers the status that it ended with; harmless when it does not run."""
        if self._process is None:
            return 0
        self._process.send_signal(number)
        status = self._process.wait(STOP_LIMIT_SECONDS)
        self._process = None
        return status

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def remove(self) -> None:
        """Ends what is left, PostgreSQL too, and deletes the data."""
        if self._process is not None:
            self.kill()
        if pid := self.postgresql_pid():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)
