"""Readiness of a process: named checks, run on request, and `draining` before it ends."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from sqlalchemy import text

from heed_common import migrations
from heed_common.database import Database
from heed_common.failed_work import repository as failed_work

Check = Callable[[], Awaitable[None]]
"""Returns if the check succeeds; raises `NotReady`, or the error that it met."""

CHECK_SECONDS = 3.0
WAIT_SECONDS = 1.0
OK = "ok"
SELECT_ONE = text("SELECT 1")

log = logging.getLogger(__name__)


class NotReady(Exception):
    """A failed check, with a short reason."""


@dataclass(frozen=True, slots=True)
class Report:
    """Each check by name with "ok" or the reason for its failure, and the names of the checks that are not required."""

    checks: Mapping[str, str]
    optional: frozenset[str]

    @property
    def is_ready(self) -> bool:
        return all(result == OK for name, result in self.checks.items() if name not in self.optional)

    @property
    def status(self) -> str:
        """Return `ok`, or `degraded` if the process works but needs an operator's attention."""
        return OK if all(result == OK for result in self.checks.values()) else "degraded"


class Readiness:
    """The checks of one process."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self._optional: set[str] = set()
        self._draining = False
        self._running: asyncio.Task[Mapping[str, str]] | None = None

    def add(self, name: str, check: Check, *, required: bool = True) -> None:
        """Add a check. If one that is not `required` fails, the process stays ready and is degraded."""
        self._checks[name] = check
        if not required:
            self._optional.add(name)

    def drain(self) -> None:
        """Report not ready from now on, so that clients stop sending requests before the port closes."""
        self._draining = True

    async def report(self) -> Report:
        """Run all checks at once. Concurrent callers share the result, because the endpoint needs no token."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._outcomes(), name="readiness")
        outcomes = await asyncio.shield(self._running)
        draining = {"not_draining": "draining" if self._draining else OK}
        return Report({**outcomes, **draining}, frozenset(self._optional))

    async def _outcomes(self) -> Mapping[str, str]:
        checks = dict(self._checks)
        results = await asyncio.gather(*(_outcome(name, check) for name, check in checks.items()))
        return dict(zip(checks, results, strict=True))


def database_reachable(database: Database) -> Check:
    """Return the check that the database responds."""

    async def check() -> None:
        async with database.autocommit() as connection:
            await connection.execute(SELECT_ONE)

    return check


def migrations_applied(database: Database, package: str) -> Check:
    """Return the check that the database is at the newest revision; after one success it is not repeated."""
    is_applied = False

    async def check() -> None:
        nonlocal is_applied
        if not is_applied:
            current, head = await migrations.current(database.engine), migrations.head(package)
            if current != head:
                raise NotReady(f"at {current or 'nothing'}, needs {head}")
            is_applied = True

    return check


async def wait_for(name: str, check: Check) -> None:
    """Return when the check is no longer `NotReady`. Raises any other error of it."""
    logged = None
    while True:
        try:
            return await check()
        except NotReady as reason:
            if str(reason) != logged:
                logged = str(reason)
                log.warning("waiting for %s: %s", name, logged)
        await asyncio.sleep(WAIT_SECONDS)


def no_failed_work(database: Database) -> Check:
    """Return the check that fails while rows of any job wait for another attempt."""

    async def check() -> None:
        async with database.autocommit() as connection:
            counts = await failed_work.count_by_job(connection)
        if counts:
            raise NotReady(", ".join(f"{job}: {count}" for job, count in counts.items()))

    return check


def has_migrations(package: str) -> bool:
    """Return whether the package exists and has migrations."""
    return find_spec(package) is not None and find_spec(f"{package}.migrations") is not None


async def _outcome(name: str, check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except NotReady as reason:
        return str(reason)
    except Exception as error:  # noqa: BLE001 any error is the result of the check
        log.warning("check %s failed: %s", name, type(error).__name__)
        return type(error).__name__
    return OK
