"""The embedded PostgreSQL: a real server in a folder, started and stopped by us, on a Unix socket only."""

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

from heed.postgres_location import ENVIRONMENT, FALLBACK, ClusterError, Place, find_place

ROLE = "heed"
SOCKET_FILE = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 107
START_LIMIT_SECONDS = 60
STOP_LIMIT_SECONDS = 6
POLL_SECONDS = 0.02
ANSWERS = ("--quiet", "--timeout", "1")
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
    "autovacuum_naptime": "10s",
    "timezone": "UTC",
    # Neither statements nor values: the log is no place for what customers told us.
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
RESTORE_MARK = "restore.unfinished"
"""Marker beside the data during the swap of a restore, so that a start does not create a new cluster."""
LOSES_DATA = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Cluster:
    """One PostgreSQL server and its folder; only one process at a time may have it."""

    def __init__(self, directory: Path, *, durable: bool = True, fallback: Path = FALLBACK) -> None:
        self._wanted, self._fallback, self._durable = directory, fallback, durable
        self._place: Place | None = None
        self._lock: IO[bytes] | None = None
        self._socket_directory: Path | None = None

    @property
    def place(self) -> Place:
        """Where it lies in truth: not always where it was asked to."""
        if self._place is None:
            raise ClusterError("the embedded PostgreSQL has not been started")
        return self._place

    @property
    def data(self) -> Path:
        return self.place.directory / "data"

    def start(self) -> None:
        """Returns when the server takes connections; a server left by a killed process is taken over."""
        self._place = find_place(self._wanted, fallback=self._fallback)
        self._lock = _take_lock(self._place.directory / "lock")
        try:
            if not self.data.exists():
                self._refuse_half_restored()
                self._make()
            while not self._answers():
                self._launch()
            self._socket_directory = _running_socket_directory(self.data)
        except BaseException:
            self._release()
            raise

    def keep(self) -> None:
        """Starts the server again if somebody has killed it."""
        if not self._settled():
            self._launch()
            self._socket_directory = _running_socket_directory(self.data)

    def attach(self) -> bool:
        """Uses the server that another process runs in this folder; whether there is one."""
        self._place = find_place(self._wanted, fallback=self._fallback)
        if not (self.data.exists() and self._answers()):
            return False
        self._socket_directory = _running_socket_directory(self.data)
        return True

    def is_owned(self) -> bool:
        """Return whether a process holds the folder, not only a server that a dead process has left running."""
        try:
            _take_lock(self.place.directory / "lock").close()
        except ClusterError:
            return True
        return False

    def stop(self) -> None:
        """Ends the server in order; harmless when it does not run."""
        if self._lock is None:
            return
        try:
            if self._settled():
                self._end()
            if self._socket_directory not in (None, self._own_socket_directory):
                shutil.rmtree(self._socket_directory, ignore_errors=True)
        finally:
            self._release()

    @contextmanager
    def locked(self) -> Iterator[Place]:
        """Lock the folder without a running server. Raises `ClusterError` while another process holds it."""
        self._place = find_place(self._wanted, fallback=self._fallback)
        self._lock = _take_lock(self._place.directory / "lock")
        try:
            self._end()
            yield self._place
        finally:
            self._release()

    def url(self, database: str) -> str:
        """The address of a database for a driver."""
        return f"postgresql://{ROLE}@/{quote(database)}?host={quote(str(self._socket_directory), safe='')}"

    def create_database(self, name: str, *, template: str | None = None) -> None:
        """Makes the database if it is not there yet."""
        if not self.query(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):  # noqa: S608 - our own names
            self.query(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))

    def query(self, statement: str, *, database: str = "postgres") -> str:
        """Run one statement and return what `psql` prints. Raises `ClusterError`."""
        command: list[str | Path] = [self.place.binaries / "psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"]
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
        return self.place.directory / "socket"

    def _refuse_half_restored(self) -> None:
        mark = self.place.directory / RESTORE_MARK
        if mark.exists():
            raise ClusterError(f"A restore was interrupted: run the same `heed restore` again. {mark} marks it.")

    def _make(self) -> None:
        """Beside its final name, so that a process killed half way leaves nothing that looks finished."""
        for rest in self.place.directory.glob("unfinished-*"):
            shutil.rmtree(rest, ignore_errors=True)
        unfinished = self.place.directory / f"unfinished-{secrets.token_hex(4)}"
        self.place.account.own(unfinished)
        self._run("initdb", "--pgdata", unfinished, *INITDB, *(() if self._durable else ("--no-sync",)))
        unfinished.rename(self.data)

    def _launch(self) -> None:
        """Starts a server that outlives us, should we be killed."""
        _drop_stale_pid_file(self.data)
        directory = self._own_socket_directory
        if len(os.fsencode(directory / SOCKET_FILE)) > LONGEST_SOCKET_PATH:
            directory = Path(tempfile.mkdtemp(prefix="heed-"))
        self.place.account.own(directory)
        for rest in directory.glob(f"{SOCKET_FILE}*"):
            rest.unlink()
        settings = SETTINGS | ({} if self._durable else LOSES_DATA)
        settings["unix_socket_directories"] = '"' + str(directory).replace('"', '""') + '"'
        options = " ".join(shlex.quote(f"--{name}={value}") for name, value in settings.items())
        wait = ("--wait", "--timeout", str(START_LIMIT_SECONDS))
        self._run("pg_ctl", "start", "--pgdata", self.data, *wait, "-o", options, "-l", self.data / "server.log")

    def _end(self) -> None:
        """Clients are cut off, everything is written; if that takes too long the next start recovers it."""
        for how in (signal.SIGINT, signal.SIGQUIT):
            limit = time.monotonic() + STOP_LIMIT_SECONDS
            with suppress(ProcessLookupError):
                if (pid := _server_pid(self.data)) is not None:
                    os.kill(pid, how)
            while _server_pid(self.data) is not None and time.monotonic() < limit:
                time.sleep(0.01)

    def _settled(self) -> bool:
        """Whether a server serves here, after one that is still coming or going has come or gone."""
        limit = time.monotonic() + START_LIMIT_SECONDS
        while _server_pid(self.data) is not None:
            if _state(self.data) == "ready":
                return True
            if time.monotonic() > limit:
                raise ClusterError(f"the server left on {self.data} neither starts nor ends")
            time.sleep(POLL_SECONDS)
        return False

    def _answers(self) -> bool:
        """Wait for crash recovery and return whether the server accepts connections; False when none is running.

        The status in postmaster.pid stays `ready` while it recovers from a crash of a child process, so it is no proof.
        """
        limit = time.monotonic() + START_LIMIT_SECONDS
        while self._settled():
            socket_directory = _running_socket_directory(self.data)
            result = self.place.account.run([self.place.binaries / "pg_isready", *ANSWERS, "--host", socket_directory])
            if result.returncode == 0:
                return True
            if time.monotonic() > limit:
                raise ClusterError(f"PostgreSQL is running but accepts no connections: {_last_words('', self.data)}")
            time.sleep(POLL_SECONDS)
        return False

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = self.place.account.run([self.place.binaries / program, *arguments])
        if done.returncode:
            raise ClusterError(f"PostgreSQL's {program} failed: {_last_words(done.stderr, self.data)}")

    def _release(self) -> None:
        self._socket_directory = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _take_lock(path: Path) -> IO[bytes]:
    """Held by the open file: it falls when the process ends, however it ends."""
    lock = path.open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise ClusterError(f"another process uses the data in {path.parent} already") from None
    return lock


def _pid_file(data: Path) -> list[str]:
    """The server's own note: pid, data directory, start, port, socket directory, address, memory, state."""
    path = data / "postmaster.pid"
    try:
        return path.read_text().splitlines()
    except FileNotFoundError:
        return []


def _server_pid(data: Path) -> int | None:
    """The server that works on this data, if it lives: after a reboot its number may be another program's."""
    lines = _pid_file(data)
    if not lines:
        return None
    pid = int(lines[0])
    if not Path("/proc/self").exists():
        return pid
    try:
        return pid if (Path("/proc") / str(pid) / "cwd").readlink() == data else None
    except OSError:  # gone, or not ours to look at
        return None


def _state(data: Path) -> str:
    """starting, ready or stopping; empty while the server is only just writing its note."""
    return "".join(_pid_file(data)[7:8]).strip()


def _drop_stale_pid_file(data: Path) -> None:
    """PostgreSQL would not start while another program happens to have the number of the dead server."""
    if _pid_file(data) and _server_pid(data) is None:
        (data / "postmaster.pid").unlink()


def _running_socket_directory(data: Path) -> Path:
    return Path(_pid_file(data)[4])


def _last_words(stderr: str, data: Path) -> str:
    log = data / "server.log"
    lines = [*(log.read_text(errors="replace").splitlines()[-5:] if log.exists() else []), *stderr.splitlines()[-5:]]
    return "\n".join(lines) or "it said nothing"
