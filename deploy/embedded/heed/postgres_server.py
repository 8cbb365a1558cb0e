"""The embedded PostgreSQL: a real server, started and stopped by this process, on a Unix socket only."""

import fcntl
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

from heed.postgres_location import ENVIRONMENT, FALLBACK, ClusterError, PostgresLocation, resolve_location

ROLE = "heed"
SOCKET_FILE = ".s.PGSQL.5432"
MAX_SOCKET_PATH_BYTES = 107
START_LIMIT_SECONDS = 60
STOP_LIMIT_SECONDS = 6
POLL_SECONDS = 0.02
PG_ISREADY_OPTIONS = ("--quiet", "--timeout", "1")
"""Arguments of `pg_isready`: a frozen server must not block longer than the timeout."""
INITDB = (
    *("--username", ROLE, "--auth", "trust", "--encoding", "UTF8"),
    *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C", "--no-instructions"),
)
SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "200",
    "shared_buffers": "64MB",
    # For `heed backup`: one connection copies the files, one streams the WAL written meanwhile.
    "wal_level": "replica",
    "max_wal_senders": "4",
    "max_wal_size": "512MB",
    "jit": "off",
    # Queues such as the outbox grow by the rows deleted since the last vacuum.
    "autovacuum_naptime": "30s",
    "timezone": "UTC",
    # Neither statements nor values, which may contain personal data.
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
RESTORE_MARK = "restore.unfinished"
"""Marker beside the data during the swap of a restore, so that a start does not create a new cluster."""
NON_DURABLE_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Cluster:
    """A PostgreSQL server and its directory, which one process at a time may own."""

    def __init__(self, directory: Path, *, durable: bool = True, fallback: Path = FALLBACK) -> None:
        self._requested, self._fallback, self._durable = directory, fallback, durable
        self._location: PostgresLocation | None = None
        self._lock: IO[bytes] | None = None
        self._socket_directory: Path | None = None

    @property
    def location(self) -> PostgresLocation:
        """Actual location, which may differ from the requested one."""
        if self._location is None:
            raise ClusterError("the embedded PostgreSQL has not been started")
        return self._location

    @property
    def data(self) -> Path:
        return self.location.directory / "data"

    def start(self) -> None:
        """Start the server and wait until it accepts connections. Takes over a server left by a killed process."""
        self._location = resolve_location(self._requested, fallback=self._fallback)
        self._lock = _take_lock(self._location.directory / "lock")
        try:
            if not self.data.exists():
                self._check_no_interrupted_restore()
                self._create_data()
            while not self._is_accepting():
                self._start_server()
            self._socket_directory = _running_socket_directory(self.data)
        except BaseException:
            self._release()
            raise

    def restart_if_dead(self) -> None:
        """Start the server again if it has died."""
        if not self._wait_until_stable():
            self._start_server()
            self._socket_directory = _running_socket_directory(self.data)

    def attach(self) -> bool:
        """Use the server that another process runs in this directory. Return whether there is one."""
        self._location = resolve_location(self._requested, fallback=self._fallback)
        if not (self.data.exists() and self._is_accepting()):
            return False
        self._socket_directory = _running_socket_directory(self.data)
        return True

    def is_owned(self) -> bool:
        """Return whether a process holds the folder, not only a server that a dead process has left running."""
        try:
            _take_lock(self.location.directory / "lock").close()
        except ClusterError:
            return True
        return False

    def stop(self) -> None:
        """Stop the server in order; does nothing if it is not running."""
        if self._lock is None:
            return
        try:
            if self._wait_until_stable():
                self._stop_server()
            if self._socket_directory not in (None, self._own_socket_directory):
                shutil.rmtree(self._socket_directory, ignore_errors=True)
        finally:
            self._release()

    @contextmanager
    def locked(self) -> Iterator[PostgresLocation]:
        """Lock the folder without a running server. Raises `ClusterError` while another process holds it."""
        self._location = resolve_location(self._requested, fallback=self._fallback)
        self._lock = _take_lock(self._location.directory / "lock")
        try:
            self._stop_server()
            yield self._location
        finally:
            self._release()

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql://{ROLE}@/{quote(database)}?host={quote(str(self._socket_directory), safe='')}"

    def create_database(self, name: str, *, template: str | None = None) -> None:
        """Create the database unless it exists."""
        if not self.query(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):  # noqa: S608 - our own names
            self.query(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))

    def query(self, statement: str, *, database: str = "postgres") -> str:
        """Run one statement and return what `psql` prints. Raises `ClusterError`."""
        command: list[str | Path] = [self.location.binaries / "psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"]
        done = subprocess.run(  # noqa: S603 - our own binaries
            [*command, "-d", self.url(database), "-c", statement],
            env=ENVIRONMENT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise ClusterError(f"PostgreSQL refused: {done.stderr.strip()}")
        return done.stdout.strip()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _own_socket_directory(self) -> Path:
        return self.location.directory / "socket"

    def _check_no_interrupted_restore(self) -> None:
        mark = self.location.directory / RESTORE_MARK
        if mark.exists():
            raise ClusterError(f"A restore was interrupted: run the same `heed restore` again. {mark} marks it.")

    def _create_data(self) -> None:
        """Create the data under a temporary name, so that a killed process leaves nothing that looks complete."""
        for rest in self.location.directory.glob("unfinished-*"):
            shutil.rmtree(rest, ignore_errors=True)
        unfinished = self.location.directory / f"unfinished-{secrets.token_hex(4)}"
        self.location.account.create_owned_dir(unfinished)
        self._run("initdb", "--pgdata", unfinished, *INITDB, *(() if self._durable else ("--no-sync",)))
        unfinished.rename(self.data)

    def _start_server(self) -> None:
        """Start a server that outlives this process if it is killed."""
        _drop_stale_pid_file(self.data)
        directory = self._own_socket_directory
        if len(os.fsencode(directory / SOCKET_FILE)) > MAX_SOCKET_PATH_BYTES:
            directory = Path(tempfile.mkdtemp(prefix="heed-"))
        self.location.account.create_owned_dir(directory)
        for rest in directory.glob(f"{SOCKET_FILE}*"):
            rest.unlink()
        settings = SETTINGS | ({} if self._durable else NON_DURABLE_SETTINGS)
        settings["unix_socket_directories"] = '"' + str(directory).replace('"', '""') + '"'
        options = " ".join(shlex.quote(f"--{name}={value}") for name, value in settings.items())
        wait = ("--wait", "--timeout", str(START_LIMIT_SECONDS))
        self._run("pg_ctl", "start", "--pgdata", self.data, *wait, "-o", options, "-l", self.data / "server.log")

    def _stop_server(self) -> None:
        """Stop the server: clients are disconnected. If a checkpoint takes too long, the next start recovers."""
        for how in (signal.SIGINT, signal.SIGQUIT):
            limit = time.monotonic() + STOP_LIMIT_SECONDS
            with suppress(ProcessLookupError):
                if (pid := _server_pid(self.data)) is not None:
                    os.kill(pid, how)
            while _server_pid(self.data) is not None and time.monotonic() < limit:
                time.sleep(0.01)

    def _wait_until_stable(self) -> bool:
        """Wait while a server is starting or stopping. Return whether one is running."""
        limit = time.monotonic() + START_LIMIT_SECONDS
        while _server_pid(self.data) is not None:
            if _state(self.data) == "ready":
                return True
            if time.monotonic() > limit:
                raise ClusterError(f"the server left on {self.data} neither starts nor stops")
            time.sleep(POLL_SECONDS)
        return False

    def _is_accepting(self) -> bool:
        """Wait for crash recovery and return whether the server accepts connections; False when none is running.

        The status in postmaster.pid stays `ready` while it recovers from a crash of a child process, so it is no proof.
        """
        limit = time.monotonic() + START_LIMIT_SECONDS
        while self._wait_until_stable():
            socket_directory = _running_socket_directory(self.data)
            result = self.location.account.run(
                [self.location.binaries / "pg_isready", *PG_ISREADY_OPTIONS, "--host", socket_directory]
            )
            if result.returncode == 0:
                return True
            if time.monotonic() > limit:
                raise ClusterError(f"PostgreSQL is running but accepts no connections: {_startup_error('', self.data)}")
            time.sleep(POLL_SECONDS)
        return False

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = self.location.account.run([self.location.binaries / program, *arguments])
        if done.returncode:
            raise ClusterError(f"PostgreSQL's {program} failed: {_startup_error(done.stderr, self.data)}")

    def _release(self) -> None:
        self._socket_directory = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _take_lock(path: Path) -> IO[bytes]:
    """Lock the open file: the lock ends with the process, however it ends."""
    lock = path.open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise ClusterError(f"another process uses the data in {path.parent} already") from None
    return lock


def _pid_file(data: Path) -> list[str]:
    """Return postmaster.pid by line: pid, data directory, start, port, socket directory, address, memory, state."""
    path = data / "postmaster.pid"
    try:
        return path.read_text().splitlines()
    except FileNotFoundError:
        return []


def _server_pid(data: Path) -> int | None:
    """Return the pid of a live server on this data: after a reboot the pid may be another program's."""
    lines = _pid_file(data)
    if not lines:
        return None
    pid = int(lines[0])
    if not Path("/proc/self").exists():
        return pid
    try:
        return pid if (Path("/proc") / str(pid) / "cwd").readlink() == data else None
    except OSError:  # it has ended, or belongs to another user
        return None


def _state(data: Path) -> str:
    """Return starting, ready or stopping; empty while the server is writing the file."""
    return "".join(_pid_file(data)[7:8]).strip()


def _drop_stale_pid_file(data: Path) -> None:
    """Delete the pid file of a dead server: PostgreSQL would not start while another program has its pid."""
    if _pid_file(data) and _server_pid(data) is None:
        (data / "postmaster.pid").unlink()


def _running_socket_directory(data: Path) -> Path:
    return Path(_pid_file(data)[4])


def _startup_error(stderr: str, data: Path) -> str:
    log = data / "server.log"
    lines = [*(log.read_text(errors="replace").splitlines()[-5:] if log.exists() else []), *stderr.splitlines()[-5:]]
    return "\n".join(lines) or "it printed nothing"
