"""Fixtures of all tests: no network, a halted clock, and a fresh database each."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from hypothesis import is_hypothesis_test, settings
from xdist.remote import Producer

from heed.postgres_server import Cluster
from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_common.encryption import FieldCipher, parse_keys
from heed_common.gc_tuning import freeze_startup_objects
from heed_complaint.reactions import REACTIONS
from heed_survey.reactions import REACTIONS as SURVEY_REACTIONS
from tests.databases import PLATFORM, Databases, temporary_cluster
from tests.dialect import share_dialect
from tests.examples import FULL, Repetitions
from tests.kafka import _own_kafka, kafka, kafka_server
from tests.scheduling import Together
from tests.sockets import block_sockets

__all__ = ["_own_kafka", "kafka", "kafka_server"]

os.environ.setdefault("HEED_CONTACT_KEYS", "x" * 43 + "=")
"""The customer service refuses to start without keys of contacts."""
TEST_CIPHER = FieldCipher(parse_keys(os.environ["HEED_CONTACT_KEYS"]))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
POOL_TIMEOUT_SECONDS = 300
"""Callers who wait for a connection on a busy machine get one and no 503."""

share_dialect()

# How long an example takes means nothing here: the machine may be busy.
settings.register_profile("fast", deadline=None, max_examples=8)
settings.register_profile("quick", deadline=None, max_examples=20)
settings.register_profile(FULL, deadline=None, max_examples=100)
settings.load_profile("quick")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what follows from a test itself: what it needs, and whether `make test-all` has it do more."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "cluster" in fixtures:
            item.add_marker(pytest.mark.database)
        if "repetitions" in fixtures or is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.scaled)
        if item.get_closest_marker("kafka") or item.get_closest_marker("e2e"):
            item.add_marker(pytest.mark.alone)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together | None:
    return Together(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_collection_finish() -> None:
    """Modules and thousands of tests are no garbage: to look through them again and again took a fifth of the time."""
    freeze_startup_objects()


@pytest.fixture(scope="session", autouse=True)
def _local_sockets_only() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        block_sockets(monkeypatch)
        yield


@pytest.fixture(scope="session")
def repetitions() -> Repetitions:
    """How often to do what is repeated for certainty: `repetitions(quick=2, full=10)`."""
    return lambda *, quick, full: full if settings.get_current_profile_name() == FULL else quick


@pytest.fixture
def clock() -> FakeClock:
    """It is noon of Monday, 2 March 2026, until the test advances it."""
    return FakeClock(NOON)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The PostgreSQL of this test run."""
    with temporary_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def databases(cluster: Cluster) -> Iterator[Databases]:
    """For tests that need a database's address, or several databases."""
    databases = Databases(cluster)
    yield databases
    databases.close()


@asynccontextmanager
async def _fresh(databases: Databases, template: str) -> AsyncIterator[Database]:
    name = await databases.clone(template)
    database = Database(databases.url(name), pool_size=10, pool_timeout=POOL_TIMEOUT_SECONDS)
    database.cipher = TEST_CIPHER
    try:
        yield database
    finally:
        await _wait_for_pollers()
        await database.close()
        await databases.drop(name)


async def _wait_for_pollers() -> None:
    """Let the poller of callers who gave up end its query: its connection would be left open with the event loop."""
    pollers = [task for task in asyncio.all_tasks() if task.get_name() == "score-waiters"]
    if pollers:
        await asyncio.wait(pollers, timeout=POOL_TIMEOUT_SECONDS)


@pytest_asyncio.fixture
async def platform_database(databases: Databases) -> AsyncIterator[Database]:
    """The tables that every service has, and no others."""
    async with _fresh(databases, PLATFORM) as database:
        yield database


@pytest_asyncio.fixture
async def customer_database(databases: Databases) -> AsyncIterator[Database]:
    async with _fresh(databases, "heed_customer") as database:
        yield database


@pytest_asyncio.fixture
async def complaint_database(databases: Databases) -> AsyncIterator[Database]:
    async with _fresh(databases, "heed_complaint") as database:
        database.reactions = REACTIONS
        yield database


@pytest_asyncio.fixture
async def survey_database(databases: Databases) -> AsyncIterator[Database]:
    async with _fresh(databases, "heed_survey") as database:
        database.reactions = SURVEY_REACTIONS
        yield database


@pytest_asyncio.fixture
async def scoring_database(databases: Databases) -> AsyncIterator[Database]:
    async with _fresh(databases, "heed_scoring") as database:
        yield database
