"""Whether a process should get work: named checks, asked for at the moment, and the word "draining" at its end."""

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
"""Returns when all is well; raises `NotReady`, or what the trouble raised."""

CHECK_SECONDS = 3.0
OK = "ok"
SELECT_ONE = text("SELECT 1")

log = logging.getLogger(__name__)


class NotReady(Exception):
    """A check says in a few words what it waits for."""


@dataclass(frozen=True, slots=True)
class Report:
    """Each check by name with "ok" or the reason for its failure, and the names of the checks that are not required."""

    checks: Mapping[str, str]
    optional: frozenset[str]

    @property
    def is_ready(self) -> bool:
        return all(answer == OK for name, answer in self.checks.items() if name not in self.optional)

    @property
    def status(self) -> str:
        """Return `ok`, or `degraded` if the process works but needs an operator's attention."""
        return OK if all(answer == OK for answer in self.checks.values()) else "degraded"


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
        """Asks for no more work, so that the port can be closed without refusing anybody."""
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
        answers = await asyncio.gather(*(_outcome(name, check) for name, check in checks.items()))
        return dict(zip(checks, answers, strict=True))


def database_reachable(database: Database) -> Check:
    """The database can be reached and answers."""

    async def check() -> None:
        async with database.autocommit() as connection:
            await connection.execute(SELECT_ONE)

    return check


def migrations_applied(database: Database, package: str) -> Check:
    """The database has the shape that this code was written for; once seen, it stays so."""
    reached = False

    async def check() -> None:
        nonlocal reached
        if not reached:
            have, want = await migrations.current(database.engine), migrations.head(package)
            if have != want:
                raise NotReady(f"at {have or 'nothing'}, needs {want}")
            reached = True

    return check


def no_failed_work(database: Database) -> Check:
    """Return the check that fails while rows of any job wait for another attempt."""

    async def check() -> None:
        async with database.autocommit() as connection:
            counts = await failed_work.count_by_job(connection)
        if counts:
            raise NotReady(", ".join(f"{job}: {count}" for job, count in counts.items()))

    return check


def has_migrations(package: str) -> bool:
    """Whether a service of that name brings tables of its own."""
    return find_spec(package) is not None and find_spec(f"{package}.migrations") is not None


async def _outcome(name: str, check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except NotReady as reason:
        return str(reason)
    except Exception as error:  # noqa: BLE001 whatever a check meets is its answer
        log.warning("the check %s failed: %s", name, type(error).__name__)
        return type(error).__name__
    return OK
