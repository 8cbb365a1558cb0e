"""A PostgreSQL for the tests: templates built as in production, and a fresh copy of one for each test."""

import asyncio
import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path

import asyncpg
from sqlalchemy import func, insert
from sqlalchemy.ext.asyncio import create_async_engine

from heed.postgres_server import Cluster
from heed_common import encrypted_columns, migrations, tables
from heed_common.database import driver_url
from heed_common.messages import tables as messages

PREFIX = "heed-tests-"
MEMORY = Path("/dev/shm")  # noqa: S108 - folders in it get names of their own
MEMORY_BYTES = 2 * 1024**3
PLATFORM = "platform"


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder, in memory where there is room, that a later run removes, with the server in it, if this is killed."""
    _sweep()
    directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_folder()))
    try:
        with (directory / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def temporary_cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """A cluster that forgets everything at the end, so that it need not wait for the disk."""
    _sweep()
    directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=None if durable else _folder()))
    try:
        with Cluster(directory, durable=durable) as cluster:
            yield cluster
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _folder() -> Path:
    """Return a file system in memory where one has room: of each database 300 files are made and removed again."""
    with suppress(OSError):
        if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_BYTES:
            return MEMORY
    return Path(tempfile.gettempdir())


def _sweep() -> None:
    """Ends the servers of test runs that were killed: their locks are free."""
    folders = {_folder(), Path(tempfile.gettempdir())}
    for lock_path in chain.from_iterable(folder.glob(f"{PREFIX}*/lock") for folder in folders):
        with suppress(OSError), lock_path.open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for pid_file in lock_path.parent.glob("**/data/postmaster.pid"):
                with suppress(FileNotFoundError, ValueError, IndexError, ProcessLookupError):
                    os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGINT)
            shutil.rmtree(lock_path.parent, ignore_errors=True)


class Databases:
    """The databases of one cluster: each template is built for the first test that needs it.

    While a test runs, a copy for the next one is made and the last one's is dropped: that takes longer than most tests.
    It is done in one thread, on one connection: to open one for each takes as long as half a copy.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._templates: set[str] = set()
        self._numbers = count(1)
        self._behind = ThreadPoolExecutor(1, "databases")
        self._runner = asyncio.Runner()
        self._connection: asyncpg.Connection | None = None
        self._prepared: dict[str, Future[str]] = {}
        self._drops: list[Future[None]] = []

    async def clone(self, template: str) -> str:
        """The name of a fresh copy of a service's migrated database, or of the platform's tables alone."""
        if template not in self._templates:
            await self._build(template)
            self._templates.add(template)
        prepared = self._prepared.pop(template, None) or self._behind.submit(self._copy, template)
        name = await asyncio.wrap_future(prepared)
        self._prepared[template] = self._behind.submit(self._copy, template)
        return name

    async def empty(self) -> str:
        """The name of a database without tables."""
        name = f"empty_{next(self._numbers)}"
        await self._create(name)
        return name

    async def drop(self, name: str) -> None:
        self._drops.append(self._behind.submit(self._do, f'DROP DATABASE "{name}" WITH (FORCE)'))

    def close(self) -> None:
        """Waits for what is still being done, and fails if something could not be."""
        self._behind.submit(self._disconnect).result()
        self._behind.shutdown()
        for drop in self._drops:
            drop.result()

    def _copy(self, template: str) -> str:
        name = f"{template}_{next(self._numbers)}"
        # Copying the files is several times faster here than writing them to the log, the default.
        self._do(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return name

    def _do(self, statement: str) -> None:
        self._runner.run(self._execute(statement))

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._runner.run(self._connection.close())
        self._runner.close()

    def url(self, name: str) -> str:
        return self._cluster.url(name)

    async def _build(self, template: str) -> None:
        await self._create(template)
        if template == PLATFORM:
            await _create_platform_tables(self.url(template))
        else:
            await migrations.upgrade(self.url(template), template)

    async def _create(self, name: str) -> None:
        await asyncio.wrap_future(self._behind.submit(self._do, f'CREATE DATABASE "{name}"'))

    async def _execute(self, statement: str) -> None:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self.url("postgres"))
        await self._connection.execute(statement)


async def _create_platform_tables(url: str) -> None:
    engine = create_async_engine(driver_url(url))
    async with engine.begin() as connection:
        await connection.run_sync(tables.METADATA.create_all)
        await connection.run_sync(messages.METADATA.create_all)
        await connection.run_sync(encrypted_columns.METADATA.create_all)
        await connection.execute(insert(tables.OUTBOX_EPOCH).values(only=True, epoch=0))
        await connection.execute(insert(tables.CURSOR_KEY).values(only=True, key=bytes(range(32))))
        await connection.execute(insert(tables.WRITE_PROBE).values(only=True, at=func.now()))
    await engine.dispose()
