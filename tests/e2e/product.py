"""The running product for tests: the embedded one as a process that can be ended, killed and started again."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import Protocol

from tests.databases import temporary_folder
from tests.forks import Fork, run_forked
from tests.kafka_server import free_port

START_LIMIT_SECONDS = 120.0
STOP_LIMIT_SECONDS = 60.0
POLL_SECONDS = 0.05


class Process(Protocol):
    """What `subprocess.Popen` and `Fork` have in common."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, sig: int) -> None: ...


def is_ready(port: int) -> bool:
    """Return whether the product or one of its processes is ready; without a client, whose TLS takes longer to make."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class EmbeddedProduct:
    """`heed up` on a free port, with its data in a temporary folder until `remove`.

    `start` forks it, which saves the imports, unless a test wants the whole start that an operator sees.
    """

    start_limit_seconds = START_LIMIT_SECONDS

    def __init__(self, **environment: str) -> None:
        self._own_folder = ExitStack()
        self.folder = self._own_folder.enter_context(temporary_folder())
        self.folder.chmod(0o755)  # PostgreSQL's own account must get through when the tests run as root
        self.data_dir = self.folder / ".heed"
        self.port = free_port()
        self._environment = environment
        self._process: Process | None = None

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

    def start(self, *, whole: bool = False) -> float:
        """Answers after how many seconds it was ready."""
        self._process = self.launch() if whole else self._fork()
        return self.wait()

    def wait(self) -> float:
        """Until it is ready; answers how many seconds that took."""
        began = time.perf_counter()
        while not self.is_ready():
            if self.has_ended or time.perf_counter() - began > self.start_limit_seconds:
                raise AssertionError(f"the product did not start: {self.output}")
            time.sleep(POLL_SECONDS)
        return time.perf_counter() - began

    @property
    def has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def launch(self, **environment: str) -> "subprocess.Popen[bytes]":
        """Start the process without waiting for it."""
        with (self.folder / "output").open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", *self.module],
                env=self._own_environment | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def _fork(self) -> Fork:
        output = self.folder / "output"
        return Fork(*self.module, environment=self._own_environment, out=output, err=output)

    def command(self, *arguments: str) -> str:
        """Return the output of a command that runs beside the product."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command on its data to its end, however it ends."""
        return run_forked("heed", *arguments, environment=self._own_environment)

    @property
    def _own_environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HEED_")}
        # Tests wait for mails at any time of the day.
        own = {"HEED_DATA_DIR": str(self.data_dir), "HEED_PORT": str(self.port), "HEED_QUIET_HOURS": "none"}
        return inherited | own | self._environment

    def is_ready(self) -> bool:
        return is_ready(self.port)

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
        self._own_folder.close()
